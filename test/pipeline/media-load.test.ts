/** Media never delay text: neither when many come at once, nor when the provider is slow with them, nor when it hangs. */
import { setTimeout as pause } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createBot, type Bot } from '#testing';
import { defineAgent, defineChannel, Type, type Event, type MediaBytes, type MediaRef } from '#plugin';
import { png } from '../media/samples.ts';

const texts = 150;
const media = 300;

interface Answered {
  bot: Bot;
  /** When each text's reply went out, by its text. */
  replies: Map<string, number>;
  sent: Map<string, number>;
}

async function botWith(t: Test, fetch: (ref: MediaRef) => Promise<MediaBytes>): Promise<Answered> {
  const replies = new Map<string, number>();
  const sent = new Map<string, number>();
  const channel = defineChannel({
    name: 'post', title: 'Post', contract: 1, settings: Type.Object({}),
    can: { webhook: 'secret-url', sends: ['text'], statuses: [], maxText: 4_096 },
    account: { title: 'Account', parse: (typed) => typed },
    verify: () => true,
    parse: ({ body }) => JSON.parse(body.toString()) as Event[],
    async send(out) {
      if (out.content.kind === 'text') replies.set(out.content.text, performance.now());
      return { accepted: { refs: [out.ref] } };
    },
    media: fetch,
  });
  const agent = defineAgent({ name: 'echo', title: 'Echo', contract: 1, settings: Type.Object({}), respond: async ({ messages }) => ({ messages: messages.flatMap(({ content }) => (content.kind === 'text' ? [{ kind: 'text' as const, text: content.text }] : [])), why: 'echo' }) });
  const bot = await createBot({ channel, agent });
  t.teardown(() => bot.close());
  return { bot, replies, sent };
}

const message = (n: number, content: Extract<Event, { kind: 'message' }>['content']): Event => ({ id: `e${n}-${content.kind}`, account: '100', at: Date.now(), kind: 'message', from: [{ kind: 'phone', value: `3460000${n}` }], content });

/** Sends texts at a steady pace, each from another person; returns how long replies took, sorted. */
async function talk({ bot, replies, sent }: Answered, name: string): Promise<number[]> {
  for (let n = 0; n < texts; n++) {
    const text = `${name}-${n}`;
    sent.set(text, performance.now());
    void bot.deliver({ headers: {}, body: JSON.stringify([{ ...message(n, { kind: 'text', text }), id: text }]) });
    await pause(10);
  }
  const until = performance.now() + 180_000;
  while (replies.size < sent.size && performance.now() < until) await pause(5);
  return [...sent].filter(([text]) => text.startsWith(`${name}-`)).map(([text, at]) => (replies.get(text) ?? Infinity) - at).sort((a, b) => a - b);
}

const at = (sorted: readonly number[], part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Infinity;

for (const [what, slowMs] of [['at once', 0], ['slowly, each in a second', 1_000], ['never', Infinity]] as const) {
  t.test(`${media} pictures that come ${what} leave the replies to texts as quick as they are without them`, { timeout: 240_000 }, async (t) => {
    const bytes = await png(400, 300);
    const answered = await botWith(t, async () => {
      if (slowMs === Infinity) await new Promise(() => undefined);
      await pause(slowMs);
      return { stream: (async function* () { yield bytes; })() };
    });
    const { bot, sent, replies } = answered;
    const before = await talk(answered, 'before');
    for (let n = 0; n < media; n += 20) {
      await bot.deliver({ headers: {}, body: JSON.stringify(Array.from({ length: 20 }, (_, m) => message(n + m, { kind: 'image', media: { ref: `r${n + m}` } }))) });
    }
    const during = await talk(answered, 'during');
    t.equal(replies.size, sent.size, 'every text was answered');
    t.comment(`${what}: half ${Math.round(at(before, 0.5))} → ${Math.round(at(during, 0.5))} ms, 95 of 100 ${Math.round(at(before, 0.95))} → ${Math.round(at(during, 0.95))} ms`);
    // A machine that also runs other things: what would be a queue behind media is many seconds, not this.
    t.ok(at(during, 0.5) < Math.max(at(before, 0.5) * 3, 1_000), `half of them took ${Math.round(at(during, 0.5))} ms`);
    t.ok(at(during, 0.95) < Math.max(at(before, 0.95) * 3, 5_000), `95 of 100 took ${Math.round(at(during, 0.95))} ms`);
    const [left] = await bot.all<{ n: number }>("select count(*) as n from media where state = 'missing'");
    if (slowMs > 0) t.ok(Number(left?.n) > 0, 'while media were still waiting');
  });
}
