/** Which webhooks are Qontak's: the address is the proof, and whom the body speaks of must be ours. */
import fc from 'fast-check';
import t from 'tap';
import { evidence, settings } from './evidence.ts';
import { webhook } from './fixtures.ts';
import channel from './index.ts';
import type { Settings } from './settings.ts';

const ours = settings.organizationId;
const [channelId = ''] = settings.channelIntegrationIds;
const other = '00000000-0000-4000-8000-00000000dead';
const verify = (body: object | string, given: Settings = settings) => channel.verify(webhook(typeof body === 'string' ? body : JSON.stringify(body)), given);
const refused = { refused: 'other-url' };

t.test('what names another organization is refused, wherever it names it', async (t) => {
  t.equal(verify({ organization_id: ours }), true);
  t.equal(verify({ organization_id: ours.toUpperCase() }), true);
  t.same(verify({ organization_id: other }), refused);
  t.same(verify({ room: { organization_id: other } }), refused);
  t.same(verify({ organization_id: ours, room: { organization_id: other } }), refused);
  t.same(verify(JSON.stringify([{ organization_id: ours }, { organization_id: other }])), refused);
});

t.test('another channel of our own organization is true: it may be connected later', async (t) => {
  t.equal(verify({ organization_id: ours, channel_integration_id: other }), true);
});

t.test('without an organization the channels decide', async (t) => {
  const { organizationId: _, ...unset } = settings;
  t.equal(verify({ organization_id: other, room: { channel_integration_id: channelId } }, unset), true);
  for (const body of [{ channel_integration_id: other }, { room: { channel_integration_id: other } }, { channel_integration: { id: other } }]) t.same(verify(body, unset), refused, JSON.stringify(body));
  const { channelIntegrationIds: __, ...nothing } = unset;
  t.equal(verify({ channel_integration_id: other }, nothing), true, 'with neither, the address alone is the proof');
});

t.test('what names nobody is kept: the ledger shows what it is', async (t) => {
  for (const body of ['', 'not json', '{}', '[]', 'null', '{"organization_id":{"a":1}}', '{"room":7}', '{"__proto__":{"organization_id":"x"}}']) t.equal(verify(body), true, body);
});

t.test('only a POST is a webhook', async (t) => {
  t.same(channel.verify(webhook('{}', {}, { method: 'GET' }), settings), { refused: 'unsigned' });
});

t.test('no bytes make it throw', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
      const verdict = channel.verify(webhook(Buffer.from(bytes)), settings);
      return verdict === true || verdict.refused === 'other-url';
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), (body) => channel.verify(webhook(body), settings) === true),
    { numRuns: 1000 },
  );
  channel.verify(webhook(`${'['.repeat(200_000)}${']'.repeat(200_000)}`), settings);
});

t.test('the evidence is believed', async (t) => {
  for (const { name, body } of evidence) t.equal(channel.verify(webhook(body), settings), true, name);
});
