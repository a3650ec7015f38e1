/** Replicas tell each other over PostgreSQL: what changed for open pages, and that the directory must be read again. */
import pg from 'pg';
import { uuid } from '../ids.ts';
import type { Notice } from '../live.ts';
import type { Log } from '../plugin/contract/context.ts';

export interface Relay {
  tell(notice: Notice): void;
  tellReload(): void;
  /** There may be work for whoever is free. */
  tellWake(): void;
  /** Other replicas keep their media in another place. */
  mediaElsewhere(): Promise<boolean>;
  /** What the others say. */
  listen(on: Listener): void;
  close(): Promise<void>;
}

interface Listener {
  notice(notice: Notice): void;
  reload(): void;
  wake(): void;
}

interface Said {
  from: string;
  notices?: Notice[];
  reload?: true;
  wake?: true;
}

const channel = 'switchboard';
const joinMs = 30;
/** PostgreSQL takes at most 8,000 bytes at once. */
const mostNotices = 40;

/** Class of the locks by which replicas show one another where their media lie. */
const mediaPlaces = 77_263;

/** @param mediaPlace a number that replicas have in common whose media lie in the same place */
export async function createRelay(url: string, log: Log, mediaPlace: number, beatMs = 30_000): Promise<Relay> {
  const me = uuid();
  let on: Listener | undefined;
  let wake = false;
  let pending: Notice[] = [];
  let timer: NodeJS.Timeout | undefined;
  let closing = false;
  /** One query at a time: the client warns of more, and will refuse them. */
  let said: Promise<unknown> = Promise.resolve();
  let client = await connect();

  async function connect(): Promise<pg.Client> {
    const made = new pg.Client({ connectionString: url, application_name: 'switchboard relay', query_timeout: beatMs, connectionTimeoutMillis: beatMs });
    made.on('notification', ({ payload }) => payload && hear(payload));
    made.on('error', (error) => log.warn({ err: error }, 'the relay between replicas was cut'));
    try {
      await made.connect();
      await made.query(`listen ${channel}`);
      // Held as long as this connection: whoever looks sees only replicas that live.
      await made.query('select pg_advisory_lock_shared($1, $2)', [mediaPlaces, mediaPlace]);
    } catch (error) {
      await made.end().catch(() => {});
      throw error;
    }
    // Not before it was one: each try that fails would begin another row of tries, and they would double every second.
    made.on('end', () => void reconnect());
    return made;
  }

  // Who only listens never learns that the other end is gone.
  const beat = setInterval(() => {
    ask('select 1');
  }, beatMs).unref();

  async function reconnect(): Promise<void> {
    while (!closing) {
      await new Promise((resolve) => setTimeout(resolve, 1_000).unref());
      try {
        const made = await connect();
        if (closing) return await made.end();
        client = made;
        on?.reload();
        // What was said meanwhile nobody heard.
        say({ reload: true, wake: true });
        return;
      } catch {
        // The database is away; everything else says so already.
      }
    }
  }

  function hear(payload: string): void {
    const said = JSON.parse(payload) as Said;
    if (said.from === me) return;
    if (said.reload) on?.reload();
    if (said.wake) on?.wake();
    for (const notice of said.notices ?? []) on?.notice(notice);
  }

  /** Whoever does not answer is gone: what is asked after it need not wait as long again. */
  function ask(text: string, values: string[] = []): void {
    said = said.then(() => {
      const asked = client;
      return asked.query(text, values).catch(() => asked.end());
    }).then(() => {}, () => {});
  }

  function say(what: Omit<Said, 'from'>): void {
    const payload = JSON.stringify({ from: me, ...what });
    ask('select pg_notify($1, $2)', [channel, payload]);
  }

  function flush(): void {
    timer = undefined;
    // Of one conversation only the newest matters.
    const newest = [...new Map(pending.map((n) => [n.conversation ?? `${n.tenantId}${n.alerts ?? ''}${n.numbers ?? ''}`, n])).values()];
    pending = [];
    for (let n = 0; n < newest.length; n += mostNotices) say({ notices: newest.slice(n, n + mostNotices) });
    if (wake) say({ wake: true });
    wake = false;
  }

  return {
    tell(notice) {
      pending.push(notice);
      timer ??= setTimeout(flush, joinMs);
    },
    tellWake() {
      wake = true;
      timer ??= setTimeout(flush, joinMs);
    },
    async mediaElsewhere() {
      // The database shows the second number as an unsigned one.
      const { rows } = await client.query(
        "select 1 from pg_locks where locktype = 'advisory' and objsubid = 2 and database = (select oid from pg_database where datname = current_database()) and classid = $1::int4::oid and objid <> $2::int4::oid",
        [mediaPlaces, mediaPlace],
      );
      return rows.length > 0;
    },
    tellReload: () => say({ reload: true }),
    listen(listener) {
      on = listener;
    },
    async close() {
      closing = true;
      clearTimeout(timer);
      clearInterval(beat);
      await said;
      await client.end();
    },
  };
}
