/** What is handed to whoever sets up the provider's side: guides, the page to print, the link to send, and what none of them shows. */
import t from 'tap';
import { locales } from '../../core/admin/texts.ts';
import coster from '../../plugins/coster/index.ts';
import { startEmulator } from '../../plugins/coster/emulator.ts';
import metaCloud from '../../plugins/meta-cloud/index.ts';
import notifications from '../../plugins/notifications/index.ts';
import qontak from '../../plugins/qontak/index.ts';
import rules from '../../plugins/rules/index.ts';
import simulator from '../../plugins/simulator/index.ts';
import twilio from '../../plugins/twilio/index.ts';
import { fieldShapes } from '../../core/plugin/fields.ts';
import { pigeonPost } from '../workspace/pigeon.ts';
import { Visitor } from '../access/site.ts';
import { openOffice } from './office.ts';

const secrets = { token: 'a-token-of-coster-for-nobody', key: 'a-key-of-metas-signature' };
const emulator = await startEmulator({ accessToken: secrets.token });
t.teardown(() => emulator.close());
/** As somebody types them: what is made here is left out. */
const { webhookSecret: _, ...typed } = { ...emulator.settings, callbackProof: 'header' as const, signatureKey: secrets.key };

const office = await openOffice(t, { plugins: [simulator, rules, notifications, metaCloud, twilio, qontak, coster, pigeonPost().plugin], allowedOrigins: [emulator.url], server: { publicUrl: 'https://bot.example' } });
const { app, at, ctx, ids } = office;
const owner = await office.as('owner');
const { connections } = ctx.workspace;
const texts = (html: string) => html.replace(/&amp;/g, '&').replace(/&quot;/g, '"').replace(/&#39;/g, "'");

const { id } = await connections.create(ids.tenant, {
  plugin: 'coster', name: 'Integration', start: false, settings: { data: typed },
}, 'configuration');
const page = `${at}/settings/channels/${id}/hand-off`;
const values = await connections.handOff(ids.tenant, id);
const [made] = values.tokens;
const [account = ''] = values.accounts;

t.test('every channel with a provider has a guide that names each of its settings, in each language', async (t) => {
  for (const channel of [twilio, metaCloud, qontak, coster]) {
    for (const locale of locales) {
      await owner.post(`${at}/me/language`, { locale });
      const { statusCode, body } = await owner.get(`${at}/settings/channels/guides/${channel.name}`);
      t.equal(statusCode, 200);
      for (const field of await connections.fields(ids.tenant, { plugin: channel.name }, locale)) t.ok(texts(body).includes(`<dt>${field.label}`), `${channel.name} in ${locale}: ${field.name}`);
      t.equal(body.split('<div><dt>').length - 1, fieldShapes(channel.settings).length);
    }
  }
  await owner.post(`${at}/me/language`, { locale: 'en' });
  t.equal((await owner.get(`${at}/settings/channels/guides/simulator`)).statusCode, 404, 'a simulated phone has no provider');
  t.equal((await owner.get(`${at}/settings/channels/guides/nothing`)).statusCode, 404);
});

t.test('the guide is one press away from where its values are asked for', async (t) => {
  for (const { name } of [twilio, metaCloud, qontak, coster]) {
    t.match((await owner.get(`${at}/whatsapp/connect?way=plugin%3A${name}`)).body, `href="${at}/settings/channels/guides/${name}" target="_blank"`, name);
  }
  for (const tab of ['doctor', 'settings', 'hand-off']) t.match((await owner.get(`${at}/settings/channels/${id}?tab=${tab}`)).body, `href="${at}/settings/channels/guides/coster"`, tab);
  t.notMatch((await owner.get(`${at}/settings/channels/${ids.connection}`)).body, '/guides/');
});

t.test('the page for the provider’s team shows address, account and numbers with what to do, and no secret unless somebody asks', async (t) => {
  t.match(made, { field: 'webhookSecret' });
  const shown = (await owner.get(page)).body;
  for (const text of [values.webhookUrl, typed.accountCode, account, typed.proofHeader, new URL(emulator.url).host, 'bot.example', 'Set the webhook of the account']) t.match(shown, text);
  t.match(shown, /Left out, because it is secret: Webhook secret/);
  t.notMatch(shown, made?.value);
  const asked = (await owner.get(`${page}?secrets=1`)).body;
  t.match(asked, made?.value);
  t.match(asked, /This page holds a secret: Webhook secret/);
  for (const secret of Object.values(secrets)) for (const body of [shown, asked, (await owner.get(`${at}/settings/channels/${id}?tab=hand-off`)).body]) t.notMatch(body, secret);
  t.equal(shown.split('data-copy=').length - 1, 4, 'each value has its copy button');
});

t.test('a header’s secret is handed over only where a header is the proof', async (t) => {
  const other = await connections.create(ids.tenant, { plugin: 'coster', name: 'By address', start: false, settings: { data: { ...typed, callbackProof: 'url', phoneNumbers: [] } } }, 'configuration');
  t.same((await connections.handOff(ids.tenant, other.id)).tokens, []);
  t.match((await owner.get(`${at}/settings/channels/${other.id}/hand-off?secrets=1`)).body, /The callback URL is a secret/);
  await connections.remove(ids.tenant, other.id, 'configuration');
});

/** Makes a link as the page's form does. */
async function linkWith(form: Record<string, string>): Promise<URL> {
  const { body } = await owner.post(`${page}/link`, form);
  const [, url = ''] = /data-copy="([^"]*\/hand-off\?of=[^"]+)"/.exec(body) ?? [];
  return new URL(texts(url));
}
const guest = new Visitor(app);
const opened = (url: URL, more = '') => guest.get(url.pathname + url.search + more);

t.test('a link shows the page to somebody who cannot sign in, in their language, and nothing of the workspace besides', async (t) => {
  const link = await linkWith({ days: '7' });
  t.equal(link.origin, 'https://bot.example');
  const answer = await opened(link);
  t.equal(answer.statusCode, 200);
  t.match(answer.headers, { 'referrer-policy': 'no-referrer', 'x-robots-tag': /noindex/, 'cache-control': 'private, no-store' });
  t.equal(answer.headers['set-cookie'], undefined, 'a guest is given no cookie');
  t.match(answer.body, values.webhookUrl);
  t.notMatch(answer.body, made?.value);
  for (const secret of Object.values(secrets)) t.notMatch(answer.body, secret);
  for (const inside of [at, 'owner@example.test', 'Olga Owner', '/link"']) t.notMatch(answer.body, inside);
  t.match((await opened(link, '&lang=id')).body, /<html lang="id"[^]*Serah terima untuk Coster/);
  t.match((await opened(await linkWith({ days: '1', secrets: 'on' }))).body, made?.value, 'with the secret, where that was chosen');
  t.match((await owner.get(`${at}/settings/channels/${id}?tab=logs`)).body, /A link to its hand-off was made; days that it works: 7\./);
});

t.test('a link that was changed, or is of another kind, shows nothing', async (t) => {
  const link = await linkWith({ days: '1' });
  const of = link.searchParams.get('of') ?? '';
  for (const wrong of ['', 'x', of.slice(0, -2), `${of.slice(0, -1)}${of.endsWith('A') ? 'B' : 'A'}`, ctx.sealer.seal(JSON.stringify({ tenantId: ids.tenant, id, until: Date.now() * 2, secrets: true, mark: '' }), 'hand-off-link'), ctx.sealer.seal('{}', `connection:${id}`)]) {
    const { statusCode, body, headers } = await guest.get(`/hand-off?${new URLSearchParams({ of: wrong })}`);
    t.equal(statusCode, 404, wrong.slice(0, 20));
    t.match(body, /This link has ended/);
    t.match(headers, { 'x-robots-tag': /noindex/ });
    t.notMatch(body, '/webhooks/');
  }
  t.equal((await owner.post(`${page}/link`, { days: '365' })).statusCode, 400, 'it cannot be made to last');
});

t.test('new secrets and a replaced token each end its links', async (t) => {
  const first = await linkWith({ days: '30' });
  await connections.rotate(ids.tenant, id, { graceHours: 24 }, 'configuration');
  t.equal((await opened(first)).statusCode, 404, 'though the old secrets still prove a webhook for a day');
  const second = await linkWith({ days: '30' });
  const { version, name, description } = await connections.get(ids.tenant, id);
  await connections.save(ids.tenant, id, { name, description, version, settings: { data: { ...typed, signatureKey: 'another-key-of-metas-signature' } } }, 'configuration');
  t.equal((await opened(second)).statusCode, 404);
});

t.test('a simulated phone has no page to hand over', async (t) => {
  t.equal((await owner.get(`${at}/settings/channels/${ids.connection}/hand-off`)).statusCode, 404);
});

// Last, for it takes a day and everybody's sign-in with it.
t.test('a link ends on its day, and with its connection', async (t) => {
  const [day, month] = [await linkWith({ days: '1' }), await linkWith({ days: '30' })];
  await office.pass(86_400_000 - 1_000);
  t.equal((await opened(day)).statusCode, 200);
  await office.pass(2_000);
  t.equal((await opened(day)).statusCode, 404);
  t.equal((await opened(month)).statusCode, 200);
  await connections.remove(ids.tenant, id, 'configuration');
  t.equal((await opened(month)).statusCode, 404);
});

t.test('an address that no provider can reach is said to be one, on the tab and on the page', async (t) => {
  const local = await openOffice(t, { plugins: [simulator, rules, coster], allowedOrigins: [emulator.url] });
  const { id: unreached } = await local.ctx.workspace.connections.create(local.ids.tenant, { plugin: 'coster', name: 'Integration', start: false, settings: { data: typed } }, 'configuration');
  const said = 'The provider cannot reach this address.';
  const visitor = await local.as('owner');
  for (const way of ['?tab=hand-off', '/hand-off']) {
    t.match((await visitor.get(`${local.at}/settings/channels/${unreached}${way}`)).body, said, way);
    t.notMatch((await owner.get(`${at}/settings/channels/${id}${way}`)).body, said, way);
  }
});
