/** Every request of the Coster channel is one that our description of its APIs accepts. Coster publishes none: see README.md. */
import t from 'tap';
import type { OutContent } from '#plugin';
import { settings } from '../../plugins/coster/evidence.ts';
import channel from '../../plugins/coster/index.ts';
import { outgoing, sampleMedia, sampleOf } from '../kit/samples.ts';
import { coster as exceptions } from './exceptions.ts';
import { openWire, sendBy } from './wire.ts';

type Settings = Parameters<NonNullable<typeof channel.check>>[0]['settings'];

const [account = ''] = settings.phoneNumbers;
const file = 'coster_inferred.json';
const bot: Settings = { ...settings, face: 'bot', accountId: 'acct-0001', divisionId: 'division-1' };

const wire = await openWire(t, {
  files: [file],
  exceptions,
  route: ({ host, pathname: path }) => (host === 'm2m.coster.id' || host === 'api.coster.id' ? { file, path } : undefined),
});

const isAccepted = (result: object) => 'accepted' in result;
const template = (variables: Record<string, string>, media: object = {}): OutContent => ({ kind: 'template', template: 'welcome:id', name: 'welcome', language: 'id', variables, ...media });

for (const [name, given] of [['m2m', settings], ['bot', bot]] as const) {
  t.test(`over ${name}: every kind of message that it sends, and all that a template can hold`, async (t) => {
    const send = (content: OutContent) => sendBy(channel, outgoing(account, content), wire.to<Settings>(given).ctx);
    for (const kind of channel.can.sends) t.ok(isAccepted(await send(sampleOf(kind))), kind);
    t.ok(isAccepted(await send(template({}))), 'no variables');
    t.ok(isAccepted(await send(template({ first_name: 'Ana' }))), 'a name');
    t.ok(isAccepted(await send(template({ 1: 'Ana', 'header.1': 'Toko', 'button.0': 'a7' }))), 'header and button');
    t.ok(isAccepted(await send(template({ 1: 'Ana' }, { media: { kind: 'document', id: sampleMedia, mime: 'application/pdf', bytes: 3, name: 'offer.pdf' } }))), 'a document');
  });

  t.test(`over ${name}: what the doctor asks, and a medium that came in`, async (t) => {
    t.ok(((await channel.check?.(wire.to<Settings>(given).ctx)) ?? []).length > 0);
    const found = await channel.media?.({ ref: '1057001' }, wire.to<Settings>(given).ctx);
    t.ok(found !== undefined && found !== 'gone');
  });
}

t.test('a request that is wrong would be noticed', async (t) => {
  const headers = { authorization: 'Bearer x', 'content-type': 'application/json' };
  const faultOf = (body: object, more: Record<string, string> = headers) => wire.faultOf({ url: `https://m2m.coster.id/v1/${settings.accountCode}/messages`, init: { method: 'POST', headers: more, body: JSON.stringify(body) } });
  const message = { xid: 'ours-1', to: '628120000002', type: 'text', text: { body: 'Hello' } };
  t.equal(await faultOf(message), undefined, 'the right one');
  t.ok(await faultOf({ ...message, to: undefined }), 'a message to nobody');
  t.ok(await faultOf({ ...message, type: 7 }), 'another kind');
  t.ok(await faultOf(message, { 'content-type': 'application/json' }), 'no token');
});

t.test('all of it was held against the description', async (t) => 
  wire.held(t, [
    'GET /bot/media/{media_id}',
    'POST /bot/webhook',
    'POST /v1/{account_code}/messages',
  ]));
