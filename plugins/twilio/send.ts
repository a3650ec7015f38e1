/** Sending: the one call that creates a message, and what Twilio's answer means. */
import { NotSent, Silence, object, text, type Answer, type ErrorRule, type Json, type OutContent, type Outgoing, type SendResult } from '#plugin';
import { addressOf } from './address.ts';
import { call, errorIn, notTwilio, ofAccount, type TwilioContext } from './api.ts';
import { ruleFor } from './errors.ts';
import { contentFor, forget, isInteractive, madeIn, stillThere, variablesOf } from './interactive.ts';
import { mediaVariable, variableFault } from './template-values.ts';

type Rejected = Extract<SendResult, { rejected: unknown }>;
type Fields = Record<string, string>;

/** Twilio fetches a medium when its turn in the queue comes, four hours later at the latest. */
const mediaUrlMs = 6 * 60 * 60_000;

/** What must be at Twilio before the message: the Content resource of choices, and which variable of a template is its medium. */
export async function prepare(out: Outgoing, ctx: TwilioContext): Promise<Json> {
  const { content } = out;
  if (isInteractive(content)) return { ...(await contentFor(content, ctx)) };
  if (content.kind === 'template' && content.media) return { medium: (await mediaVariable(content.template, ctx)) ?? null };
  return null;
}

export const prepares = (content: OutContent): boolean => isInteractive(content) || (content.kind === 'template' && content.media !== undefined);

export async function send(out: Outgoing, prepared: Json | undefined, ctx: TwilioContext): Promise<SendResult> {
  const { settings } = ctx;
  const to = addressOf(out.to.identities);
  if (to === undefined) return { rejected: { code: 'no-recipient', said: 'The contact has neither a phone number nor a user id.', scope: 'contact' } };
  const fields = await fieldsOf(out.content, prepared, ctx);
  if (isRejected(fields)) return fields;
  const answer = await call(ctx, 'api', ofAccount(settings, 'Messages.json'), {
    form: {
      To: to,
      From: out.account,
      ...(settings.messagingServiceSid !== undefined && { MessagingServiceSid: settings.messagingServiceSid }),
      ...fields,
      // Comes back with every status, so that an answer that got lost still finds its message.
      StatusCallback: withOverrides(ctx.callbackUrl({ ref: out.ref }), settings.connectionOverrides),
    },
  });
  const result = resultOf(answer, ctx);
  const made = isInteractive(out.content) ? madeIn(prepared) : undefined;
  if (!made || !isRejected(result) || result.rejected.code !== '21655') return result;
  await forget(made, ctx);
  return { retry: { code: result.rejected.code, said: result.rejected.said, scope: 'pair', afterMs: 1000 } };
}

/** How often Twilio tries again stands behind the address, where HTTP never sends it. */
export function withOverrides(url: string, overrides: string): string {
  return overrides === '' ? url : `${url}#${overrides}`;
}

function isRejected(result: Fields | SendResult): result is Rejected {
  return 'rejected' in result && typeof result.rejected === 'object';
}

async function fieldsOf(content: OutContent, prepared: Json | undefined, ctx: TwilioContext): Promise<Fields | Rejected> {
  switch (content.kind) {
    case 'text':
      return { Body: content.text };
    case 'image':
    case 'video':
    case 'document':
    case 'audio':
    case 'voice':
    case 'sticker':
      // Twilio names a file by the end of its address.
      return { MediaUrl: ctx.mediaUrl(content.media, mediaUrlMs, content.name), ...(content.caption !== undefined && content.caption !== '' && { Body: content.caption }) };
    case 'location': {
      const { latitude, longitude, name, address } = content;
      const label = [name, address].filter((part) => part !== undefined && part !== '').join(', ');
      // Twilio wants words beside a place; the coordinates are what a person would copy.
      return { PersistentAction: `geo:${latitude},${longitude}${label === '' ? '' : `|${label}`}`, Body: label === '' ? `${latitude}, ${longitude}` : label };
    }
    case 'buttons':
    case 'list': {
      const made = madeIn(prepared);
      if (!made) throw new NotSent('The Content resource of the choices was not prepared.');
      return { ContentSid: await stillThere(made, content, ctx), ...contentVariables(variablesOf(content)) };
    }
    case 'template':
      return templateFields(content, prepared, ctx);
    case 'link':
    case 'location-request':
    case 'contacts':
    case 'reaction':
      return { rejected: { code: 'not-sendable', said: `This channel does not send “${content.kind}” itself.`, scope: 'message' } };
    default:
      return content satisfies never;
  }
}

function templateFields(content: Extract<OutContent, { kind: 'template' }>, prepared: Json | undefined, ctx: TwilioContext): Fields | Rejected {
  const values = { ...content.variables };
  if (content.media) {
    const variable = text(object(prepared)?.medium);
    if (variable === undefined) return { rejected: { code: '21656', said: 'The template has no variable for a file.', scope: 'template' } };
    values[variable] = ctx.mediaUrl(content.media.id, mediaUrlMs, content.media.name);
  }
  const fault = Object.entries(values).find(([, value]) => variableFault(value));
  if (fault) return { rejected: { code: '21656', said: `The value of {{${fault[0]}}} is empty, or holds a line break, a tab or more than four spaces in a row.`, scope: 'template' } };
  return { ContentSid: content.template, ...contentVariables(values) };
}

function contentVariables(values: Record<string, string>): Fields {
  return Object.keys(values).length === 0 ? {} : { ContentVariables: JSON.stringify(values) };
}

/** @throws Silence when the answer leaves open whether Twilio acted */
function resultOf(answer: Answer, ctx: TwilioContext): SendResult {
  const { status } = answer;
  if (status >= 200 && status <= 299) return taken(answer);
  // There is no key that makes a repeated send one message, so trouble at Twilio is never taken for a no.
  if (status >= 500 || status === 408) throw new Silence(`Twilio answered ${status}, which leaves open what became of the message.`);
  const error = errorIn(answer, ctx.settings);
  const said = error?.said ?? notTwilio(status, ctx.settings);
  if (!error && (status < 400 || status === 404 || status === 405)) return { rejected: { code: 'base-url', said, scope: 'connection' } };
  const code = error?.code ?? `http-${status}`;
  const { outcome } = ruleOf(code, status);
  if ('never' in outcome) return { rejected: { code, said, scope: outcome.never } };
  return { retry: { code, said, scope: outcome.again, afterMs: Math.min(retryAfter(answer.headers['retry-after'], ctx.now()) ?? outcome.afterMs, longestWait) } };
}

const longestWait = 24 * 60 * 60_000;

/** The code decides; where it is not known, the HTTP status may still say whom it concerns. */
function ruleOf(code: string, status: number): ErrorRule {
  // Not found, of a call that names nothing but the account itself.
  if (code === '20404') return ruleFor('http-401');
  const rule = ruleFor(code);
  return rule.say === 'unknown' && (status === 401 || status === 403 || status === 429) ? ruleFor(`http-${status}`) : rule;
}

function taken(answer: Answer): SendResult {
  const body = object(answer.json());
  const sid = text(body?.sid);
  if (sid === undefined || !/^(SM|MM)[0-9a-f]{32}$/i.test(sid)) throw new Silence('Twilio answered yes, but named no message.');
  return settled(body ?? {}) ?? { accepted: { refs: [sid] } };
}

/** The first status comes in the answer and in no callback: a message that failed at once is told here or never. */
export function settled(message: { readonly [key: string]: unknown }): Rejected | undefined {
  const status = text(message.status);
  if (status !== 'failed' && status !== 'undelivered' && status !== 'canceled') return undefined;
  const code = text(message.error_code) ?? 'unknown';
  const { outcome } = ruleFor(code);
  return { rejected: { code, said: text(message.error_message) ?? `Twilio’s status is ${status}.`, scope: 'never' in outcome ? outcome.never : 'message' } };
}

/** Retry-After is seconds or a date of HTTP. */
function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
