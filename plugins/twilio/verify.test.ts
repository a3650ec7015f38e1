/** The signature, held against worked examples and against Twilio's own library for Node. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { getExpectedBodyHash, getExpectedTwilioSignature, validateRequest, validateRequestWithBody } from 'twilio/lib/webhooks/webhooks.js';
import { evidence, settings, sign, signed } from './evidence.ts';
import { formType, receivedAt, webhook } from './fixtures.ts';
import channel from './index.ts';
import type { Settings } from './settings.ts';

const hook = 'https://bot.example.test/webhooks/key';
const hello = evidence[0]?.body ?? '';
const token = settings.authToken;

function verdict(body: string, how: Parameters<typeof webhook>[1] = {}, given: Partial<Settings> = {}) {
  const found = channel.verify(webhook(body, how), { ...settings, ...given });
  return found === true ? 'accepted' : found.refused;
}

/** What Twilio's library would sign for this URL and form. */
const official = (url: string, body: string, secret = token) => [getExpectedTwilioSignature(secret, url, parametersOf(body))];

function parametersOf(body: string): Record<string, string | string[]> {
  const found = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(body)) found.set(name, [...(found.get(name) ?? []), value]);
  return Object.fromEntries([...found].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]));
}

t.test('the worked examples are accepted, and the library and the evidence sign them alike', async (t) => {
  for (const { name, method, url, type, body, signature } of signed) {
    const request = { method, url, headers: { 'x-twilio-signature': [signature], ...(type !== undefined && { 'content-type': [type] }) }, body: Buffer.from(body), receivedAt };
    t.equal(channel.verify(request, settings), true, name);
    if (method === 'POST') t.equal(Object.values(sign(Buffer.from(body), settings, url))[0], signature, name);
    t.equal(getExpectedTwilioSignature(token, url, type?.includes('form') === true ? parametersOf(body) : {}), signature, name);
  }
});

t.test('what Twilio’s library signs is accepted: every piece of evidence', async (t) => {
  for (const { name, body, query = '' } of evidence.filter((piece) => !piece.body.startsWith('{'))) t.equal(verdict(body, { url: hook + query, signature: official(hook + query, body) }), 'accepted', name);
});

t.test('S2: an address with another scheme, host, port, path or order of its query is refused', async (t) => {
  const url = `${hook}?a=1&b=2`;
  t.equal(verdict(hello, { url, signature: official(url, hello) }), 'accepted');
  const others: Record<string, string> = {
    'another host': url.replace('bot.', 'evil.'),
    'another port': url.replace('.test/', '.test:8443/'),
    'the port of http': url.replace('.test/', '.test:80/'),
    'another path': url.replace('/key', '/other'),
    'another order': `${hook}?b=2&a=1`,
    'one more parameter': `${url}&c=3`,
    'one parameter less': `${hook}?a=1`,
    'no query': hook,
    'a slash more': url.replace('?', '/?'),
    'another value': url.replace('a=1', 'a=2'),
    'another fragment': `${url}#rc=1`,
  };
  for (const [name, other] of Object.entries(others)) t.equal(verdict(hello, { url, signature: official(other, hello) }), 'wrong-secret', name);
});

t.test('the scheme is named as the cause, for it is what a proxy takes away', async (t) => {
  t.equal(verdict(hello, { signature: official(hook.replace('https', 'http'), hello) }), 'other-url');
  t.equal(verdict(hello, { url: hook.replace('https', 'http'), signature: official(hook, hello) }), 'other-url');
});

t.test('the standard port may be written or not, and another one may be left out as Twilio does it', async (t) => {
  const withPort = hook.replace('.test/', '.test:443/');
  t.equal(verdict(hello, { signature: official(withPort, hello) }), 'accepted');
  t.equal(verdict(hello, { url: withPort, signature: official(hook, hello) }), 'accepted');
  t.equal(verdict(hello, { url: hook.replace('https', 'http'), signature: official(withPort.replace('https', 'http').replace(':443', ':80'), hello) }), 'accepted');
  const other = hook.replace('.test/', '.test:8443/');
  t.equal(verdict(hello, { url: other, signature: official(other, hello) }), 'accepted');
  t.equal(verdict(hello, { url: other, signature: official(hook, hello) }), 'accepted');
  t.equal(verdict(hello, { url: other, signature: official(withPort, hello) }), 'wrong-secret');
});

t.test('the connection overrides may be signed along or not, ours only', async (t) => {
  t.equal(verdict(hello, { signature: official(`${hook}#rc=5&rp=all`, hello) }), 'accepted');
  t.equal(verdict(hello, { signature: official(`${hook}#rc=2`, hello) }), 'wrong-secret');
  t.equal(verdict(hello, { signature: official(`${hook}#rc=5&rp=all`, hello) }, { connectionOverrides: '' }), 'wrong-secret');
});

t.test('S2: a field more, less, twice or changed is refused', async (t) => {
  const signature = official(hook, hello);
  const others: Record<string, string> = {
    'one more': `${hello}&Extra=1`,
    'an empty one more': `${hello}&Extra=`,
    'one more in front': `Aaa=1&${hello}`,
    'one less': hello.replace(/&ApiVersion=[^&]*/, ''),
    'twice with another value': `${hello}&Body=other`,
    'changed': hello.replace('Halo', 'Hola'),
    'another name': hello.replace('Body=', 'body='),
    'nested': hello.replace('Body=', 'Body%5B0%5D='),
    'prototype': `${hello}&__proto__=x`,
    'nothing': '',
  };
  for (const [name, body] of Object.entries(others)) {
    t.not(body, hello, name);
    t.equal(verdict(body, { signature }), 'wrong-secret', name);
  }
});

t.test('a name that is repeated is signed with its distinct values, as the library has it', async (t) => {
  const body = 'MessageSid=SM1&Body=b&Body=a&Body=b';
  t.equal(verdict(body, { signature: official(hook, body) }), 'accepted');
  t.equal(verdict('MessageSid=SM1&Body=b&Body=a&Body=c', { signature: official(hook, body) }), 'wrong-secret');
});

t.test('S2: a JSON body is covered by its digest in the signed query, and by nothing else', async (t) => {
  const body = '{"hello":"world"}';
  const url = `${hook}?bodySHA256=${getExpectedBodyHash(body)}`;
  const json = { type: 'application/json' };
  const of = (address: string) => [getExpectedTwilioSignature(token, address, {})];
  t.equal(verdict(body, { ...json, url, signature: of(url) }), 'accepted');
  t.equal(validateRequestWithBody(token, of(url)[0] ?? '', url, body), true);
  t.equal(verdict(`${body} `, { ...json, url, signature: of(url) }), 'rewritten-body');
  t.equal(verdict('', { ...json, url, signature: of(url) }), 'rewritten-body');
  t.equal(verdict(body, { ...json, signature: of(hook) }), 'unsigned', 'without the digest');
  t.equal(verdict(body, { ...json, url: `${hook}?bodySHA256=`, signature: of(`${hook}?bodySHA256=`) }), 'rewritten-body', 'with an empty one');
  t.equal(verdict(body, { ...json, url, signature: of(hook) }), 'wrong-secret', 'a digest that was not signed');
  t.equal(verdict(body, { type: 'text/plain', signature: of(hook) }), 'unsigned', 'whatever it calls itself');
  t.equal(verdict(hello, { type: '', signature: official(hook, hello) }), 'unsigned', 'a form that does not say that it is one');
  t.equal(verdict('', { url, signature: of(url) }), 'rewritten-body', 'nor is the URL of a JSON body good for a form');
});

t.test('a GET carries its parameters in the URL', async (t) => {
  const url = `${hook}?${hello}`;
  const signature = [getExpectedTwilioSignature(token, url, {})];
  t.equal(verdict('', { method: 'GET', type: '', url, signature }), 'accepted');
  t.equal(verdict('', { method: 'GET', type: '', url: `${url}&Extra=1`, signature }), 'wrong-secret');
});

t.test('what is no signature is refused as unsigned', async (t) => {
  const [right = ''] = official(hook, hello);
  const hex = createHmac('sha1', token).update(hook).digest('hex');
  for (const signature of [[], [''], [right, right], [`${right},${right}`], [right.slice(0, -1)], [` ${right}`], [`${right}\n`], [hex], [`sha1=${right}`], [right.replace('=', 'A')]]) t.equal(verdict(hello, { signature }), 'unsigned', JSON.stringify(signature));
});

t.test('the unused bits of the last letter are no room for another signature', async (t) => {
  const [right = ''] = official(hook, hello);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const same = [...letters].map((letter) => `${right.slice(0, 26)}${letter}=`).filter((other) => Buffer.from(other, 'base64').equals(Buffer.from(right, 'base64')));
  t.equal(same.length, 4, 'four ways of writing decode alike');
  t.same(same.filter((signature) => verdict(hello, { signature: [signature] }) === 'accepted'), [right]);
});

t.test('the previous auth token is accepted while it is set, a blank one never', async (t) => {
  const old = official(hook, hello, 'the-token-before-0001');
  t.equal(verdict(hello, { signature: old }), 'wrong-secret');
  t.equal(verdict(hello, { signature: old }, { previousAuthToken: 'the-token-before-0001' }), 'accepted');
  t.equal(verdict(hello, { signature: official(hook, hello, '  ') }, { previousAuthToken: '  ' }), 'wrong-secret');
  for (const authToken of ['', ' ', '\t']) t.equal(verdict(hello, { signature: official(hook, hello, authToken) }, { authToken, previousAuthToken: 'x' }), 'not-configured');
});

/** Hosts, ports, paths, queries and parameters of all the forms that a URL and a form may have. */
const part = fc.string({ unit: fc.constantFrom(...'abcXYZ019-._~%20\'()*+,;:@!$é√'), maxLength: 8 });
const addresses = fc.record({
  scheme: fc.constantFrom('https', 'http'),
  host: fc.constantFrom('bot.example.test', 'Bot.Example.test', 'xn--bcher-kva.example', '[2001:db8::1]'),
  port: fc.constantFrom('', ':443', ':80', ':8443'),
  path: fc.array(part, { maxLength: 3 }),
  query: fc.option(fc.array(fc.tuple(part, part), { maxLength: 3 }), { nil: undefined }),
}).map(({ scheme, host, port, path, query }) => `${scheme}://${host}${port}/${path.join('/')}${query === undefined ? '' : `?${query.map((pair) => pair.join('=')).join('&')}`}`);
const value = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: 'grapheme', maxLength: 6 }), fc.constantFrom('', 'a=b&c', '+', '\n'));
const forms = fc.array(fc.tuple(fc.oneof(fc.constantFrom('Body', 'From', 'a[b]', '__proto__x', 'Z', 'z'), value.filter((name) => name !== '' && name !== '__proto__')), value), { maxLength: 6 }).map((fields) => new URLSearchParams(fields).toString());

t.test('for any URL and form it says what Twilio’s library says, of a true signature and of one over a neighbouring URL', async (t) => {
  const said = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(addresses, forms, fc.constantFrom((url: string) => url, (url: string) => url.replace(/:(443|80)(?=\/)/, ''), (url: string) => url.replace(/(\.test|\.example)\//, '$1:443/'), (url: string) => `${url}x`, (url: string) => url.replace('https', 'http')), (url, body, neighbour) => {
      const [signature = ''] = official(neighbour(url), body);
      const theirs = validateRequest(token, signature, url, parametersOf(body));
      const ours = verdict(body, { url, signature: [signature] }, { connectionOverrides: '' }) === 'accepted';
      said[theirs ? 'accepted' : 'refused'] += 1;
      return ours === theirs;
    }),
    { numRuns: 3000, seed: 20_261_121 },
  );
  t.ok(said.accepted > 500 && said.refused > 500, `${said.accepted} accepted, ${said.refused} refused`);
});

t.test('for any bytes and headers it answers, and believes nothing that was not signed', async (t) => {
  const request = fc.record({ url: addresses, type: fc.constantFrom(formType, 'application/json', '', 'multipart/form-data', 'application/x-www-form-urlencodedx'), bytes: fc.uint8Array({ maxLength: 200 }), signature: fc.base64String({ minLength: 28, maxLength: 28 }), method: fc.constantFrom('GET', 'POST') });
  fc.assert(
    fc.property(request, ({ url, type, bytes, signature, method }) => {
      const given = { method, url, headers: { 'content-type': [type], 'x-twilio-signature': [signature] }, body: Buffer.from(bytes), receivedAt };
      return channel.verify(given, settings) !== true;
    }),
    { numRuns: 2000, seed: 20_261_121 },
  );
  t.pass('2,000 requests');
});
