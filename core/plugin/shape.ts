/**
 * Is this value a plugin of our contract? Answers with one sentence that names what to change: the reader is whoever wrote the
 * plugin, or whoever installed it.
 */
import type { TSchema } from 'typebox';
import type { Code } from '../errors.ts';
import type { AnyPlugin } from './contract/plugin.ts';
import { isRecord, nearest, wordsOf } from './settings.ts';

const contractVersion = 1;

export interface ShapeFault {
  code: Code;
  /** Follows the plugin's name in a sentence. */
  says: string;
}

const kinds = ['channel', 'agent', 'notifier'] as const;
const ofEvery = { required: ['kind', 'name', 'title', 'contract', 'settings'], optional: ['texts', 'requires', 'origins', 'check'] };
const members = {
  channel: {
    required: [...ofEvery.required, 'can', 'account', 'verify', 'parse', 'send'],
    optional: [...ofEvery.optional, 'mark', 'challenge', 'proofHeaders', 'prepare', 'prepares', 'find', 'media', 'numbers', 'limits', 'templates', 'register', 'subscribe', 'signIn', 'typing', 'markRead', 'explain', 'guide', 'tells', 'simulate'],
  },
  agent: { required: [...ofEvery.required, 'respond'], optional: [...ofEvery.optional, 'insights', 'transcribe'] },
  notifier: { required: ofEvery.required, optional: [...ofEvery.optional, 'alerts', 'notify'] },
};
/** Members that are not functions; every other member is one. */
const data = new Set(['kind', 'name', 'title', 'contract', 'settings', 'texts', 'requires', 'can', 'mark', 'account', 'templates', 'subscribe', 'signIn']);

export function isPlugin(value: unknown): value is AnyPlugin {
  return shapeFault(value) === undefined;
}

/** What is wrong with it, the most telling thing first; undefined when it is a plugin. */
export function shapeFault(value: unknown): ShapeFault | undefined {
  if (value === undefined) return broken('has no default export; end its file with export default defineChannel({ … }), defineAgent or defineNotifier.');
  if (!isRecord(value) || (value['kind'] === undefined && value['contract'] === undefined)) return broken('exports something that is not a plugin; export default what defineChannel, defineAgent or defineNotifier returns.');
  const { kind, name, title, contract, settings } = value;
  if (contract !== contractVersion) {
    if (typeof contract !== 'number') return { code: 'PLUGIN_CONTRACT', says: `does not say which contract it was written for; add contract: ${contractVersion}.` };
    return { code: 'PLUGIN_CONTRACT', says: `was written for contract ${contract} and this Switchboard has contract ${contractVersion}; install a version of the plugin for contract ${contractVersion}, or another Switchboard.` };
  }
  if (kind !== 'channel' && kind !== 'agent' && kind !== 'notifier') return broken(`has the kind ${quoted(kind)}; it must be one of ${kinds.join(', ')}, which defineChannel, defineAgent and defineNotifier set.`);
  if (typeof name !== 'string' || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 64) return broken(`has the name ${quoted(name)}; a name is lower-case letters and digits with dashes between, for example my-channel.`);
  if (typeof title !== 'string' || title.trim() === '') return broken('has no title; add title: the name that people read.');
  return memberFault(value, kind) ?? settingsFault(settings) ?? textsFault(value['texts']) ?? requiresFault(value['requires']) ?? (kind === 'channel' ? channelFault(value) : undefined);
}

/** Members that no contract knows: probably misspelt, and then silently without effect. */
export function unknownMembers(plugin: AnyPlugin): { member: string; near: string }[] {
  const known = [...members[plugin.kind].required, ...members[plugin.kind].optional];
  return Object.keys(plugin).filter((member) => !known.includes(member)).map((member) => ({ member, near: nearest(member, known) }));
}

function memberFault(value: Record<string, unknown>, kind: keyof typeof members): ShapeFault | undefined {
  for (const member of members[kind].required) {
    if (value[member] === undefined) return broken(`has no ${member}${data.has(member) ? '' : '()'}, which every ${kind} must have; add it.`);
  }
  for (const member of [...members[kind].required, ...members[kind].optional]) {
    if (value[member] !== undefined && !data.has(member) && typeof value[member] !== 'function') return broken(`has a member ${member} that is not a function; make it one or remove it.`);
  }
  if (kind === 'notifier' && value['alerts'] === undefined && value['notify'] === undefined) return broken('has neither alerts() nor notify(), so it would do nothing; add one of them.');
  return undefined;
}

// ── the settings schema ──────────────────────────────────────────────────────────────────────────────────────────────

function settingsFault(settings: unknown): ShapeFault | undefined {
  if (!isSchema(settings) || wordsOf(settings).type !== 'object' || !isRecord(wordsOf(settings).properties)) {
    return broken('has settings that are not an object schema; write settings: Type.Object({ … }), empty when there are none.');
  }
  return secretFault(settings, 'settings', new Set());
}

function isSchema(value: unknown): value is TSchema {
  return isRecord(value);
}

const secretWords = new Set(['token', 'tokens', 'secret', 'secrets', 'password', 'passwords', 'passphrase', 'passcode', 'credential', 'credentials', 'key', 'keys']);

/** A text whose name ends in a word for secrets would be stored and shown in the open unless it is marked. */
function secretFault(schema: TSchema, place: string, above: Set<TSchema>): ShapeFault | undefined {
  if (above.has(schema)) return undefined;
  const within = new Set([...above, schema]);
  const words = wordsOf(schema);
  for (const [name, member] of Object.entries(words.properties ?? {})) {
    const { type, writeOnly, default: usual } = wordsOf(member);
    const here = `${place}.${name}`;
    if (writeOnly === undefined && type === 'string' && soundsSecret(name)) {
      return broken(`has the setting ${here}, which sounds like a secret but is not marked as one; add writeOnly: true (or writeOnly: false when it is none).`);
    }
    if (writeOnly === true && type !== 'string') return broken(`has the secret ${here}, which is not text; a secret must be Type.String.`);
    if (writeOnly === true && usual !== undefined) return broken(`has the secret ${here} with a default; no secret has a default, remove it.`);
    const deeper = secretFault(member, here, within);
    if (deeper) return deeper;
  }
  const inside = [...[words.items ?? []].flat(), ...(words.anyOf ?? []), ...(words.oneOf ?? []), ...(words.allOf ?? []), ...Object.values(words.patternProperties ?? {})];
  for (const member of inside) {
    const deeper = secretFault(member, place, within);
    if (deeper) return deeper;
  }
  return undefined;
}

function soundsSecret(name: string): boolean {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase().split(/[^a-z0-9]+/);
  return secretWords.has(words.at(-1) ?? '');
}

function textsFault(texts: unknown): ShapeFault | undefined {
  if (texts === undefined) return undefined;
  for (const locale of ['en', 'es', 'id']) {
    const words = isRecord(texts) ? texts[locale] : undefined;
    if (!isRecord(words) || Object.values(words).some((word) => typeof word !== 'string')) return broken(`has texts without a complete ${locale}; texts are { en, es, id }, each a list of key: 'sentence'.`);
  }
  return undefined;
}

function requiresFault(requires: unknown): ShapeFault | undefined {
  if (requires === undefined || (Array.isArray(requires) && requires.every((one) => one === 'publicUrl'))) return undefined;
  return broken("requires something that is not known; requires may only list 'publicUrl'.");
}

// ── what only channels have ──────────────────────────────────────────────────────────────────────────────────────────

const webhookProofs = ['signed', 'shared-secret', 'secret-url'];
const contentKinds = ['text', 'buttons', 'list', 'link', 'location-request', 'image', 'video', 'audio', 'voice', 'document', 'sticker', 'location', 'contacts', 'reaction', 'template'];
const reportedStatuses = ['sent', 'delivered', 'read', 'failed'];

function channelFault(value: Record<string, unknown>): ShapeFault | undefined {
  const { can, account } = value;
  if (!isRecord(can)) return broken('has can that is not an object; write can: { webhook, sends, statuses, maxText }.');
  if (!webhookProofs.some((proof) => proof === can['webhook'])) return broken(`says can.webhook: ${quoted(can['webhook'])}; it must be one of ${webhookProofs.join(', ')}.`);
  const listed = listFault(can['sends'], 'can.sends', contentKinds) ?? listFault(can['statuses'], 'can.statuses', reportedStatuses);
  if (listed) return listed;
  if (!isCount(can['maxText'])) return broken('says can.maxText that is no number of characters; write a whole number, for example 4096.');
  if (can['replyWindowHours'] !== undefined && !isCount(can['replyWindowHours'])) return broken('says can.replyWindowHours that is no number of hours; write a whole number or leave it out.');
  for (const kind of ['buttons', 'list'] as const) {
    const limits = can[kind];
    if (limits !== undefined && (!isRecord(limits) || Object.values(limits).some((limit) => !isCount(limit)))) return broken(`says can.${kind} that is no set of limits; each limit is a whole number.`);
    if (Array.isArray(can['sends']) && can['sends'].includes(kind) && limits === undefined) return broken(`sends ${kind} but does not say how many; add can.${kind} with its limits.`);
  }
  if (!isRecord(account) || typeof account['title'] !== 'string' || typeof account['parse'] !== 'function') return broken('has account without title and parse(); write account: { title, parse(typed) }.');
  return groupFault(value['templates'], 'templates', ['list'], ['validate', 'create', 'delete']) ?? groupFault(value['subscribe'], 'subscribe', ['read', 'set'], ['clear']) ?? groupFault(value['signIn'], 'signIn', ['missing', 'finish'], []);
}

function listFault(value: unknown, place: string, known: string[]): ShapeFault | undefined {
  if (!Array.isArray(value)) return broken(`has no list ${place}; write the ones it can of ${known.join(', ')}.`);
  const strange: unknown = value.find((item: unknown) => !known.some((word) => word === item));
  return strange === undefined ? undefined : broken(`lists ${quoted(strange)} in ${place}; known are ${known.join(', ')}.`);
}

function groupFault(group: unknown, place: string, required: string[], optional: string[]): ShapeFault | undefined {
  if (group === undefined) return undefined;
  if (!isRecord(group)) return broken(`has ${place} that is not an object; write ${place}: { ${required.join(', ')} }.`);
  for (const member of required) if (typeof group[member] !== 'function') return broken(`has ${place} without ${member}(); add it.`);
  for (const member of optional) if (group[member] !== undefined && typeof group[member] !== 'function') return broken(`has ${place}.${member} that is not a function; make it one or remove it.`);
  return undefined;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, 80)}"` : value === undefined ? 'nothing' : typeof value;
}

function broken(says: string): ShapeFault {
  return { code: 'PLUGIN_BROKEN', says };
}
