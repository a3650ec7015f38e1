/** Looks into the database beside the product, as a person with a database tool would. */
import BetterSqlite from 'better-sqlite3';
import { join } from 'node:path';
import pg from 'pg';
import { until } from '../until.ts';

export interface Ledger {
  all<Row>(text: string): Promise<Row[]>;
  /** Messages of ours by status. */
  statuses(): Promise<Record<string, number>>;
  /** Resolves when nothing is left to do: whatever was to be sent twice has been. Buried jobs do not count. */
  drained(withinMs?: number): Promise<void>;
  /** SQLite: what `integrity_check` says. */
  integrity(): Promise<string>;
  close(): Promise<void>;
}

export function openLedger(at: { dataDir: string } | { databaseUrl: string }): Ledger {
  return 'dataDir' in at ? sqlite(join(at.dataDir, 'switchboard.db')) : postgres(at.databaseUrl);
}

/** Templates are read every few hours: their job always waits. */
const due = "buried_at is null and kind <> 'templates'";

function ledger(all: Ledger['all'], close: Ledger['close']): Ledger {
  const count = async (text: string) => Number((await all<{ n: number | string }>(text))[0]?.n ?? 0);
  return {
    all,
    close,
    async statuses() {
      const rows = await all<{ status: string; n: number | string }>("select status, count(*) as n from message where author <> 'contact' group by status order by status");
      return Object.fromEntries(rows.map(({ status, n }) => [status, Number(n)]));
    },
    async drained(withinMs = 300_000) {
      const done = async () => (await count("select count(*) as n from delivery where state = 'received'")) === 0 && (await count(`select count(*) as n from job where ${due}`)) === 0;
      await until('the work was to be done', done, withinMs, 100).catch(async (error: unknown) => {
        const jobs = await all('select j.kind, j.attempts, j.waiting_for, j.error, j.ready_at, j.created_at, m.status, l.ready_at as lane_ready_at, l.locked_until, l.fence from job j left join lane l on l.key = j.lane left join message m on m.id = j.ref where j.buried_at is null order by j.id limit 5');
        const left = { at: Date.now(), deliveries: await count("select count(*) as n from delivery where state = 'received'"), jobs: await count(`select count(*) as n from job where ${due}`), first: jobs };
        throw new Error(`left to do: ${JSON.stringify(left)}`, { cause: error });
      });
    },
    async integrity() {
      const rows = await all<{ integrity_check: string }>('pragma integrity_check');
      return rows.map((row) => row.integrity_check).join('; ');
    },
  };
}

function sqlite(file: string): Ledger {
  // Opened anew each time: a connection of ours must not keep the product's files as they were before a kill.
  const all = async <Row>(text: string): Promise<Row[]> => {
    const db = new BetterSqlite(file, { timeout: 5_000 });
    try {
      return db.prepare<[], Row>(text).all();
    } finally {
      db.close();
    }
  };
  return ledger(all, async () => {});
}

function postgres(url: string): Ledger {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const all = async <Row>(text: string): Promise<Row[]> => {
    const { rows } = await pool.query(text);
    return rows;
  };
  return ledger(all, () => pool.end());
}
