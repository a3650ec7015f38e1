/** Messages and events of the workspace as a thread shows them. */
import type { AppContext } from '../context.ts';
import { sayWords } from '../kept-words.ts';
import { ownErrorCode } from '../pipeline/failure-words.ts';
import { heldBy } from '../pipeline/held.ts';
import type { Json } from '../plugin/contract/plugin.ts';
import type { Plugins } from '../plugin/load.ts';
import type { MessageRow } from '../workspace/reads-thread.ts';
import { mediumOf } from './medium.ts';
import { kindOf, statusOf } from './rows.ts';
import type { Reading } from './site.ts';
import type { Message, MessageStatus, ThreadEvent, ThreadItem } from './views/thread.ts';
import { pluginSays } from './wording.ts';

type Data = { [key: string]: Json };

export interface ItemReading extends Pick<Reading, 't' | 'locale'> {
  plugins: Pick<Plugins, 'all'>;
  /** What keeps queued messages of this conversation. */
  waits?: Message['waits'];
}

/** For the messages of one number. */
export function wordsFor({ runtime: { plugins, directory } }: Pick<AppContext, 'runtime'>, reading: Reading, numberId: string): ItemReading {
  const number = directory.number(numberId);
  const by = number && heldBy(directory.connection(number.connectionId), number);
  if (!by) return { ...reading, plugins };
  return { ...reading, plugins, waits: { by, href: by === 'number-stopped' ? reading.url.number(number.id) : reading.url.connection(number.connectionId) } };
}

export function itemsOf(rows: readonly MessageRow[], reading: ItemReading): ThreadItem[] {
  return rows.map((row) => (row.kind === 'event' ? eventOf(row) : messageOf(row, reading)));
}

const whats: ReadonlySet<string> = new Set<ThreadEvent['what']>(['hand-off', 'taken', 'ai-on', 'ai-off', 'closed', 'archived', 'reopened', 'window-closed', 'opted-out', 'opted-in', 'fault']);
const isWhat = (word: string): word is ThreadEvent['what'] => whats.has(word);

function eventOf({ id, seq, at, by, content, text: said }: MessageRow): ThreadEvent {
  const what = text(dataOf(content), 'what') ?? '';
  return { id, seq, at, what: isWhat(what) ? what : 'taken', ...(by !== undefined && { who: by }), ...(said !== '' && { text: said }) };
}

export function messageOf(row: MessageRow, reading: ItemReading): Message {
  const content = dataOf(row.content);
  const status = row.author === 'contact' ? undefined : statusOf(row.status);
  const problem = status && problemOf(row, status, reading);
  return {
    id: row.id,
    seq: row.seq,
    at: row.at,
    author: row.author,
    kind: kindOf(row.kind),
    text: wordsOf(row, content, reading),
    ...(row.key !== undefined && { key: row.key }),
    ...(row.by !== undefined && { by: row.by }),
    ...some('header', text(content, 'header')),
    ...some('footer', text(content, 'footer')),
    ...some('button', row.kind === 'list' ? text(content, 'button') : undefined),
    ...some('note', row.media ? undefined : noteOf(row.kind, content)),
    ...(row.media && { media: mediumOf(row.media, reading) }),
    ...some('place', placeOf(row.kind, content)),
    ...some('marks', marksOf(row)),
    ...offered(row.kind, content),
    ...(row.quote && { quote: { text: row.quote.text, by: row.quote.author ?? '', ...(row.quote.id !== undefined && { id: row.quote.id }) } }),
    ...(status && { status, receipts: receiptsOf(row) }),
    ...some('ref', status && row.providerRef),
    ...(problem && { problem }),
    ...some('waits', status === 'queued' ? reading.waits : undefined),
  };
}

function wordsOf({ kind, text: said }: MessageRow, content: Data, { t }: ItemReading): string {
  switch (kind) {
    case 'link': return [said, text(content, 'url')].filter(Boolean).join('\n');
    case 'location': return [text(content, 'name'), text(content, 'address')].filter(Boolean).join('\n');
    case 'edit': return t('says:thread.edited', { text: said });
    case 'revoke': return t('says:thread.revoked');
    case 'order': return [said, ...list(content, 'items').map((item) => `${number(item, 'quantity') ?? 1} × ${text(item, 'product') ?? ''}`)].filter(Boolean).join('\n');
    case 'form': return said || pairs(content['answers']);
    case 'contacts': return list(content, 'contacts').map((one) => [text(one, 'name'), ...texts(one, 'phones'), ...texts(one, 'emails')].filter(Boolean).join(', ')).join('\n') || said;
    case 'unsupported': return '';
    default: return said;
  }
}

/** One short line beside the kind. */
function noteOf(kind: string, content: Data): string | undefined {
  const media = dataOf(content['media'] ?? null);
  switch (kind) {
    case 'image': case 'video': case 'audio': case 'voice': case 'document': case 'sticker': return text(media, 'name') ?? text(content, 'name') ?? text(media, 'mime');
    case 'location': return [number(content, 'latitude'), number(content, 'longitude')].filter((n) => n !== undefined).join(', ') || undefined;
    case 'form': return text(content, 'name');
    case 'template': return text(content, 'language');
    case 'unsupported': case 'system': return text(content, 'what');
    default: return undefined;
  }
}

function placeOf(kind: string, content: Data): Message['place'] {
  const [latitude, longitude] = [number(content, 'latitude'), number(content, 'longitude')];
  return kind === 'location' && latitude !== undefined && longitude !== undefined ? { latitude, longitude } : undefined;
}

function marksOf({ changes }: MessageRow): Message['marks'] {
  if (!changes) return undefined;
  const { reactions = {}, edited, revoked } = changes;
  return { reactions: Object.values(reactions).map(({ emoji }) => emoji), ...(edited && { edited }), ...(revoked && { revokedAt: revoked.at }) };
}

function offered(kind: string, content: Data): Pick<Message, 'choices'> {
  const rows = kind === 'buttons' ? list(content, 'buttons') : kind === 'list' ? list(content, 'sections').flatMap((section) => list(section, 'rows')) : [];
  const choices = rows.map((row) => ({ id: text(row, 'id') ?? '', title: text(row, 'title') ?? '', ...some('description', text(row, 'description')) }));
  return choices.length > 0 ? { choices } : {};
}

function receiptsOf(row: MessageRow): NonNullable<Message['receipts']> {
  return row.receipts.flatMap(({ status, at, note }) => {
    const known = statusOf(status);
    return known ? [{ status: known, at, ...some('note', note) }] : [];
  });
}

function problemOf(row: MessageRow, status: MessageStatus, { t, locale, plugins }: ItemReading): Message['problem'] {
  if (status === 'unknown') return { sentence: t('says:send.unknown'), deeds: ['again'] };
  const { error } = row;
  if (status === 'queued' ? !error : status !== 'failed') return undefined;
  const says = (key: string | undefined) => (error && key !== undefined ? pluginSays(plugins, error.plugin, key, locale) : undefined);
  const own = error && ownErrorCode(error.code);
  const meant = says(error?.sentence) ?? (own && sayWords([{ code: own }], locale, []));
  const sentence = [meant ?? (error?.said || t('says:send.failed')), says(error?.next)].filter(Boolean).join(' ');
  const said = error && error.said !== '' && meant !== undefined && !sentence.startsWith(error.said.slice(0, 24)) ? error.said : undefined;
  return { sentence, deeds: status === 'queued' ? [] : ['again'], ...some('said', said), ...(error?.whose && { whose: error.whose }), ...some('code', error?.code) };
}

// ── reading what was stored as data ──────────────────────────────────────────────────────────────────────────────────

const dataOf = (json: Json): Data => (typeof json === 'object' && json !== null && !Array.isArray(json) ? json : {});
const own = (data: Data, key: string): Json => (Object.hasOwn(data, key) ? (data[key] ?? null) : null);

function text(data: Data, key: string): string | undefined {
  const value = own(data, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(data: Data, key: string): number | undefined {
  const value = own(data, key);
  return typeof value === 'number' ? value : undefined;
}

function list(data: Data, key: string): Data[] {
  const value = own(data, key);
  return Array.isArray(value) ? value.map(dataOf) : [];
}

function texts(data: Data, key: string): string[] {
  const value = own(data, key);
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

const pairs = (answers: Json | undefined): string =>
  Object.entries(dataOf(answers ?? null)).map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`).join('\n');

const some = <K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } => {
  const one: { [key in K]?: V } = {};
  if (value !== undefined) one[key] = value;
  return one;
};
