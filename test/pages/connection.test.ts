/** A connection and its numbers, once they are there: renamed, switched, checked, stopped, saved, in error. */
import t from 'tap';
import { account, openMetaOffice, secret, token } from './meta-office.ts';

const { at, ids, meta, owner, connect, typed, numbers } = await openMetaOffice(t);
await owner.post(connect, typed);
const connection = (await numbers()).find((row) => row.name === 'Sales')?.connection.id;
await owner.post(connect, { way: `connection:${connection}`, displayName: 'Support', account: '108100000000002' });
const channel = `${at}/settings/channels/${connection}`;

t.test('a number is renamed, switched and deleted; a stale form overwrites nothing', async (t) => {
  const number = `${at}/whatsapp/numbers/${(await numbers()).find((row) => row.name === 'Support')?.id}`;
  const version = /name="version" value="(\d+)"/.exec((await owner.get(number)).body)?.[1] ?? '';
  t.match((await owner.post(number, { displayName: '', agent: ids.agent, active: 'on', version })).body, /id="displayName-error"/);
  const wrong = await owner.post(number, { displayName: 'Desk', agent: '', active: 'on', version });
  t.equal(wrong.statusCode, 422);
  t.match(wrong.body, /id="agent-error"/);
  t.match(wrong.body, /value="Desk"/);
  t.equal((await owner.post(number, { displayName: 'Help desk', agent: ids.agent, version })).headers.location, `${at}/whatsapp`);
  const stale = await owner.post(number, { displayName: 'Other name', agent: ids.agent, version });
  t.equal(stale.statusCode, 409);
  t.match(stale.body, /Nothing was overwritten/);
  t.match(stale.body, /Stored now: Help desk/);
  t.match(stale.body, /value="Other name"/);
  t.equal((await owner.post(`${number}/active`, { active: 'on' })).statusCode, 303);
  t.match((await owner.get(`${number}/delete`)).body, /stops receiving and sending here/);
  t.equal((await owner.post(`${number}/delete`)).headers.location, `${at}/whatsapp`);
  t.equal((await owner.get(number)).statusCode, 404);
});

t.test('the doctor’s lines are headed in the reader’s words', async (t) => {
  const page = (await owner.get(channel)).body;
  for (const title of ['Access token', 'App secret', 'Webhook subscription', `Number ${account}`]) t.match(page, `<b>${title}</b>`, title);
  t.notMatch(page, /<b>(token|app-secret|subscription|number \d+)<\/b>/);
});

t.test('subscribing is not offered before there is a business account to subscribe: what is missing is said, with the way to its field', async (t) => {
  const office = await openMetaOffice(t);
  const { 'set.businessAccountId': businessAccountId, ...without } = office.typed;
  await office.owner.post(office.connect, without);
  const id = (await office.numbers()).find((row) => row.name === 'Sales')?.connection.id;
  const doctor = `${office.at}/settings/channels/${id}`;
  const before = (await office.owner.get(doctor)).body;
  t.match(before, /Without the Business account ID it cannot be seen whether webhooks are subscribed\..*Enter the Business account ID\..*href="[^"]+#f-businessAccountId"/s);
  t.notMatch(before, /value="subscribe"/);

  const { version } = await office.ctx.workspace.connections.get(office.ids.tenant, id ?? '');
  const settings = { accessToken: '', appSecret: '', apiBaseUrl: office.meta.url, apiVersion: 'v23.0', messagesPerSecond: '80', phoneNumberIds: account, businessAccountId };
  t.equal((await office.owner.post(doctor, { ...settings, _name: 'Meta', _description: '', _version: String(version) })).statusCode, 303);
  t.match((await office.owner.get(doctor)).body, /name="deed" value="subscribe"/, 'it is offered as soon as there is one');
});

t.test('a connection is checked, stopped, started and saved; a stale form is compared', async (t) => {
  t.equal((await owner.post(`${channel}/check`)).statusCode, 303);
  t.match((await owner.get(channel)).body, /Checked/);
  await owner.post(`${channel}/state`, { deed: 'stop' });
  t.match((await owner.get(channel)).body, /STOPPED/);
  await owner.post(`${channel}/state`, { deed: 'start' });
  t.match((await owner.get(channel)).body, /RUNNING/);
  const form = (await owner.get(`${channel}?tab=settings`)).body;
  t.notMatch(form, token);
  t.notMatch(form, secret);
  const version = /name="_version" value="(\d+)"/.exec(form)?.[1] ?? '';
  const settings = { _description: 'Of the shop', apiBaseUrl: meta.url, apiVersion: 'v23.0', messagesPerSecond: '80', accessToken: '', appSecret: '', phoneNumberIds: account, businessAccountId: '102000000000001' };
  const refused = await owner.post(channel, { ...settings, _name: 'Meta', _version: version, accessToken: 'EAAWrongTokenOfSomebody' });
  t.equal(refused.statusCode, 422);
  t.match(refused.body, /value="Meta"/);
  t.match((await owner.post(channel, { ...settings, _name: '', _version: version })).body, /id="f-_name-error"/);
  const bad = await owner.post(channel, { ...settings, _name: 'Meta', _version: version, messagesPerSecond: 'many' });
  t.equal(bad.statusCode, 422);
  t.match(bad.body, /id="f-messagesPerSecond-error"/);
  const saved = await owner.post(channel, { ...settings, _name: 'Meta of the shop', _version: version });
  t.equal(saved.statusCode, 303, saved.body.slice(0, 200));
  const after = (await owner.get(`${channel}?tab=settings`)).body;
  t.match(after, /Meta of the shop/);
  t.match(after, /class="toast">Saved\.<\/p>/);
  t.notMatch((await owner.get(`${channel}?tab=settings`)).body, /class="toast">Saved\.<\/p>/, 'once shown, it is over');
  const stale = await owner.post(channel, { ...settings, _name: 'Another name', _version: version });
  t.equal(stale.statusCode, 409);
  t.match(stale.body, /Stored now: Meta of the shop/);
});

t.test('a connection whose token Meta no longer takes is in error with the reason, and comes back with a new one', async (t) => {
  meta.faults.add({ kind: 'error', code: 190, on: 'any', next: 50 });
  await owner.post(`${channel}/state`, { deed: 'restart' });
  const page = (await owner.get(channel)).body;
  t.match(page, /ERROR/);
  t.match(page, /role="alert"/);
  t.match((await owner.get(`${at}/whatsapp`)).body, /data-lamp="error"/);
  meta.faults.clear();
  await owner.post(`${channel}/state`, { deed: 'start' });
  t.match((await owner.get(channel)).body, /RUNNING/);
});
