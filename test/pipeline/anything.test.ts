/**
 * Whatever bytes arrive at whatever channel, nothing falls over and nothing that was believed is lost: it ends as a processed or a failed
 * row of the ledger, byte for byte, and what comes after it is read.
 */
import fc from 'fast-check';
import t from 'tap';
import type { Channel, Json, WebhookRequest } from '#plugin';
import { createBot, type ChannelEvidence } from '#testing';
import { receive } from '../../core/pipeline/receive.ts';
import { chance, mutate } from '../kit/chance.ts';
import { accountIn, requestOf } from '../kit/evidence.ts';

const channels = ['meta-cloud', 'twilio', 'qontak', 'coster', 'simulator'];
const runs = 400;

interface Row {
  id: string;
  state: string;
  reason: string | null;
  bytes: number;
}

const headerNames = fc.oneof(
  fc.constantFrom('x-hub-signature-256', 'x-twilio-signature', 'x-simulator-signature', 'x-webhook-secret', 'authorization', 'content-type', 'content-encoding', '__proto__', 'constructor', 'host', 'cookie'),
  fc.stringMatching(/^[a-z0-9-]{1,20}$/),
);
const headerValues = fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 100 }), fc.constantFrom('', 'sha256=', `sha256=${'0'.repeat(64)}`, 'application/json', 'application/x-www-form-urlencoded; charset=utf-16', 'gzip')), { maxLength: 3 });
/** A header may be called `__proto__`: fromEntries makes it a member like any other, as Node does. */
const headers = fc.array(fc.tuple(headerNames, headerValues), { maxLength: 6 }).map((all) => Object.fromEntries(all));
const queries = fc.oneof(fc.constant(''), fc.string({ maxLength: 80 }).map((text) => `?${encodeURIComponent(text)}`), fc.constantFrom('?hub.mode=subscribe&hub.verify_token=&hub.challenge=1', '?bodySHA256=', '?ref=&ref=', '?%', '?a=%ff', '?__proto__=1', '?#'));

for (const name of channels) {
  t.test(name, async (t) => {
    const { default: channel } = (await import(`../../plugins/${name}/index.ts`)) as { default: Channel };
    const evidence = (await import(`../../plugins/${name}/evidence.ts`)) as ChannelEvidence<Record<string, Json>>;
    const bot = await createBot({ channel, channelSettings: evidence.settings, account: accountIn(evidence) });
    t.teardown(() => bot.close());
    const pieces = evidence.evidence;

    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)),
      fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
      // What the provider sends, with values put in place of others, …
      fc.tuple(fc.nat(), fc.constantFrom(...pieces)).map(([seed, { body }]) => Buffer.from(mutate(body, chance(seed)))),
      // … cut off, or with bytes in it that nobody sends.
      fc.tuple(fc.constantFrom(...pieces), fc.double({ min: 0, max: 1, noNaN: true }), fc.uint8Array({ maxLength: 20 }), fc.boolean()).map(([{ body }, where, bytes, isCut]) => {
        const whole = Buffer.from(body);
        const at = Math.floor(whole.length * where);
        return Buffer.concat([whole.subarray(0, at), bytes, isCut ? Buffer.alloc(0) : whole.subarray(at)]);
      }),
    );
    const urlOf = (query: string) => `https://bot.test/webhooks/${bot.webhookKey}${query}`;
    const rows = async () => new Map((await bot.all<Row>('select id, state, reason, length(body) as bytes from delivery')).map((row) => [row.id, row]));

    /** Hands it over as the web side does, and says what was kept of it. */
    async function arrives(request: WebhookRequest): Promise<'refused' | 'answered' | 'kept'> {
      const before = (await rows()).size;
      const received = await receive(bot.runtime, bot.webhookKey, request);
      await bot.quiet();
      const kept = await rows();
      if (!('accepted' in received)) {
        if (kept.size !== before) throw new Error('what was not believed was kept');
        return 'reply' in received ? 'answered' : 'refused';
      }
      const row = kept.get(received.accepted);
      if (!row || kept.size !== before + 1) throw new Error('what was believed is not in the ledger');
      if (row.state !== 'processed' && row.state !== 'failed') throw new Error(`it is left as ${row.state}`);
      if (row.state === 'failed' && !row.reason) throw new Error('it failed, and nobody says why');
      if (row.bytes !== request.body.length) throw new Error(`of ${request.body.length} bytes ${row.bytes} are kept`);
      return 'kept';
    }

    await t.test('nothing that a stranger sends makes it fall over, or is kept without being in the ledger', async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom('POST', 'GET', 'PUT', 'HEAD'), headers, queries, bodies, async (method, given, query, body) => {
          await arrives({ method, url: urlOf(query), headers: given, body, receivedAt: Date.now() });
        }),
        { numRuns: runs },
      );
    });

    await t.test('nothing that the provider proves is lost', async (t) => {
      const came = { refused: 0, answered: 0, kept: 0 };
      await fc.assert(
        fc.asyncProperty(bodies, async (body) => {
          const proof = Object.entries(evidence.sign(body, evidence.settings, urlOf('')));
          const type = /^\s*[[{"]/.test(body.toString()) ? 'application/json' : 'application/x-www-form-urlencoded';
          const given = Object.fromEntries([['content-type', type] as const, ...proof].map(([of, value]) => [of.toLowerCase(), [value]]));
          came[await arrives({ method: 'POST', url: urlOf(''), headers: given, body, receivedAt: Date.now() })] += 1;
        }),
        { numRuns: runs },
      );
      t.equal(came.answered, 0, 'nothing of it is taken for a handshake');
      t.ok(came.kept > runs / 4, `${came.kept} of ${runs} were believed`);
    });

    await t.test('and what comes after all that is read', async (t) => {
      const failed = [...(await rows()).values()].filter(({ state }) => state === 'failed').length;
      t.comment(`${failed} deliveries failed, each with a reason`);
      const piece = pieces.find(({ expect }) => JSON.stringify(expect).includes('"kind":"text"'));
      const { body, headers: given } = requestOf(evidence, piece ?? { body: '' }, evidence.settings);
      const proof = Object.fromEntries(Object.entries(evidence.sign(body, evidence.settings, urlOf(piece?.query ?? ''))).map(([of, value]) => [of.toLowerCase(), [value]]));
      const received = await receive(bot.runtime, bot.webhookKey, { method: 'POST', url: urlOf(piece?.query ?? ''), headers: { ...given, ...proof }, body, receivedAt: Date.now() });
      await bot.quiet();
      t.ok('accepted' in received);
      t.equal('accepted' in received ? (await rows()).get(received.accepted)?.state : undefined, 'processed');
    });
  });
}
