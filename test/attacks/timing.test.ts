/**
 * How long a refusal takes tells nothing of the secret (S22): a guess that is right but for its last letter is refused as
 * quickly as one that is right nowhere. The two are tried in turn, in an order by chance, and their medians must be nearer to
 * each other than three standard errors. One round in three is enough: what else the machine does can pretend a difference
 * once, while a comparison that tells shows it in each.
 */
import { createHash, createHmac, randomBytes, randomInt } from 'node:crypto';
import t, { type Test } from 'tap';
import { sameText } from '../../core/admin/session.ts';
import { ApiKey } from '../../core/db/entities/index.ts';
import { uuid } from '../../core/ids.ts';
import { hashPassword, passwordFits } from '../../core/password.ts';
import type { Channel } from '../../core/plugin/contract/channel.ts';
import metaCloud from '../../plugins/meta-cloud/index.ts';
import simulator from '../../plugins/simulator/index.ts';
import { openSite } from '../access/site.ts';

type Which = 'near' | 'far';
/** Made anew for each try, so that neither guess is the one that processor and caches know. */
type Make = (which: Which) => () => unknown;

const rounds = 3;
const tries = 10_000;

/** True when the two could be told apart in every round. */
async function tells(t: Test, make: Make, tries: number): Promise<boolean> {
  for (let n = 0; n < tries / 5; n++) await make(n % 2 ? 'near' : 'far')();
  for (let round = 0; round < rounds; round++) {
    const { near, far } = await measure(make, tries);
    const seen = 3 * Math.hypot(near.error, far.error);
    t.comment(`almost right ${near.median.toFixed(3)} µs, right nowhere ${far.median.toFixed(3)} µs: ${(near.median - far.median).toFixed(3)} apart, seen from ${seen.toFixed(3)} on`);
    if (Math.abs(near.median - far.median) < seen) return false;
  }
  return true;
}

async function measure(make: Make, tries: number): Promise<Record<Which, Spread>> {
  const took = { near: new Float64Array(tries), far: new Float64Array(tries) };
  for (let n = 0; n < tries; n++) {
    for (const which of Math.random() < 0.5 ? (['near', 'far'] as const) : (['far', 'near'] as const)) {
      const ask = make(which);
      const began = performance.now();
      const answer = ask();
      if (answer instanceof Promise) await answer;
      took[which][n] = (performance.now() - began) * 1_000;
    }
  }
  return { near: spread(took.near), far: spread(took.far) };
}

interface Spread {
  median: number;
  /** The median's standard error, from the middle half of the values: a few late ones do not count. */
  error: number;
}

function spread(values: Float64Array): Spread {
  const sorted = values.toSorted();
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] ?? NaN;
  const deviation = (at(0.75) - at(0.25)) / 1.349;
  return { median: at(0.5), error: (1.2533 * deviation) / Math.sqrt(sorted.length) };
}

const hex = '0123456789abcdef';
const secretHex = () => randomBytes(32).toString('hex');

/** Of the same length and the same letters as the secret, which ends in hex. Both are made, for making one differs in time. */
function guess(which: Which, secret: string): string {
  const last = hex[(hex.indexOf(secret.at(-1) ?? '') + randomInt(1, 16)) % 16] ?? '';
  const other = secretHex();
  // Through bytes: a text that was put together of others is read more slowly the first time.
  const made = { near: flat(secret.slice(0, -1) + last), far: flat(secret.slice(0, -other.length) + other) };
  return made[which];
}

const flat = (text: string) => Buffer.from(text).toString('latin1');

function signatures(channel: Channel, settings: unknown, header: string, secret: string): Make {
  return (which) => {
    const body = Buffer.from(String(randomInt(1e14, 2e14)));
    const signature = guess(which, `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
    const request = { method: 'POST', url: 'https://bot.example/webhooks/key', headers: { [header]: [signature] }, body, receivedAt: 0 };
    return () => channel.verify(request, settings);
  };
}

t.test('the measure sees a comparison that stops at the first difference', async (t) => {
  const careless = (given: string, secret: string) => {
    for (let n = 0; n < secret.length; n++) if (given[n] !== secret[n]) return false;
    return true;
  };
  const make: Make = (which) => {
    const secret = flat(secretHex());
    const given = guess(which, secret);
    return () => createHash('sha256').update('as much work beside it as in the others').digest().length > 0 && careless(given, secret);
  };
  t.equal(await tells(t, make, tries), true);
});

t.test('a signature', async (t) => {
  const secret = 'a secret of the provider';
  for (const [channel, settings, header] of [[metaCloud, { appSecret: secret }, 'x-hub-signature-256'], [simulator, { secret }, 'x-simulator-signature']] as const) {
    const make = signatures(channel, settings, header, secret);
    t.strictSame([make('near')(), make('far')()], [{ refused: 'wrong-secret' }, { refused: 'wrong-secret' }]);
    t.equal(await tells(t, make, tries), false, channel.title);
  }
});

t.test('a verify token', async (t) => {
  const channel: Channel = metaCloud;
  const make: Make = (which) => {
    const verifyToken = secretHex();
    const url = `https://bot.example/webhooks/key?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${guess(which, verifyToken)}`;
    return () => channel.challenge?.({ method: 'GET', url, headers: {}, body: Buffer.alloc(0), receivedAt: 0 }, { verifyToken });
  };
  t.match([make('near')(), make('far')()], [{ status: 403 }, { status: 403 }]);
  t.equal(await tells(t, make, tries), false);
});

t.test('the token of a form, and of the one-time link', async (t) => {
  const make: Make = (which) => {
    const token = secretHex();
    const given = guess(which, token);
    return () => sameText(token, given);
  };
  t.strictSame([make('near')(), make('far')()], [false, false]);
  t.equal(await tells(t, make, tries), false);
});

t.test('an API key', async (t) => {
  const { app, db, tenantId } = await openSite(t);
  const key = `sb_${secretHex()}`;
  const em = db.emOfAll();
  em.create(ApiKey, { id: uuid(), tenantId, name: 'figures', hash: createHash('sha256').update(key).digest('hex'), scopes: ['metrics'], declared: false, createdAt: 0 });
  await em.flush();
  const asking = (authorization: string) => async () => (await app.inject({ url: '/metrics', remoteAddress: '203.0.113.9', headers: { host: 'localhost', authorization } })).statusCode;
  const make = (which: Which) => asking(guess(which, `Bearer ${key}`));
  t.strictSame([await asking(`Bearer ${key}`)(), await make('near')(), await make('far')()], [200, 401, 401]);
  // A whole request each, of a third of a millisecond: more tries would cost time and still see no single letter.
  t.equal(await tells(t, make, 2_000), false);
});

t.test('a password, of somebody and of nobody', async (t) => {
  const stored = await hashPassword('a horse on the line');
  const make = (which: Which) => () => passwordFits(which === 'near' ? stored : null, 'a horse on the lime');
  t.strictSame([await make('near')(), await make('far')()], [false, false]);
  // Each try costs ten milliseconds and more on purpose: ten thousand of each would take minutes.
  t.equal(await tells(t, make, 60), false);
});
