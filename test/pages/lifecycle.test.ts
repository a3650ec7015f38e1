/** A connection's doctor, logs, templates, secrets and sign-in, as people use them on its pages. */
import t from 'tap';
import { defineChannel, Type } from '../../core/plugin/index.ts';
import metaCloud from '../../plugins/meta-cloud/index.ts';
import { startEmulator } from '../../plugins/meta-cloud/emulator.ts';
import notifications from '../../plugins/notifications/index.ts';
import rules from '../../plugins/rules/index.ts';
import simulator from '../../plugins/simulator/index.ts';
import { pigeonPost, templateOf } from '../workspace/pigeon.ts';
import { openOffice } from './office.ts';

const meta = await startEmulator({ accessToken: 'EAAGoodTokenOfTheEmulator0001', appSecret: 'app-secret-of-the-emulator', phoneNumberIds: ['108100000000001'], businessAccountId: '102000000000001' });
t.teardown(() => meta.close());
const post = pigeonPost();
/** Its Graph API is the emulator. */
const emulated = defineChannel({ ...metaCloud, settings: Type.Object({ ...metaCloud.settings.properties, apiBaseUrl: Type.String({ default: meta.url }) }) });
const signIn = { META_APP_ID: meta.settings.appId, META_APP_SECRET: 'app-secret-of-the-emulator', META_CONFIG_ID: '880000000000001' };

const office = await openOffice(t, { plugins: [simulator, rules, notifications, emulated, post.plugin], allowedOrigins: [meta.url], signIn });
const { at, ctx, ids } = office;
const owner = await office.as('owner');
const { id } = await ctx.workspace.connections.create(ids.tenant, { plugin: 'pigeon', name: 'Post', settings: { data: { seal: 'a-good-seal', lines: ['r1'] } } }, 'configuration');
const page = `${at}/settings/channels/${id}`;
const shown = async (query = '') => (await owner.get(`${page}${query}`)).body;

t.test('the doctor has the button that mends: subscribe, with a word of warning before another loses its events', async (t) => {
  await owner.post(`${page}/check`);
  t.match(await shown(), /<b>Webhook subscription<\/b>.*No events are sent to this installation.*name="deed" value="subscribe"/s);
  t.equal((await owner.post(`${page}/subscribe`, { deed: 'subscribe' })).statusCode, 303);
  t.equal(post.subscription.state, 'ours');
  t.match(await shown(), /Events come to this installation.*name="deed" value="unsubscribe"/s);
  post.subscription = { state: 'other', url: 'https://elsewhere.example/hook' };
  const asked = await owner.post(`${page}/subscribe`, { deed: 'subscribe' });
  t.equal(asked.statusCode, 409);
  t.match(asked.body, /These events may go somewhere else now/);
  t.match(asked.body, /Events go to https:\/\/elsewhere\.example\/hook/);
  t.match(asked.body, /name="overwrite" value="on"/);
  t.equal(post.subscription.state, 'other', 'nothing was taken yet');
  await owner.post(`${page}/subscribe`, { deed: 'subscribe', overwrite: 'on' });
  t.equal(post.subscription.state, 'ours');
  await owner.post(`${page}/subscribe`, { deed: 'unsubscribe' });
  t.equal(post.subscription.state, 'none');
  post.refuses = 'Not today.';
  await owner.post(`${page}/subscribe`, { deed: 'subscribe' });
  t.match(await shown(), /The provider did not subscribe this installation\..*<q[^>]*><bdi>Not today\.<\/bdi><\/q>/s);
  delete post.refuses;
});

t.test('a number is registered with its PIN, and a wrong form of it is told beside the field', async (t) => {
  const [number] = (await ctx.workspace.numbers.list(ids.tenant, 0)).filter(({ account }) => account === 'r1');
  const register = `${at}/whatsapp/numbers/${number?.id}/register`;
  const wrong = await owner.post(register, { pin: '12' });
  t.equal(wrong.statusCode, 422);
  t.match(wrong.body, new RegExp(`id="pin-${number?.id}-error"`));
  t.notMatch(wrong.body, /value="12"/, 'a PIN is not sent back');
  t.equal((await owner.post(register, { pin: '482913' })).headers.location, `${page}?tab=doctor`);
  t.match(await shown(), /It may fly\./);
  t.equal((await (await office.as('agent')).post(register, { pin: '482913' })).statusCode, 403);
});

t.test('the log says what was done and what went wrong, filtered, in the reader’s language', async (t) => {
  ctx.runtime.directory.connection(id)?.context.log.error({ code: 'E42' }, 'the loft is closed');
  const log = await shown('?tab=logs');
  t.match(log, /the loft is closed/);
  t.match(log, /<code>code=E42<\/code>/);
  t.match(log, /The provider was told to send its events here\. <span class="quiet">by Olga Owner/);
  t.match(log, /The number r1 was registered: It may fly\./);
  t.notMatch(log, /482913|a-good-seal/);
  const errors = await shown('?tab=logs&level=error');
  t.match(errors, /the loft is closed/);
  t.notMatch(errors, /It was made/);
  t.match(await shown('?tab=logs&text=nothing+of+the+kind'), /Nothing matches/);
  t.equal((await owner.get(`${page}?tab=logs&level=&text=`)).statusCode, 200, 'the form without a choice');
  await owner.post(`${at}/me/language`, { locale: 'es' });
  t.match(await shown('?tab=logs'), /Se pidió al proveedor que envíe aquí sus eventos\. <span class="quiet">por Olga Owner/);
  t.match(await shown(), /<b>Sello<\/b> <span class="two">El sello es bueno\./);
  await owner.post(`${at}/me/language`, { locale: 'en' });
});

t.test('templates are read, filtered, made and deleted; what is refused is told beside the field or in the provider’s words', async (t) => {
  post.templates = [templateOf('a'), templateOf('b', { status: 'rejected', reason: 'Too <b>loud</b>.' })];
  t.equal((await owner.post(`${page}/templates/sync`)).headers.location, `${page}?tab=templates`);
  const list = await shown('?tab=templates');
  t.match(list, /name_a.*Approved.*name_b.*Rejected.*Too &lt;b&gt;loud&lt;\/b&gt;\./s);
  post.templates = [templateOf('a', { status: 'rejected', reason: 'TOO_HEAVY. It weighs 3 kg.' }), templateOf('b', { status: 'rejected', reason: 'TOO_GREY' }), templateOf('c', { status: 'rejected', reason: 'TAG_CONTENT_MISMATCH' }), templateOf('d', { status: 'rejected', reason: 'TOO_HEAVY' })];
  await owner.post(`${page}/templates/sync`);
  const reasons = (html: string) => [...html.matchAll(/class="bad small">([^<]*)</g)].map(([, said]) => said);
  t.strictSame(reasons(await shown('?tab=templates')), ['No bird could carry it. It weighs 3 kg.', 'TOO_GREY', 'The language or the category does not match the text.', 'No bird could carry it.'], 'a word that the channel or WhatsApp’s review knows is said, another is quoted');
  await owner.post(`${at}/me/language`, { locale: 'id' });
  t.strictSame(reasons(await shown('?tab=templates')).at(-1), 'Tidak ada burung yang kuat membawanya.');
  await owner.post(`${at}/me/language`, { locale: 'en' });
  const review = ['ABUSIVE_CONTENT', 'CATEGORY_NOT_AVAILABLE', 'INCORRECT_CATEGORY', 'INVALID_FORMAT', 'PROMOTIONAL', 'SCAM', 'TAG_CONTENT_MISMATCH'];
  post.templates = review.map((reason, n) => templateOf(String(n), { status: 'rejected', reason }));
  await owner.post(`${page}/templates/sync`);
  const said = new Set<string | undefined>();
  for (const locale of ['es', 'id', 'en']) {
    await owner.post(`${at}/me/language`, { locale });
    for (const sentence of reasons(await shown('?tab=templates'))) said.add(sentence);
  }
  t.equal(said.size, 3 * review.length, 'each word of the review has a sentence of its own in three languages');
  t.notOk(review.some((word) => said.has(word)));
  post.templates = [templateOf('a'), templateOf('b', { status: 'rejected' })];
  await owner.post(`${page}/templates/sync`);
  t.notMatch(await shown('?tab=templates&status=approved&search='), /name_b/);
  t.match(await shown('?tab=templates&status=paused'), /Nothing matches/);
  post.refuses = 'The loft is on fire.';
  const failed = await owner.post(`${page}/templates/sync`);
  t.equal(failed.statusCode, 422);
  t.match(failed.body, /The loft is on fire/);
  delete post.refuses;

  const form = await owner.get(`${page}/templates/new`);
  for (const name of ['name', 'language', 'category', 'headerKind', 'header', 'body', 'footer', 'examples', 'button0Kind']) t.match(form.body, `name="${name}"`, name);
  t.match(form.body, /Variables stand as \{\{1\}\} or \{\{first_name\}\}/);
  const typed = { name: 'Parcel Here', language: 'en', category: 'UTILITY', headerKind: 'text', header: 'No. {{1}}', body: 'Hello {{1}}', footer: 'Bye', examples: '1 = Ana = Li\nnonsense', button0Kind: 'url', button0Title: 'Track', button0Target: 'https://x.example/{{1}}', button1Kind: 'none' };
  const wrong = await owner.post(`${page}/templates/new`, typed);
  t.equal(wrong.statusCode, 422);
  t.match(wrong.body, /id="f-name-error".*Names are lower-case\./s);
  t.match(wrong.body, /value="Parcel Here"/);
  t.match(wrong.body, />\s*Hello \{\{1\}\}/, 'nothing typed is lost');
  t.match((await owner.post(`${page}/templates/new`, { ...typed, body: ' ', name: 'ok' })).body, /id="f-body-error"/);
  const made = await owner.post(`${page}/templates/new`, { ...typed, name: 'parcel_here' });
  t.equal(made.headers.location, `${page}?tab=templates`);
  t.strictSame(post.made.at(-1), {
    name: 'parcel_here', language: 'en', category: 'UTILITY', examples: { 1: 'Ana = Li' },
    preview: { body: 'Hello {{1}}', header: { kind: 'text', text: 'No. {{1}}' }, footer: 'Bye', buttons: [{ kind: 'url', title: 'Track', target: 'https://x.example/{{1}}' }] },
  });
  const [row] = (await ctx.workspace.templates.list(ids.tenant, { name: 'parcel_here' })).rows;
  t.equal((await owner.post(`${page}/templates/${row?.id}/delete`)).headers.location, `${page}?tab=templates`);
  t.notMatch(await shown('?tab=templates'), /<bdi>parcel_here/);
  const phones = `${at}/settings/channels/${ids.connection}`;
  t.match((await owner.get(`${phones}/templates/new`)).body, /This provider shows no templates\. Type in exactly what was approved there\./);
  await owner.post(`${phones}/templates/new`, { ...typed, name: 'for_phones' });
  t.match((await owner.get(`${phones}?tab=templates`)).body, /for_phones.*Approved/s, 'on a simulated phone what is typed in is approved');
});

t.test('webhook secrets are made anew, with the time that the old ones hold', async (t) => {
  const before = (await ctx.workspace.connections.handOff(ids.tenant, id)).webhookUrl;
  t.match(await shown('?tab=hand-off'), before);
  t.equal((await owner.post(`${page}/rotate`, { graceHours: '6' })).headers.location, `${page}?tab=hand-off`);
  const after = (await ctx.workspace.connections.handOff(ids.tenant, id)).webhookUrl;
  t.not(after, before);
  const panel = await shown('?tab=hand-off');
  t.match(panel, after);
  t.notMatch(panel, before);
  t.match(panel, /The secrets from before are accepted until/);
  t.match(panel, /Each webhook proves itself by this address/);
  const wrong = await owner.post(`${page}/rotate`, { graceHours: '48' });
  t.equal(wrong.statusCode, 422);
  t.match(wrong.body, /id="grace-error".*The most is 24/s);
  t.equal((await owner.post(`${page}/rotate`, { graceHours: 'many' })).statusCode, 400);
});

t.test('a secret that is replaced under Settings may hold for the hours chosen there', async (t) => {
  const form = await shown('?tab=settings');
  t.match(form, /name="_grace"/);
  const version = () => owner.get(`${page}?tab=settings`).then(({ body }) => /name="_version" value="(\d+)"/.exec(body)?.[1] ?? '');
  const save = async (seal: string, grace: string) => owner.post(page, { _name: 'Post', _description: '', _version: await version(), _grace: grace, seal, loft: 'north', lines: 'r1' });
  t.equal((await save('a-second-seal', '6')).statusCode, 303);
  t.equal(ctx.runtime.directory.connection(id)?.previous[0]?.settings['seal'], 'a-good-seal');
  t.equal((await save('a-third-seal', '0')).statusCode, 303);
  t.strictSame([...new Set(ctx.runtime.directory.connection(id)?.previous.map(({ settings }) => settings['seal']))], ['a-third-seal'], 'the one before is not believed any longer');
  t.equal((await save('a-fourth-seal', '99')).statusCode, 422);
  t.notMatch((await owner.get(`${at}/settings/channels/${ids.connection}?tab=settings`)).body, /name="_grace"/, 'a simulated phone has nobody to tell');
});

// ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────────────

const door = `${at}/whatsapp/connect/sign-in/meta-cloud`;
const nonceOn = (body: string) => /name="nonce" value="([^"]+)"/.exec(body)?.[1] ?? '';
const policyOf = (answer: { headers: Record<string, unknown> }) => String(answer.headers['content-security-policy']);

t.test('the page that signs in is the only one with a door for the provider’s script', async (t) => {
  const answer = await owner.get(door);
  t.equal(answer.statusCode, 200);
  t.match(policyOf(answer), /script-src 'self' https:\/\/connect\.facebook\.net;/);
  t.match(policyOf(answer), /frame-src https:\/\/www\.facebook\.com/);
  t.notMatch(policyOf(answer), /unsafe|\*/);
  t.equal(answer.headers['cross-origin-opener-policy'], 'same-origin-allow-popups');
  t.match(answer.body, /<script src="\/assets\/[\w-]+\/sign-in\.js" defer>/);
  t.notMatch(answer.body, /<script[^>]+facebook/, 'it is loaded when somebody asks for it');
  t.notMatch(answer.body, 'app-secret-of-the-emulator');
  for (const other of [page, `${at}/whatsapp/connect?way=plugin%3Ameta-cloud`]) {
    const strict = await owner.get(other);
    t.notMatch(policyOf(strict), /facebook/, other);
    t.equal(strict.headers['cross-origin-opener-policy'], 'same-origin', other);
  }
  t.equal((await owner.get(`${at}/whatsapp/connect/sign-in/simulator`)).statusCode, 404);
  t.match((await owner.get(`${at}/whatsapp/connect?way=plugin%3Ameta-cloud`)).body, new RegExp(`href="${door}"`));
});

t.test('what the browser brings makes a connection; a refusal is said, and an attempt of another login or a second use leads back', async (t) => {
  const session = JSON.stringify({ type: 'WA_EMBEDDED_SIGNUP', event: 'FINISH', data: { waba_id: '102000000000001', phone_number_id: '108100000000001' } });
  const brought = () => JSON.stringify({ code: meta.signIn({ accounts: ['102000000000001'] }), session });
  const nonce = nonceOn((await owner.get(door)).body);
  const other = await (await office.as('admin')).post(door, { nonce, input: brought() });
  t.equal(other.headers.location, door, 'another person’s attempt');
  t.strictSame((await ctx.workspace.connections.list(ids.tenant)).filter(({ plugin }) => plugin === 'meta-cloud'), []);
  const refused = await owner.post(door, { nonce: nonceOn((await owner.get(door)).body), input: '{"code":"made up"}' });
  t.equal(refused.statusCode, 422);
  t.match(refused.body, /Meta’s code was used already or is older than 30 seconds/);
  t.match(policyOf(refused), /facebook/, 'it can be tried again at once');
  const good = nonceOn(refused.body);
  const answer = await owner.post(door, { nonce: good, input: brought() });
  t.match(answer.headers.location, /settings\/channels\/[0-9a-f-]{36}\?tab=doctor$/);
  t.match((await owner.get(String(answer.headers.location))).body, /RUNNING/);
  t.equal((await owner.post(door, { nonce: good, input: brought() })).headers.location, door);
  t.match((await owner.get(door)).body, /This sign-in was finished already, took too long, or was begun elsewhere/);
  t.equal((await (await office.as('agent')).get(door)).statusCode, 403);
});

t.test('without an app on the server the switch is off and says why', async (t) => {
  const bare = await openOffice(t, { plugins: [simulator, rules, notifications, emulated] });
  const person = await bare.as('owner');
  const form = (await person.get(`${bare.at}/whatsapp/connect?way=plugin%3Ameta-cloud`)).body;
  t.match(form, /Meta App ID and App Secret are not configured on the server/);
  t.match(form, /<input type="checkbox" role="switch" checked disabled aria-label="Advanced mode">/);
  const answer = await person.get(`${bare.at}/whatsapp/connect/sign-in/meta-cloud`);
  t.match(answer.body, /Meta App ID and App Secret are not configured on the server/);
  t.notMatch(policyOf(answer), /facebook/);
  t.notMatch(answer.body, /sign-in\.js/);
});
