/**
 * Media that came in are fetched from the provider: durably, with retries, beside the path of a message and never in it.
 * First tries share a few lanes of their connection; what fails waits in a lane of its own and holds up nothing.
 */
import { rm } from 'node:fs/promises';
import type { Step } from '../db/commit.ts';
import { List, type Sql, type Value } from '../db/sql.ts';
import type { ConnectionEntry } from '../directory.ts';
import { SwitchboardError } from '../errors.ts';
import { uuid } from '../ids.ts';
import type { Notice } from '../live.ts';
import { setAside, takeIn, TooLarge, type Taken } from '../media/take.ts';
import { plainType } from '../media/types.ts';
import { TooLarge as TooLargeToDownload } from '../plugin/download.ts';
import { scrubberOf } from '../plugin/context.ts';
import type { Channel } from '../plugin/contract/channel.ts';
import type { Content, MediaKind, MediaRef } from '../plugin/contract/content.ts';
import { backoffMs, finish, postpone, release, stillHeld, type HeldLane, type JobRow, type NewJob } from '../queue/queue.ts';
import type { Turnstile } from '../queue/turnstile.ts';
import type { Runtime } from '../runtime.ts';
import { fromJson } from './rows.ts';

// ── wanted: written in the commit that stores the message ────────────────────────────────────────────────────────────

export interface WantedMedia {
  tenantId: string;
  connectionId: string;
  messageId: string;
  kind: MediaKind;
  ref: MediaRef;
}

/** What a message brought along that is still to be fetched. */
export function mediaIn(content: Content): { kind: MediaKind; ref: MediaRef } | undefined {
  return 'media' in content && typeof content.media === 'object' ? { kind: content.kind, ref: content.media } : undefined;
}

/** First tries of one connection that run side by side, on all replicas together. */
const lanesOfConnection = 4;

/** Writes their rows; the jobs are the caller's to enqueue. */
export async function wantMedia(sql: Sql, wanted: readonly WantedMedia[], now: number): Promise<NewJob[]> {
  if (wanted.length === 0) return [];
  const rows: Value[][] = [];
  const jobs: NewJob[] = [];
  for (const [n, { tenantId, connectionId, messageId, kind, ref }] of wanted.entries()) {
    const id = uuid();
    const bytes = Number.isSafeInteger(ref.bytes) ? (ref.bytes ?? null) : null;
    rows.push([id, tenantId, connectionId, messageId, JSON.stringify(ref), kind, ref.mime === undefined ? null : plainType(ref.mime).slice(0, 255), ref.name?.slice(0, 255) ?? null, bytes, 'missing', now]);
    jobs.push({ tenantId, lane: `media:${connectionId}:${(now + n) % lanesOfConnection}`, kind: 'media', ref: id, readyAt: now });
  }
  await sql.insert('media', ['id', 'tenant_id', 'connection_id', 'message_id', 'source', 'kind', 'mime', 'name', 'bytes', 'state', 'created_at'], rows);
  return jobs;
}

/** A person asks for it again. False: it is here, or did not come from a provider. */
export async function wantAgain(sql: Sql, tenantId: string, id: string, now: number): Promise<NewJob[] | undefined> {
  const [row] = await sql.all<{ id: string }>(`select id from media where id = ? and tenant_id = ? and state <> 'stored' and source is not null${sql.forUpdate}`, [id, tenantId]);
  if (!row) return undefined;
  const waiting = await sql.all<{ lane: string }>("select lane from job where ref = ? and kind = 'media' and lane not like 'media:%:%'", [id]);
  await sql.run("delete from job where ref = ? and kind = 'media' and lane not like 'media:%:%'", [id]);
  const first = await sql.all("select 1 from job where ref = ? and kind = 'media'", [id]);
  // Its first try is still to come, and will.
  if (first.length > 0 && waiting.length === 0) return [];
  return [{ tenantId, lane: ownLane(id), kind: 'media', ref: id, readyAt: now }];
}

const ownLane = (id: string) => `media:${id}`;

// ── fetched ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Where a channel says nothing; WhatsApp's largest document. */
const usualMaxBytes = 100_000_000;
/** Nothing is refused that some channel would take as a picture. */
const leastMaxBytes = 16_000_000;
/** Until a provider begins to give it, and between one part and the next. */
const [beginMs, stallMs] = [60_000, 30_000];
const giveUpMs = 86_400_000;
const triesOfBroken = 5;

/** Why a medium is not here, as pages say it; other reasons are the provider's own words. */
export type MediaReason = 'too-large' | 'expired' | 'changed' | 'storage-full' | 'no-connection' | 'not-fetched';

type Fetched =
  | { taken: Taken }
  | { gone: MediaReason }
  /** It will never work like this; a person may ask again. */
  | { given: MediaReason }
  /** A MediaReason, or the provider's words. */
  | { retry: string; broken?: true }
  | { waitFor: string };

interface MediaRow {
  id: string;
  tenant_id: string;
  connection_id: string | null;
  message_id: string | null;
  source: string | null;
  kind: MediaKind;
  name: string | null;
  state: string;
  created_at: number;
}

/** Runs a lane's jobs one after another. False when it was told to stop: the lane is still ours, and to be given back. */
export async function runMedia(runtime: Runtime, lane: HeldLane, inTurn: Turnstile, stopped: AbortSignal): Promise<boolean> {
  for (const [n, job] of lane.jobs.entries()) {
    const last = n === lane.jobs.length - 1;
    const [row] = await runtime.db.read((sql) => sql.all<MediaRow>('select id, tenant_id, connection_id, message_id, source, kind, name, state, created_at from media where id = ?', [job.ref]));
    const fetched = await inTurn(row?.connection_id ?? '', async () => (stopped.aborted ? undefined : row && row.state !== 'stored' ? fetchMedia(runtime, row, stopped) : null));
    // What was under way is begun anew after the start.
    if (fetched === undefined || stopped.aborted) return false;
    const { notices, goOn } = await runtime.commit.add(settled, { runtime, lane, job, row, fetched, last });
    for (const notice of notices) runtime.live.tell(notice);
    if (!goOn) return true;
  }
  return true;
}

async function fetchMedia(runtime: Runtime, row: MediaRow, stopped: AbortSignal): Promise<Fetched> {
  const connection = row.connection_id === null ? undefined : runtime.directory.connection(row.connection_id);
  if (!connection || row.source === null) return { gone: 'no-connection' };
  if (connection.state === 'error' || !connection.channel) return { waitFor: `connection:${connection.id}` };
  const ref = fromJson<MediaRef>(row.source);
  const maxBytes = mostBytesOn(connection.channel);
  if (ref.bytes !== undefined && ref.bytes > maxBytes) return { given: 'too-large' };
  const scrub = scrubberOf(connection.channel, connection.settings);
  try {
    return await bytesOf(runtime, connection, row, ref, maxBytes, stopped);
  } catch (error) {
    if (error instanceof TooLarge || error instanceof TooLargeToDownload) return { given: 'too-large' };
    const said = scrub.text(error instanceof Error ? error.message : String(error)).slice(0, 500);
    runtime.log.warn({ err: scrub.error(error), connection: connection.id, media: row.id }, 'a medium could not be fetched');
    if (!(error instanceof SwitchboardError)) return { retry: said, broken: true };
    if (error.code === 'STORAGE_FULL') return { retry: 'storage-full' };
    return { retry: said };
  }
}

async function bytesOf(runtime: Runtime, { channel, context }: ConnectionEntry, row: MediaRow, ref: MediaRef, maxBytes: number, stopped: AbortSignal): Promise<Fetched> {
  const { media, clock } = runtime;
  if (!channel?.media) return { given: 'not-fetched' };
  const deadline = AbortSignal.any([stopped, AbortSignal.timeout(30_000 + Math.ceil(maxBytes / 256))]);
  const capped: typeof context = { ...context, signal: deadline, download: (url, init = {}) => context.download(url, { ...init, maxBytes: Math.min(init.maxBytes ?? maxBytes, maxBytes) }) };
  const given = await unlessAborted(channel.media(ref, capped), deadline, beginMs);
  if (given === 'gone') return { gone: 'expired' };
  const name = ref.name ?? given.name;
  const began = clock.now();
  const file = await setAside(media.store.scratch, untilAborted(given.stream, deadline), maxBytes);
  try {
    const said = ref.sha256 ?? given.sha256;
    if (said !== undefined && !isSame(said, file.sha256)) return { retry: 'changed' };
    const taken = await takeIn(media, { tenantId: row.tenant_id, id: row.id }, file, name);
    runtime.log.debug({ media: row.id, bytes: taken.bytes, ms: clock.now() - began }, 'a medium was stored');
    return { taken };
  } finally {
    await rm(file.path, { force: true });
  }
}

/** Nothing larger is fetched. */
export function mostBytesOn(channel: Channel | undefined): number {
  const limits = Object.values(channel?.can.media ?? {}).map(({ maxBytes }) => maxBytes);
  return limits.length > 0 ? Math.max(...limits, leastMaxBytes) : usualMaxBytes;
}

/** Providers write it in hexadecimal or in base64. */
function isSame(said: string, hex: string): boolean {
  return said.toLowerCase() === hex || Buffer.from(said, 'base64').toString('hex') === hex;
}

const tooLate = () => new SwitchboardError('SILENCE', 'The medium was not read in time.');

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, mostMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', late);
    };
    const late = () => {
      end();
      reject(tooLate());
    };
    const timer = setTimeout(late, mostMs);
    signal.addEventListener('abort', late);
    if (signal.aborted) late();
    work.finally(end).then(resolve, reject);
  });
}

/** A stream of a plugin may stop without ending. */
async function* untilAborted(stream: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = stream[Symbol.asyncIterator]();
  let over = false;
  try {
    for (;;) {
      const { done, value } = await unlessAborted(iterator.next(), signal, stallMs);
      if (done === true) {
        over = true;
        return;
      }
      yield value;
    }
  } finally {
    // Not waited for: what hangs would hang here again.
    if (!over) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

// ── settled ──────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Settlement {
  runtime: Runtime;
  lane: HeldLane;
  job: JobRow;
  /** Undefined when it was deleted meanwhile. */
  row: MediaRow | undefined;
  /** null: there was nothing to fetch. */
  fetched: Fetched | null;
  last: boolean;
}

const settled: Step<Settlement, { notices: Notice[]; goOn: boolean }> = {
  name: 'media-settled',
  patienceMs: Infinity,
  async write(sql, items) {
    const held = await stillHeld(sql, items.map((item) => item.lane));
    const mine = items.filter((item) => held.has(item.lane.lane));
    const results = new Map<Settlement, { notices: Notice[]; goOn: boolean }>();
    for (const item of mine) results.set(item, await writeOne(sql, item));
    const over = mine.filter((item) => item.last).map((item) => item.lane.lane);
    if (over.length > 0) await release(sql, over);
    return items.map((item) => results.get(item) ?? { notices: [], goOn: false });
  },
};

async function writeOne(sql: Sql, { runtime, job, row, fetched, last }: Settlement): Promise<{ notices: Notice[]; goOn: boolean }> {
  const now = runtime.clock.now();
  const next = nextOf(job, row, fetched, now);
  if (next.job === 'done') await finish(sql, [job.id]);
  else {
    // Out of the lane that it shares with others, into its own.
    const lane = ownLane(job.ref);
    await postpone(sql, [{ id: job.id, readyAt: next.job.readyAt, attempts: next.job.attempts, error: next.reason, ...(next.job.waitingFor !== undefined && { waitingFor: next.job.waitingFor }) }]);
    if (job.lane !== lane) {
      await sql.run('update job set lane = ? where id = ?', [lane, job.id]);
      const ready = next.job.waitingFor === undefined ? next.job.readyAt : null;
      await sql.insert('lane', ['key', 'ready_at', 'locked_until'], [[lane, ready, 0]], { conflict: 'on conflict (key) do update set ready_at = excluded.ready_at' });
    }
  }
  const goOn = !last;
  if (!row || !fetched) return { notices: [], goOn };
  if ('taken' in fetched) {
    const { mime, bytes, sha256, width, height, durationMs, thumbnail, mp4 } = fetched.taken;
    await sql.update('media', ['id'], ['state', 'reason', 'mime', 'bytes', 'sha256', 'width', 'height', 'duration_ms', 'thumbnail', 'mp4', 'stored_at'], [[row.id, 'stored', null, mime, bytes, sha256, width, height, durationMs, thumbnail, mp4, now]]);
  } else await sql.update('media', ['id'], ['state', 'reason'], [[row.id, next.state, next.reason]]);
  return { notices: await changed(sql, row, now), goOn };
}

/** Open pages ask for what changed in a conversation since they looked. */
async function changed(sql: Sql, { message_id }: MediaRow, now: number): Promise<Notice[]> {
  if (message_id === null) return [];
  const rows = await sql.all<{ tenant_id: string; conversation_id: string }>(`update message set status_at = ? where ${sql.in('id')} returning tenant_id, conversation_id`, [now, new List([message_id])]);
  return rows.map((row) => ({ tenantId: row.tenant_id, conversation: row.conversation_id }));
}

interface Next {
  job: 'done' | { readyAt: number; attempts: number; waitingFor?: string };
  state: 'missing' | 'gone';
  reason: string | null;
}

function nextOf(job: JobRow, row: MediaRow | undefined, fetched: Fetched | null, now: number): Next {
  if (!row || !fetched || 'taken' in fetched) return { job: 'done', state: 'missing', reason: null };
  if ('gone' in fetched) return { job: 'done', state: 'gone', reason: fetched.gone };
  if ('given' in fetched) return { job: 'done', state: 'missing', reason: fetched.given };
  if ('waitFor' in fetched) return { job: { readyAt: now, attempts: job.attempts, waitingFor: fetched.waitFor }, state: 'missing', reason: 'no-connection' };
  const attempts = job.attempts + 1;
  const over = now - row.created_at > giveUpMs || (fetched.broken === true && attempts >= triesOfBroken);
  return { job: over ? 'done' : { readyAt: now + backoffMs(attempts), attempts }, state: 'missing', reason: fetched.retry };
}
