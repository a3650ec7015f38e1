/** Media as people and the API have to do with them: uploaded to be sent, looked up, asked for again. */
import { rm } from 'node:fs/promises';
import type { MediaState } from '../db/entities/index.ts';
import { List, type Sql } from '../db/sql.ts';
import { SwitchboardError } from '../errors.ts';
import { uuid } from '../ids.ts';
import { setAside, takeIn, TooLarge } from '../media/take.ts';
import { kindOfType } from '../media/types.ts';
import { storableText } from '../pipeline/characters.ts';
import { mostBytesOn, wantAgain, type MediaReason } from '../pipeline/media.ts';
import type { MediaKind } from '../plugin/contract/content.ts';
import { enqueue } from '../queue/queue.ts';
import type { Runtime } from '../runtime.ts';
import { auditSql, tell, type By } from './change.ts';
import { idOf, notFound, type WorkspaceParts } from './parts.ts';
import { Refused } from './refused.ts';

/** A medium as pages and the API show it. */
export interface MediaRow {
  id: string;
  kind: MediaKind;
  state: MediaState;
  /** Why it is missing or gone: a code of ours (`MediaReason`), or the provider's own words. */
  reason?: string;
  /** As found in the bytes; until they are here, as the provider said. */
  mime?: string;
  name?: string;
  bytes?: number;
  /** Hexadecimal. */
  sha256?: string;
  width?: number;
  height?: number;
  durationMs?: number;
  /** A small picture of it, and the same sound as MP4, can be had. */
  thumbnail: boolean;
  mp4: boolean;
  at: number;
  /** Of one that was too large: how much is taken on its channel. */
  mostBytes?: number;
}

export interface Media {
  /**
   * Keeps a file to be sent. Its type is what its bytes say, whatever it is called; its kind follows from that unless told.
   * What no message takes within 30 days is removed.
   * @throws Refused `file` is empty or larger than 100,000,000 bytes · SwitchboardError STORAGE_FULL
   */
  upload(tenantId: string, stream: AsyncIterable<Uint8Array>, given: { name?: string; kind?: MediaKind }, by: By): Promise<MediaRow>;
  get(tenantId: string, id: string): Promise<MediaRow>;
  /** Fetches one that is missing or gone from its provider again. @throws SwitchboardError CONFLICT it is here, or was never at a provider */
  retry(tenantId: string, id: string, by: By): Promise<void>;
  /** The bytes, for a reader of its tenant. @throws SwitchboardError MEDIA_MISSING, MEDIA_GONE */
  bytes(tenantId: string, id: string): Promise<{ mime: string; bytes: number; stream: AsyncIterable<Uint8Array> }>;
}

/** Of one that is uploaded. */
export const mostBytes = 100_000_000;

export function mediaOf(parts: Pick<WorkspaceParts, 'runtime'>): Media {
  return {
    upload: (tenantId, stream, given, by) => upload(parts, tenantId, stream, given, by),
    get: (tenantId, id) => get(parts, tenantId, id),
    retry: (tenantId, id, by) => retry(parts, tenantId, id, by),
    async bytes(tenantId, id) {
      const { store } = parts.runtime().media;
      const { state, mime = '', bytes = 0 } = await get(parts, tenantId, id);
      const stream = state === 'stored' ? await store.read({ tenantId, id }) : undefined;
      if (!stream) throw new SwitchboardError(state === 'gone' ? 'MEDIA_GONE' : 'MEDIA_MISSING');
      return { mime, bytes, stream };
    },
  };
}

async function upload(parts: Pick<WorkspaceParts, 'runtime'>, tenantId: string, stream: AsyncIterable<Uint8Array>, given: { name?: string; kind?: MediaKind }, by: By): Promise<MediaRow> {
  const runtime = parts.runtime();
  const { media, clock } = runtime;
  const id = uuid();
  const name = given.name === undefined ? undefined : storableText(given.name).slice(0, 255) || undefined;
  const file = await setAside(media.store.scratch, stream, mostBytes).catch((error: unknown) => {
    throw error instanceof TooLarge ? new Refused({ file: { code: 'fileTooBig', params: { megabytes: mostBytes / 1_000_000 } } }) : error;
  });
  try {
    if (file.bytes === 0) throw new Refused({ file: { code: 'fileEmpty', params: {} } });
    const taken = await takeIn(media, { tenantId, id }, file, name);
    const now = clock.now();
    const { mime, bytes, sha256, width, height, durationMs, thumbnail, mp4 } = taken;
    const kind = given.kind ?? kindOfType(mime);
    await runtime.db.write(async (sql) => {
      await sql.insert('media', ['id', 'tenant_id', 'kind', 'mime', 'name', 'sha256', 'bytes', 'state', 'width', 'height', 'duration_ms', 'thumbnail', 'mp4', 'created_at', 'stored_at'], [
        [id, tenantId, kind, mime, name ?? null, sha256, bytes, 'stored', width, height, durationMs, thumbnail, mp4, now, now],
      ]);
      await auditSql(sql, runtime, tenantId, by, { action: 'media.upload', subject: 'media', subjectId: id, detail: { kind, mime, bytes } });
    });
  } finally {
    await rm(file.path, { force: true });
  }
  return get(parts, tenantId, id);
}

async function get(parts: Pick<WorkspaceParts, 'runtime'>, tenantId: string, id: string): Promise<MediaRow> {
  const [row] = await parts.runtime().db.read((sql) => sql.all<Columns>(`select ${columns} from media where id = ? and tenant_id = ?`, [idOf(id), tenantId]));
  if (!row) throw notFound();
  return rowOf(parts.runtime(), row);
}

async function retry(parts: Pick<WorkspaceParts, 'runtime'>, tenantId: string, id: string, by: By): Promise<void> {
  const runtime = parts.runtime();
  await get(parts, tenantId, id);
  const conversation = await runtime.db.write(async (sql) => {
    const now = runtime.clock.now();
    const jobs = await wantAgain(sql, tenantId, id, now);
    if (!jobs) throw new SwitchboardError('CONFLICT');
    await enqueue(sql, jobs, now);
    await sql.run("update media set state = 'missing', reason = null where id = ? and tenant_id = ?", [id, tenantId]);
    await auditSql(sql, runtime, tenantId, by, { action: 'media.retry', subject: 'media', subjectId: id });
    const [message] = await sql.all<{ conversation_id: string }>('update message set status_at = ? where id = (select message_id from media where id = ?) and tenant_id = ? returning conversation_id', [now, id, tenantId]);
    return message?.conversation_id;
  });
  if (conversation !== undefined) tell(runtime, { tenantId, conversation });
  runtime.wake();
}

// ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const columns = 'id, connection_id, message_id, kind, state, reason, mime, name, bytes, sha256, width, height, duration_ms, thumbnail, mp4, created_at';

interface Columns {
  id: string;
  connection_id: string | null;
  message_id: string | null;
  kind: MediaKind;
  state: MediaState;
  reason: string | null;
  mime: string | null;
  name: string | null;
  bytes: number | null;
  sha256: string | null;
  width: number | null;
  height: number | null;
  duration_ms: number | null;
  thumbnail: boolean | number;
  mp4: boolean | number;
  created_at: number;
}

/** By message, for those that came in, and by their own id, for those that go out: one query for a page of messages. */
export async function mediaOfMessages(sql: Sql, runtime: Runtime, tenantId: string, messages: readonly string[], ids: readonly string[]): Promise<{ byMessage: Map<string, MediaRow>; byId: Map<string, MediaRow> }> {
  const rows = messages.length === 0 ? [] : await sql.all<Columns>(`select ${columns} from media where (${sql.in('message_id')} or ${sql.in('id')}) and tenant_id = ?`, [new List(messages), new List(ids), tenantId]);
  return {
    byMessage: new Map(rows.flatMap((row) => (row.message_id === null ? [] : [[row.message_id, rowOf(runtime, row)]]))),
    byId: new Map(rows.map((row) => [row.id, rowOf(runtime, row)])),
  };
}

function rowOf({ directory }: Runtime, row: Columns): MediaRow {
  const given = { reason: row.reason, mime: row.mime, name: row.name, bytes: row.bytes, sha256: row.sha256, width: row.width, height: row.height, durationMs: row.duration_ms };
  return {
    id: row.id, kind: row.kind, state: row.state, thumbnail: Boolean(row.thumbnail), mp4: Boolean(row.mp4), at: row.created_at,
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) as { [K in keyof typeof given]?: NonNullable<(typeof given)[K]> }),
    ...(row.reason === ('too-large' satisfies MediaReason) && { mostBytes: mostBytesOn(directory.connection(row.connection_id ?? '')?.channel) }),
  };
}
