/** The same test on both databases, each with bots of its own and a provider that takes everything. */
import t, { type Test } from 'tap';
import type { Channel, Outgoing, SendResult } from '#plugin';
import { createBot, type Bot, type BotParts } from '../kit/bot.ts';
import { uuid } from '../../core/ids.ts';
import notifications from '../../plugins/notifications/index.ts';
import { freshDatabase } from '../postgres.ts';
import { echo, wire } from './echo.ts';

export interface Wired {
  b: Bot;
  /** What the provider was asked to send, in that order. */
  sent: Outgoing[];
}

export type Make = (more?: { channel?: Partial<Channel>; answer?: (out: Outgoing, n: number) => SendResult | Promise<SendResult>; bot?: Partial<BotParts> }) => Promise<Wired>;

export function onBoth(what: string, run: (t: Test, make: Make) => Promise<void>): void {
  for (const kind of ['sqlite', 'postgres'] as const) {
    void t.test(`${what} (${kind})`, (t) =>
      run(t, async ({ channel = {}, answer = (out: Outgoing) => ({ accepted: { refs: [`p-${out.ref}`] } }), bot = {} } = {}) => {
        const sent: Outgoing[] = [];
        const wired = wire((out) => answer(out, sent.push(out)));
        const b = await createBot({ channel: { ...wired, ...channel }, agent: echo, notifiers: [notifications], ...(kind === 'postgres' && { database: await freshDatabase(t) }), ...bot });
        t.teardown(() => b.close());
        return { b, sent };
      }));
  }
}

/** Another number on the bot's connection, answered by the same agent. */
export async function anotherNumber(b: Bot, account: string): Promise<string> {
  const id = uuid();
  await b.db.write(async (sql) => {
    await sql.run('insert into number (id, tenant_id, connection_id, plugin, account, display_name, active, line, declared, created_at, version) select ?, tenant_id, connection_id, plugin, ?, display_name, active, line, declared, created_at, version from number where id = ?', [id, account, b.ids.number]);
    await sql.run('insert into binding (id, tenant_id, number_id, agent_id, environment, inbound, created_at) select ?, tenant_id, ?, agent_id, environment, inbound, created_at from binding where number_id = ?', [uuid(), id, b.ids.number]);
  });
  await b.runtime.directory.reload();
  return id;
}
