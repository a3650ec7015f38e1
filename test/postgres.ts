import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';

/** A PostgreSQL 18 that ends, with its folder, when it is stopped or when this process is gone. */
export interface Postgres {
  /** Address of its database `postgres`, with name and password. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL of its own on a free loopback port.
 *
 * @param options.durable waits for the disk at every commit, as a production server does; needed where speed is measured
 *   or the server itself is killed. Without it commits are quick.
 * @throws Error when the server does not start; what it said is in the message.
 */
export async function startPostgres({ durable = false } = {}): Promise<Postgres> {
  const program = [join(import.meta.dirname, 'postgres-server.ts'), ...(durable ? ['--durable'] : [])];
  const holder = spawn(process.execPath, program, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  holder.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const url = await Promise.race([
    once(createInterface(holder.stdout), 'line').then(([line]) => String(line)),
    once(holder, 'close').then(() => Promise.reject(new Error(complaint))),
  ]);
  letProcessEnd(holder);
  return {
    url,
    async stop() {
      if (holder.exitCode !== null) return;
      holder.ref();
      holder.stdin.end();
      await once(holder, 'exit');
    },
  };
}

let own: Promise<Postgres> | undefined;

/**
 * Makes an empty database that is dropped when `t` ends, and returns its URL. The server is the test run's, named by
 * SWITCHBOARD_TEST_POSTGRES; a test run alone starts one on first use.
 */
export async function freshDatabase(t: { teardown(end: () => Promise<void>): unknown }): Promise<string> {
  const server = process.env['SWITCHBOARD_TEST_POSTGRES'] ?? (await (own ??= startPostgres())).url;
  const name = `test_${randomBytes(8).toString('hex')}`;
  await run(server, `create database ${name}`);
  t.teardown(() => run(server, `drop database ${name} with (force)`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** Another one at that database, who looks, locks or cuts; gone when `t` ends. */
export async function connectTo(t: { teardown(end: () => Promise<void>): unknown }, database: string): Promise<pg.Client> {
  const client = new pg.Client(database);
  await client.connect();
  t.teardown(() => client.end());
  return client;
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The holder must not keep a finished test alive: it ends by itself once this process has. */
function letProcessEnd(holder: ChildProcess): void {
  holder.unref();
  for (const stream of holder.stdio) if (stream instanceof Socket) stream.unref();
}
