/** Connecting a number: what is asked, what is refused beside its field, and what is kept meanwhile. */
import t from 'tap';
import { account, keptIn, openMetaOffice, secret, token } from './meta-office.ts';

const { office, at, ids, ctx, meta, owner, connect, typed, numbers } = await openMetaOffice(t);

/** What a page shows to paste at the provider. */
const shownIn = (page: string) => ({ callback: /aria-label="Callback URL">([^<]+)</.exec(page)?.[1], token: /aria-label="Verify token">([^<]+)</.exec(page)?.[1] });

t.test('connecting begins with the choice of a connection or of a kind of one', async (t) => {
  const page = (await owner.get(connect)).body;
  t.match(page, /way=plugin%3Ameta-cloud/);
  t.match(page, new RegExp(`way=connection%3A${ids.connection}`));
  const form = (await owner.get(`${connect}?way=plugin%3Ameta-cloud`)).body;
  for (const name of ['displayName', 'account', 'set.accessToken', 'set.appSecret', 'set.businessAccountId', 'agent', 'active']) t.match(form, `name="${name}"`, name);
  t.match(form, /Phone number ID/);
  t.notMatch(form, /set\.verifyToken/, 'what is made here is not asked for');
  t.match(shownIn(form).callback, /\/webhooks\/[\w-]{43}$/);
  t.match(shownIn(form).token, /^[\w-]{32}$/);
  t.notMatch((await owner.get(`${connect}?way=plugin%3Asimulator`)).body, /Callback URL/, 'a phone in the browser needs nothing at a provider');
  t.match((await owner.get(`${connect}?way=plugin%3Anothing`)).body, /Choose where the number lives/);
});

t.test('everything that is wrong is told beside its field, and nothing typed is lost', async (t) => {
  const answer = await owner.post(connect, { ...typed, displayName: '', account: '+62 811', agent: '', 'set.accessToken': '   ', 'set.businessAccountId': '12' });
  t.equal(answer.statusCode, 422);
  for (const field of ['displayName', 'account', 'agent']) t.match(answer.body, `id="${field}-error"`, field);
  for (const field of ['set.accessToken', 'set.businessAccountId']) t.match(answer.body, `id="f-${field}-error"`, field);
  t.match(answer.body, /value="\+62 811"/);
  t.match(answer.body, `value="${meta.url}"`);
  t.match(answer.body, /An active number needs an agent/);
  t.equal((await numbers()).length, 1);
});

t.test('the provider’s numbers are listed for credentials that are only typed: nothing is saved, nothing typed is lost', async (t) => {
  const form = (await owner.get(`${connect}?way=plugin%3Ameta-cloud`)).body;
  t.match(form, /name="deed" value="list"/);
  t.ok(form.indexOf('<button hidden>Connect Number') < form.indexOf('name="deed"'), 'the Enter key connects, and does not ask for the list');
  const before = (await ctx.workspace.connections.list(ids.tenant)).length;
  const listed = await owner.post(connect, { ...typed, account: '', displayName: 'Sales desk', deed: 'list', kept: keptIn(form) });
  t.equal(listed.statusCode, 200);
  for (const one of [account, '108100000000002']) t.match(listed.body, new RegExp(`type="radio" name="account" value="${one}"`));
  t.match(listed.body, /value="Sales desk"/);
  t.match(listed.body, `value="${ids.agent}" selected`);
  t.strictSame(shownIn(listed.body), shownIn(form));
  for (const hidden of [token, secret]) t.notMatch(listed.body, hidden);
  t.notMatch(listed.body, /-error"/, 'nothing is wrong yet');
  const byHand = await owner.post(connect, { ...typed, account: '', displayName: 'Sales desk', 'set.accessToken': '', 'set.appSecret': '', deed: 'type', kept: keptIn(listed.body) });
  t.match(byHand.body, /<input class="input mono" id="account"/, 'it can be typed after all');
  t.match(byHand.body, /value="Sales desk"/);
  const refused = await owner.post(connect, { ...typed, account: '', deed: 'list', 'set.accessToken': 'EAAWrongTokenOfSomebody' });
  t.equal(refused.statusCode, 422);
  t.match(refused.body, /Meta Cloud refused this/);
  t.match(refused.body, /id="f-set.accessToken-error"/);
  const moved = await owner.post(connect, { ...typed, account: '', deed: 'list', 'set.accessToken': '', 'set.appSecret': '', 'set.apiBaseUrl': 'https://198.51.100.7', kept: keptIn(listed.body) });
  t.match(moved.body, /id="f-set.accessToken-error"[^\n]*Paste it again for the new address/, 'what was kept for one address is not sent to another');
  t.equal((await ctx.workspace.connections.list(ids.tenant)).length, before);
  t.equal((await numbers()).length, 1);
});

t.test('a token that Meta refuses is refused in Meta’s words; what was pasted is kept sealed and need not be pasted again', async (t) => {
  const form = (await owner.get(`${connect}?way=plugin%3Ameta-cloud`)).body;
  const answer = await owner.post(connect, { ...typed, 'set.accessToken': 'EAAWrongTokenOfSomebody', kept: keptIn(form) });
  t.equal(answer.statusCode, 422);
  t.match(answer.body, /Meta Cloud refused this/);
  t.match(answer.body, /access token/i);
  const quoted = /<q><bdi>([^<]+)</.exec(answer.body)?.[1] ?? '?';
  t.equal(answer.body.split(quoted).length, 2, 'Meta’s words stand there once');
  t.match(answer.body, /id="f-set.accessToken-error".*Generate a new token/);
  t.strictSame(shownIn(answer.body), shownIn(form), 'what may be in Meta’s console by now stays');
  t.notMatch(answer.body, /EAAWrongTokenOfSomebody/);
  t.notMatch(answer.body, secret);
  t.equal((await numbers()).length, 1);

  const kept = keptIn(answer.body);
  const other = await (await office.as('admin')).post(connect, { ...typed, 'set.accessToken': token, 'set.appSecret': '', kept });
  t.equal(other.statusCode, 422, 'another login cannot use what was kept');
  const second = await owner.post(connect, { ...typed, 'set.accessToken': token, 'set.appSecret': '', kept });
  t.equal(second.statusCode, 303);
  t.match(second.headers.location, /settings\/channels\/[0-9a-f-]+\?tab=hand-off/);
  const page = (await owner.get(String(second.headers.location))).body;
  t.match(page, /Callback URL/);
  t.match(page, /\/webhooks\/[\w-]+/);
  t.match(page, /Verify token/);
  t.strictSame(shownIn(page), shownIn(form), 'as the dialog showed them before anything was saved');
  t.notMatch(page, token);
  t.notMatch(page, secret);
});

t.test('what was kept for one address is not kept for another, whatever else is wrong with the form', async (t) => {
  const given = { ...typed, account: '108100000000002' };
  const first = await owner.post(connect, { ...given, 'set.accessToken': 'EAAWrongTokenOfSomebody', kept: '' });
  const empty = { 'set.accessToken': '', 'set.appSecret': '', 'set.apiBaseUrl': 'https://198.51.100.7' };
  const moved = await owner.post(connect, { ...given, ...empty, kept: keptIn(first.body) });
  t.equal(moved.statusCode, 422);
  for (const field of ['accessToken', 'appSecret']) t.match(moved.body, new RegExp(`id="f-set.${field}-error"[^\\n]*Paste it again for the new address`), field);
  const masked = await owner.post(connect, { ...given, ...empty, 'set.businessAccountId': '12', kept: keptIn(first.body) });
  for (const { body } of [moved, masked]) {
    const then = await owner.post(connect, { ...given, ...empty, kept: keptIn(body) });
    t.match(then.body, /id="f-set.appSecret-error"[^\n]*must be filled in/, 'it is gone');
    t.notMatch(then.body, /refused this/);
  }
});

t.test('an address that this installation does not call is our refusal, beside its field, and nobody else’s words', async (t) => {
  for (const [apiBaseUrl, says] of [['http://graph.example', /http:\/\/graph\.example is not https\. Only addresses/], ['https://10.1.2.3', /https:\/\/10\.1\.2\.3 is not a public address/]] as const) {
    const { body, statusCode } = await owner.post(connect, { ...typed, account: '108100000000002', 'set.apiBaseUrl': apiBaseUrl });
    t.equal(statusCode, 422);
    t.match(body, new RegExp(`id="f-set.apiBaseUrl-error"[^\\n]*${says.source}`));
    t.equal(body.split('ALLOWED_ORIGINS').length, 2, 'said once');
    t.notMatch(body, /refused this/);
    const lines = await ctx.workspace.connections.check(ids.tenant, { plugin: 'meta-cloud', settings: { data: { accessToken: token, appSecret: secret, apiBaseUrl } } });
    t.ok(lines.length > 1, 'the channel says something of its own');
    t.notMatch(lines.map(({ answered }) => answered ?? '').join(' '), /ALLOWED_ORIGINS|public address/);
  }
});

t.test('a number is connected once, and the page says as what', async (t) => {
  const answer = await owner.post(connect, typed);
  t.equal(answer.statusCode, 422);
  t.match(answer.body, /connected already, as Sales/);
});

t.test('the same form sent again for another number gets an address of its own', async (t) => {
  const form = keptIn((await owner.get(`${connect}?way=plugin%3Asimulator`)).body);
  for (const code of ['sim:first', 'sim:second']) t.equal((await owner.post(connect, { way: 'plugin:simulator', displayName: code, account: code, kept: form })).statusCode, 303, code);
  const made = (await numbers()).filter(({ account }) => ['sim:first', 'sim:second'].includes(account));
  const addresses = await Promise.all(made.map(async ({ connection }) => (await ctx.workspace.connections.handOff(ids.tenant, connection.id)).webhookUrl));
  t.equal(new Set(addresses).size, 2);
  for (const { id } of made) await ctx.workspace.numbers.remove(ids.tenant, id, 'configuration');
});

t.test('of a saved connection the provider’s numbers are offered, with who has each', async (t) => {
  const sales = (await numbers()).find((row) => row.name === 'Sales');
  const form = (await owner.get(`${connect}?way=connection%3A${sales?.connection.id}`)).body;
  t.match(form, /108100000000002/);
  t.match(form, /Connected as Sales/);
  t.match((await owner.get(`${connect}?way=connection%3A${sales?.connection.id}&typed=1`)).body, /<input class="input mono" id="account"/, 'it can be typed instead');
  const second = await owner.post(connect, { way: `connection:${sales?.connection.id}`, displayName: 'Support', account: '108100000000002' });
  t.equal(second.headers.location, `${at}/whatsapp`);
  t.match((await owner.get(`${at}/whatsapp`)).body, /Support/);
});
