import { createHmac } from 'node:crypto';
import t from 'tap';
import { chance } from '../../test/kit/chance.ts';
import { evidence, settings, sign, signed } from './evidence.ts';
import { receivedAt, webhook } from './fixtures.ts';
import channel from './index.ts';

const hello = '{"object":"whatsapp_business_account","entry":[{"id":"1","note":"caf\\u00e9 \\/ bar"}]}';
const right = sign(Buffer.from(hello), settings)['x-hub-signature-256'] ?? '';
const digest = right.slice('sha256='.length);

function verdict(headers: Record<string, string[]>, body: string | Buffer = hello, given: Partial<typeof settings & { previousAppSecret: string }> = {}) {
  const found = channel.verify(webhook(body, headers), { ...settings, ...given });
  return found === true ? 'accepted' : found.refused;
}
const header = (...values: string[]) => ({ 'x-hub-signature-256': values });

t.test('the worked examples of the documents are accepted, and both ways of signing agree on them', async (t) => {
  for (const { body, signature } of signed) {
    t.equal(verdict(header(signature), body), 'accepted');
    t.equal(sign(Buffer.from(body), settings)['x-hub-signature-256'], signature);
  }
});

t.test('every piece of evidence is accepted, and by its own bytes only', async (t) => {
  for (const { body } of evidence) {
    const request = webhook(body);
    t.equal(channel.verify(request, settings), true);
    const changed = Buffer.from(request.body);
    changed[changed.length - 2] = (changed[changed.length - 2] ?? 0) ^ 1;
    t.not(channel.verify({ ...request, body: changed }, settings), true);
  }
});

t.test('what is no signature of ours is refused as unsigned', async (t) => {
  const sha1 = createHmac('sha1', settings.appSecret).update(hello).digest('hex');
  const shapes: Record<string, Record<string, string[]>> = {
    'no header': {},
    'an empty header': header(''),
    'no value': header('sha256='),
    'a short value': header(right.slice(0, -1)),
    'a long value': header(`${right}0`),
    'upper-case digits': header(`sha256=${digest.toUpperCase()}`),
    'an upper-case name': header(`SHA256=${digest}`),
    'digits that are no hex': header(`sha256=${digest.slice(0, -1)}g`),
    'the digest alone': header(digest),
    'blanks around it': header(` ${right} `),
    'a line after it': header(`${right}\n`),
    'two headers, both right': header(right, right),
    'two headers, one right': header(right, `sha256=${'0'.repeat(64)}`),
    'two in one header': header(`${right}, ${right}`),
    'no value at all': { 'x-hub-signature-256': [] },
    'SHA-1 in its own header': { 'x-hub-signature': [`sha1=${sha1}`] },
    'SHA-1 in our header': header(`sha1=${sha1}`),
    'SHA-1 padded to our length': header(`sha256=${sha1.padEnd(64, '0').slice(0, 39)}`),
  };
  for (const [name, headers] of Object.entries(shapes)) t.equal(verdict(headers), 'unsigned', name);
});

t.test('a signature under another secret is refused as such', async (t) => {
  const other = createHmac('sha256', 'another-secret-entirely').update(hello).digest('hex');
  t.equal(verdict(header(`sha256=${other}`)), 'wrong-secret');
  t.equal(verdict(header(`sha256=${'0'.repeat(64)}`)), 'wrong-secret');
  t.equal(verdict(header(right), `${hello} with more`), 'wrong-secret');
  t.equal(verdict(header(right), ''), 'wrong-secret');
});

t.test('the previous app secret is accepted while it is set, a blank one never', async (t) => {
  const old = `sha256=${createHmac('sha256', 'the-secret-before').update(hello).digest('hex')}`;
  t.equal(verdict(header(old)), 'wrong-secret');
  t.equal(verdict(header(old), hello, { previousAppSecret: 'the-secret-before' }), 'accepted');
  t.equal(verdict(header(right), hello, { previousAppSecret: 'the-secret-before' }), 'accepted');
  const blank = `sha256=${createHmac('sha256', '   ').update(hello).digest('hex')}`;
  t.equal(verdict(header(blank), hello, { previousAppSecret: '   ' }), 'wrong-secret');
});

t.test('a blank app secret is a fault of the settings, whatever is sent', async (t) => {
  for (const appSecret of ['', ' ', '\t\n']) {
    const ofBlank = `sha256=${createHmac('sha256', appSecret).update(hello).digest('hex')}`;
    t.equal(verdict(header(ofBlank), hello, { appSecret }), 'not-configured', JSON.stringify(appSecret));
    t.equal(verdict(header(ofBlank), hello, { appSecret, previousAppSecret: 'the-secret-before' }), 'not-configured');
  }
});

t.test('a body that a proxy wrote anew is refused, and the cause is named', async (t) => {
  const rewritten = JSON.stringify(JSON.parse(hello));
  t.not(rewritten, hello);
  t.equal(verdict(header(right), rewritten), 'rewritten-body', 'escapes were written out');
  t.equal(verdict(header(right), `${hello}\n`), 'rewritten-body', 'a line end was added');
  t.equal(verdict(header(right), ` ${hello}`), 'rewritten-body', 'a blank was added');
  const compact = '{"object":"whatsapp_business_account","entry":[]}';
  const ofCompact = sign(Buffer.from(compact), settings)['x-hub-signature-256'] ?? '';
  t.equal(verdict(header(ofCompact), JSON.stringify(JSON.parse(compact), null, 2)), 'rewritten-body', 'it was indented');
});

t.test('looking for the cause is bounded, so that a refusal stays cheap', async (t) => {
  const large = `{"a":"${'x'.repeat(70_000)}"}`;
  const ofLarge = sign(Buffer.from(large), settings)['x-hub-signature-256'] ?? '';
  t.equal(verdict(header(ofLarge), `${large}\n`), 'wrong-secret');
  t.equal(verdict(header(right), `${'['.repeat(20_000)}${']'.repeat(20_000)}`), 'wrong-secret', 'nesting does not make it fall over');
});

t.test('of 10,000 guessed headers none is accepted', async (t) => {
  const { below: random } = chance(20_261_121);
  const alphabet = '0123456789abcdefABCDEF= ,;sha25\u0000é';
  let accepted = 0;
  for (let tried = 0; tried < 10_000; tried += 1) {
    const letters = [...right];
    for (let changes = 1 + random(4); changes > 0; changes -= 1) letters[random(letters.length)] = alphabet[random(alphabet.length)] ?? '';
    const guess = letters.join('');
    if (guess !== right && verdict(header(guess)) === 'accepted') accepted += 1;
  }
  t.equal(accepted, 0);
});

t.test('the handshake gives the challenge back to whoever knows the verify token', async (t) => {
  const ask = (query: string, method = 'GET') => channel.challenge?.({ method, url: `https://bot.example.test/webhooks/key${query}`, headers: {}, body: Buffer.alloc(0), receivedAt }, settings);
  const token = encodeURIComponent(settings.verifyToken);
  t.same(ask(`?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1158201444`), { status: 200, body: '1158201444', type: 'text/plain' });
  t.match(ask(`?hub.mode=subscribe&hub.verify_token=${token}x&hub.challenge=1`), { status: 403, body: '' });
  t.match(ask('?hub.mode=subscribe&hub.verify_token=&hub.challenge=1'), { status: 403 });
  t.match(ask('?hub.mode=subscribe&hub.challenge=1'), { status: 403 });
  t.match(ask(`?hub.mode=unsubscribe&hub.verify_token=${token}&hub.challenge=1`), { status: 403 });
  t.match(ask(`?hub.mode=subscribe&hub.verify_token=${token}`), { status: 403 }, 'there is nothing to give back');
  t.match(ask(`?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=${'x'.repeat(513)}`), { status: 403 }, 'what is given back is short');
  t.match(ask(`?hub.mode=subscribe&hub.verify_token=wrong&hub.verify_token=${token}&hub.challenge=1`), { status: 403 }, 'the first of two counts');
  t.equal(ask('?hub_mode=subscribe&hub_verify_token=x'), undefined, 'another query is no handshake');
  t.equal(ask(''), undefined);
  t.equal(ask(`?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1`, 'POST'), undefined);
});

t.test('a blank verify token shakes hands with nobody', async (t) => {
  for (const verifyToken of ['', '  ']) {
    const url = `https://bot.example.test/x?hub.mode=subscribe&hub.verify_token=${encodeURIComponent(verifyToken)}&hub.challenge=1`;
    t.match(channel.challenge?.({ method: 'GET', url, headers: {}, body: Buffer.alloc(0), receivedAt }, { ...settings, verifyToken }), { status: 403 });
  }
});
