/**
 * Buttons and lists. Twilio sends them only from a Content resource, which may be used at once without approval while the contact's
 * window is open. One is made for each set of choices; the text goes into variables, so that it is used again.
 */
import { createHash } from 'node:crypto';
import { NotSent, object, text, type Json, type OutContent } from '#plugin';
import { ask, type TwilioContext } from './api.ts';

type Interactive = Extract<OutContent, { kind: 'buttons' | 'list' }>;

/** Our own resources are told from the account's templates by this name. */
export const ownName = /^switchboard_[0-9a-f]{40}$/;
const mostVariables = 90;

/** A Content resource to send with, and the name under which it is remembered. */
export interface Made {
  content: string;
  key: string;
}

export function isInteractive(content: OutContent): content is Interactive {
  return content.kind === 'buttons' || content.kind === 'list';
}

/** The resource of these choices: the remembered one, else a new one. @throws Refused, NotSent, Silence */
export async function contentFor(content: Interactive, ctx: TwilioContext): Promise<Made> {
  const { types, values } = definitionOf(content);
  const name = `switchboard_${createHash('sha256').update(JSON.stringify([ctx.settings.accountSid, types])).digest('hex').slice(0, 40)}`;
  const known = await ctx.store.get(keyOf(name));
  if (typeof known === 'string') return { content: known, key: keyOf(name) };
  const samples = Object.fromEntries(Object.keys(values).map((variable) => [variable, 'text']));
  // The language is part of every resource and shown to nobody.
  const made = await ask(ctx, 'content', '/v1/Content', { json: { friendly_name: name, language: 'en', variables: samples, types } });
  const sid = text(made.sid);
  if (sid === undefined) throw new NotSent('Twilio answered yes, but named no Content resource.');
  await ctx.store.set(keyOf(name), sid);
  return { content: sid, key: keyOf(name) };
}

const keyOf = (name: string) => `content:${name}`;

/** Somebody deleted it at Twilio: the next send makes another. */
export async function forget({ key }: Made, ctx: TwilioContext): Promise<void> {
  await ctx.store.set(key, null);
}

/** What was prepared, or its successor where it is gone. Nothing was sent yet, whatever goes wrong here. @throws NotSent */
export async function stillThere(made: Made, content: Interactive, ctx: TwilioContext): Promise<string> {
  if ((await ctx.store.get(made.key)) !== null) return made.content;
  try {
    return (await contentFor(content, ctx)).content;
  } catch (error) {
    throw error instanceof NotSent ? error : new NotSent('Twilio did not make the Content resource of the choices.', { cause: error });
  }
}

export function madeIn(prepared: Json | undefined): Made | undefined {
  const found = object(prepared);
  const content = text(found?.content);
  const key = text(found?.key);
  return content === undefined || key === undefined ? undefined : { content, key };
}

export function variablesOf(content: Interactive): Record<string, string> {
  return definitionOf(content).values;
}

/** The words as the contact reads them: Twilio's types for choices have neither header nor footer. */
export function wordsOf({ header, text: body, footer }: Interactive): string {
  return [header, body, footer].filter((part) => part !== undefined && part !== '').join('\n\n');
}

function definitionOf(content: Interactive): { types: { [type: string]: Json }; values: Record<string, string> } {
  const { body, values } = inVariables(wordsOf(content));
  if (content.kind === 'buttons') {
    return { values, types: { 'twilio/quick-reply': { body, actions: content.buttons.map(({ id, title }) => ({ type: 'QUICK_REPLY', title: literal(title), id: literal(id) })) } } };
  }
  const items = content.sections.flatMap(({ rows }) => rows.map(({ id, title, description }) => ({ id: literal(id), item: literal(title), ...(description && { description: literal(description) }) })));
  return { values, types: { 'twilio/list-picker': { body, button: literal(content.button), items } } };
}

/** A variable may hold no line break, so each line is one. */
function inVariables(words: string): { body: string; values: Record<string, string> } {
  const lines = words.split(/\r\n|\r|\n/).map(fitting);
  if (lines.filter((line) => line !== '').length > mostVariables) return { body: literal(lines.join('\n')), values: {} };
  const values: Record<string, string> = {};
  let count = 0;
  const body = lines.map((line) => {
    if (line === '') return '';
    count += 1;
    values[String(count)] = line;
    return `{{${count}}}`;
  });
  return { body: body.join('\n'), values };
}

/** Without what Twilio refuses in a variable (error 21656): tabs, and more than four blanks in a row. */
function fitting(line: string): string {
  return line.replaceAll('\t', ' ').replace(/ {5,}/g, '    ').trim();
}

/** Words of ours in a definition must not be read as a variable. */
function literal(words: string): string {
  return words.replaceAll('{{', '{ {');
}
