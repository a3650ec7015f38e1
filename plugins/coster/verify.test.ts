/** Which webhooks are Coster's: by the address alone, by a header, or by Meta's signature passed on. */
import fc from 'fast-check';
import t from 'tap';
import { channelContract, runChecks } from '#testing';
import * as evidence from './evidence.ts';
import channel from './index.ts';
import type { Settings } from './settings.ts';
import { webhook } from '../qontak/fixtures.ts';

const { settings } = evidence;
const verify = (headers: Record<string, string[]>, given: Settings = settings) => channel.verify(webhook('{}', headers), given);
const secret = settings.webhookSecret;
const headersOf = (given: Record<string, string>) => Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), [value]]));

/** Where more than the address is asked for, the contract's promises of that proof hold as well. */
const asking = (webhook: 'shared-secret' | 'signed') => ({ ...channel, can: { ...channel.can, webhook } });

await t.test('with a header it keeps the contract of a shared secret', async (t) => {
  await runChecks(t, channelContract(asking('shared-secret'), evidence));
});

await t.test('with Meta’s signature it keeps the contract of a signed webhook', async (t) => {
  await runChecks(t, channelContract(asking('signed'), { ...evidence, settings: { ...settings, callbackProof: 'meta' as const } }));
});

t.test('over bot, with everything at other addresses and in another header, it keeps the contract too', async (t) => {
  const moved = {
    ...settings,
    face: 'bot' as const,
    accountId: 'acct-0001',
    divisionId: '0123456789abcdef0123456789abcdef',
    authStyle: 'header' as const,
    authHeader: 'X-Own-Token',
    botUrl: 'https://bot.customer.example.test/v2/in?x=1',
    mediaUrl: 'https://media.customer.example.test/v1/media/{media_id}',
  };
  const answers = [
    { name: 'taken', status: 200, body: '{"code":200,"message":"success","servertime":1767225600,"data":{}}', expect: { accepted: {} } },
    { name: 'taken, in other words', status: 201, body: '{"code":0,"message":"ok","data":{"messages":[{"id":"wamid.X"}]}}', expect: { accepted: { refs: ['wamid.X'] } } },
    { name: 'a token that is refused', status: 401, body: '{"code":401,"message":"unauthorized","servertime":1767225600,"data":null}', expect: { rejected: { code: '401', scope: 'connection' } } },
    { name: 'a refusal with 200', status: 200, body: '{"code":400,"message":"data.to is not valid","data":null}', expect: { rejected: { code: '400', said: 'data.to is not valid' } } },
    { name: 'a yes without a code', status: 200, body: '{"message":"success"}', expect: 'silence' },
  ];
  await runChecks(t, channelContract(asking('shared-secret'), { ...evidence, settings: moved, answers, unexplained: ['400'] }));
});

t.test('a header is believed bare or as a bearer, under the name that was agreed, and once only', async (t) => {
  t.equal(verify({ 'x-webhook-secret': [secret] }), true);
  t.equal(verify({ 'x-webhook-secret': [`Bearer ${secret}`] }), true);
  t.equal(verify({ authorization: [`Bearer ${secret}`] }, { ...settings, proofHeader: 'Authorization' }), true);
  t.same(verify({ 'x-webhook-secret': [`bearer ${secret}`] }), { refused: 'wrong-secret' });
  t.same(verify({ authorization: [`Bearer ${secret}`] }), { refused: 'unsigned' });
  t.same(verify({ 'x-webhook-secret': [secret, secret] }), { refused: 'unsigned' });
  t.same(verify({}), { refused: 'unsigned' });
});

t.test('the header’s secret, which is made here, and the key of Meta’s signature are two things: neither proves in place of the other', async (t) => {
  const swapped = { ...settings, webhookSecret: settings.signatureKey, signatureKey: settings.webhookSecret };
  t.same(verify({ 'x-webhook-secret': [settings.signatureKey] }), { refused: 'wrong-secret' });
  t.same(verify(headersOf(evidence.sign(Buffer.from('{}'), { ...swapped, callbackProof: 'meta' })), { ...settings, callbackProof: 'meta' }), { refused: 'wrong-secret' });
  t.equal(verify(headersOf(evidence.sign(Buffer.from('{}'), { ...settings, callbackProof: 'meta' })), { ...settings, callbackProof: 'meta' }), true);
});

t.test('a proof that is asked for and not set believes nothing', async (t) => {
  const { signatureKey: _, ...rest } = settings;
  const unset = { ...rest, webhookSecret: '' };
  t.same(verify({ 'x-webhook-secret': [''] }, unset), { refused: 'not-configured' });
  t.same(verify({}, { ...unset, callbackProof: 'meta' }), { refused: 'not-configured' });
  t.equal(verify({}, { ...unset, callbackProof: 'url' }), true, 'with neither, the secret address is all there is');
});

t.test('“is somebody there?” is answered, and nothing else by GET', async (t) => {
  const get = (url: string) => channel.challenge?.(webhook('', {}, { method: 'GET', url }), settings);
  t.same(get('https://bot.example.test/webhooks/key'), { status: 200, body: '' });
  t.equal(get('https://bot.example.test/webhooks/key?hub.challenge=1'), undefined);
  t.same(channel.verify(webhook('', {}, { method: 'GET' }), { ...settings, callbackProof: 'url' }), { refused: 'unsigned' });
});

t.test('no bytes make it throw, whatever proof is asked for', async () => {
  const proofs = fc.constantFrom('url' as const, 'header' as const, 'meta' as const);
  const headers = fc.dictionary(fc.constantFrom('x-webhook-secret', 'x-hub-signature-256', '__proto__'), fc.array(fc.string(), { maxLength: 3 }));
  fc.assert(
    fc.property(proofs, headers, fc.uint8Array({ maxLength: 300 }), (callbackProof, given, bytes) => {
      const verdict = channel.verify(webhook(Buffer.from(bytes), given), { ...settings, callbackProof });
      return verdict === true ? callbackProof === 'url' : ['unsigned', 'wrong-secret'].includes(verdict.refused);
    }),
    { numRuns: 2000 },
  );
});
