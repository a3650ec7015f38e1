/** A bot and the emulated provider of its number: each reaches the other over real HTTP, the bot through core's own guard. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Json } from '#plugin';
import { createBot, type Bot, type BotParts } from '#testing';
import { knownOf } from '../core/plugin/context.ts';
import { createOutbound } from '../core/plugin/outbound.ts';
import { bodyOf, listen } from './far-end.ts';

interface Test {
  teardown(end: () => Promise<void>): unknown;
}

interface Emulator {
  url: string;
  settings: object;
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** The other end. */
export interface Opposite<E extends Emulator> {
  emulator: E;
  /** The connection's, where they are more than the emulator's own. */
  settings?: object;
  /** What may be called, where it is more than the emulator's one address. */
  origins?: string[];
  /** Told the webhook's key, once there is one. */
  told?(key: string): void;
}

export interface Line<E> {
  bot: Bot;
  emulator: E;
  /** Until nothing is on its way on either side. */
  quiet(): Promise<void>;
}

/**
 * @param start makes the other end, which reaches the bot at `door`
 * @param deadlineMs the longest that a call may take, so that one that hangs holds up no test; core's own unless told
 */
export async function openLine<E extends Emulator>(
  t: Test,
  start: (door: string) => Promise<Opposite<E>>,
  { deadlineMs = Infinity, ...parts }: Omit<BotParts, 'channelSettings' | 'fetch' | 'download'> & { deadlineMs?: number },
): Promise<Line<E>> {
  const made: { bot?: Bot } = {};
  const door = await listen(t, (request, response) => {
    void (made.bot ? open(made.bot, request) : Promise.resolve({ status: 503 })).then(({ status, type = 'text/plain', body }: Opened) => response.writeHead(status, { 'content-type': type }).end(body));
  });
  const { emulator, settings = emulator.settings, origins = [emulator.url], told } = await start(door);
  const outbound = createOutbound({ allowedOrigins: origins });
  // The emulator gives settings that its own plugin takes.
  const channelSettings: Record<string, Json> = JSON.parse(JSON.stringify(settings));
  const caller = knownOf(parts.channel, channelSettings);
  const bot = await createBot({
    ...parts, channelSettings,
    fetch: (url, init = {}) => outbound.call(url, { ...init, ...(deadlineMs < Infinity && { timeoutMs: Math.min(init.timeoutMs ?? deadlineMs, deadlineMs) }) }, caller),
    download: (url, init = {}) => outbound.download(url, init, caller),
  });
  made.bot = bot;
  told?.(bot.webhookKey);
  t.teardown(async () => {
    // Whoever still has something to tell goes first.
    await emulator.close();
    await bot.close();
    await outbound.close();
  });
  return {
    bot, emulator,
    async quiet() {
      for (let still = 0; still < 2; still += 1) {
        await bot.quiet();
        await emulator.idle();
      }
      await bot.quiet();
    },
  };
}

interface Opened {
  status: number;
  type?: string;
  body?: Buffer;
}

/** The front door: what core's web server does with a link to a medium and with a webhook. */
async function open(bot: Bot, request: IncomingMessage): Promise<Opened> {
  const { pathname, searchParams, search } = new URL(request.url ?? '', 'http://localhost');
  const id = /^\/media\/([0-9a-f-]{36})/.exec(pathname)?.[1];
  if (id === undefined) {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const said = await bot.deliver({ method: request.method ?? '', query: search.slice(1), headers, body: await bodyOf(request) });
    return { status: 'accepted' in said ? 200 : 401 };
  }
  const { links, store } = bot.runtime.media;
  const [row] = await bot.all<{ mime: string }>('select mime from media where id = ?', [id]);
  const bytes = links.holds(id, searchParams.get('until') ?? '', searchParams.get('proof') ?? '') ? await store.read({ tenantId: bot.ids.tenant, id }) : undefined;
  return bytes && row ? { status: 200, type: row.mime, body: Buffer.concat(await Readable.from(bytes).toArray()) } : { status: 404 };
}
