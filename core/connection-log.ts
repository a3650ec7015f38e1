/**
 * What each connection did and why it failed, for the people who run it: every line of the program's log that names a
 * connection is kept here too, without secrets. Only the newest stay.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from './db/open.ts';
import { List, type Sql, type Value } from './db/sql.ts';
import { uuid } from './ids.ts';
import { safeMembers, safeText } from './log.ts';
import { storableText } from './pipeline/characters.ts';
import type { Log } from './plugin/contract/context.ts';
import type { Clock } from './runtime.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface ConnectionLog {
  /** The same log; what it is told of a connection, at info and above, is kept for that connection's people. */
  tap(log: Log): Log;
  /** Writes down what is still in memory. */
  flush(): Promise<void>;
  /** The last flush; nothing is kept afterwards. */
  close(): Promise<void>;
}

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Lines of one connection that stay. */
const kept = 1_000;
/** Lines that wait to be written; a plugin that says more than the disk takes loses the rest. */
const mostWaiting = 5_000;
const everyMs = 500;
/** The old ones are looked for after so many new ones. */
const trimEvery = 100;

interface Line {
  id: string;
  connectionId: string;
  at: number;
  level: LogLevel;
  message: string;
  detail: string;
}

export function createConnectionLog({ db, clock, log }: { db: Database; clock: Clock; log: Log }): ConnectionLog {
  let waiting: Line[] = [];
  let lost = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;
  const sinceTrim = new Map<string, number>();

  function note(level: LogLevel, what: object, message: string): void {
    const connectionId = 'connection' in what ? what.connection : undefined;
    if (closed || typeof connectionId !== 'string' || !uuidForm.test(connectionId)) return;
    if (waiting.length >= mostWaiting) {
      lost++;
      return;
    }
    waiting.push({ id: uuid(), connectionId, at: clock.now(), level, message: storableText(safeText(message).slice(0, 2_000)), detail: jsonOf(detailOf(what)) });
    timer ??= setTimeout(() => void flush(), everyMs).unref();
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(write);
    await writing;
  }

  async function write(): Promise<void> {
    const lines = waiting;
    waiting = [];
    if (lines.length === 0) return;
    try {
      await db.write((sql) => store(sql, lines, sinceTrim));
      if (lost > 0) log.warn({ lost }, 'more was said of connections than could be kept');
      lost = 0;
    } catch (error) {
      // What cannot be kept now is not worth more than the work that needs the database.
      log.warn({ err: error, lines: lines.length }, 'the log of connections could not be written');
      await pause(everyMs, undefined, { ref: false });
    }
  }

  return {
    tap: (to) => ({
      debug: (what, message) => to.debug(what, message),
      info(what, message) {
        to.info(what, message);
        note('info', what, message);
      },
      warn(what, message) {
        to.warn(what, message);
        note('warn', what, message);
      },
      error(what, message) {
        to.error(what, message);
        note('error', what, message);
      },
    }),
    flush,
    async close() {
      await flush();
      closed = true;
    },
  };
}

/** As the program's log would write it; whose line it is, is known, and a stack is for developers. */
function detailOf(what: object): Record<string, unknown> {
  const { connection: _, plugin: __, err, ...detail } = safeMembers(what);
  if (typeof err !== 'object' || err === null) return detail;
  return { ...detail, error: Object.fromEntries(Object.entries(err).filter(([name]) => name !== 'stack' && name !== 'cause')) };
}

const longestDetail = 20_000;

function jsonOf(detail: Record<string, unknown>): string {
  const text = JSON.stringify(storableText(detail));
  return text.length <= longestDetail ? text : JSON.stringify({ characters: text.length });
}

export const logColumns = ['id', 'tenant_id', 'connection_id', 'at', 'level', 'message', 'detail'] as const;

async function store(sql: Sql, lines: readonly Line[], sinceTrim: Map<string, number>): Promise<void> {
  const owners = await sql.all<{ id: string; tenant_id: string }>(`select id, tenant_id from connection where ${sql.in('id')}`, [new List([...new Set(lines.map((line) => line.connectionId))])]);
  const tenants = new Map(owners.map(({ id, tenant_id }) => [id, tenant_id]));
  const rows = lines.flatMap((line): Value[][] => {
    const tenantId = tenants.get(line.connectionId);
    // A connection that is not saved yet has no log.
    return tenantId === undefined ? [] : [[line.id, tenantId, line.connectionId, line.at, line.level, line.message, line.detail]];
  });
  await sql.insert('connection_log', logColumns, rows);
  for (const id of tenants.keys()) {
    const count = (sinceTrim.get(id) ?? trimEvery) + lines.filter((line) => line.connectionId === id).length;
    sinceTrim.set(id, count >= trimEvery ? 0 : count);
    if (count >= trimEvery) await sql.run(`delete from connection_log where connection_id = ? and id < (select id from connection_log where connection_id = ? order by id desc limit 1 offset ${kept - 1})`, [id, id]);
  }
}
