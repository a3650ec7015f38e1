/** What the account says of itself: senders, where messages go, templates, and the doctor; over real HTTP to the emulator. */
import t, { type Test } from 'tap';
import type { TemplateDraft } from '#plugin';
import { startEmulator, type EmulatorOptions } from './emulator.ts';
import { contextFor, outboundTo } from './fixtures.ts';
import { check } from './check.ts';
import { numbers } from './numbers.ts';
import { prepare } from './send.ts';
import type { Settings } from './settings.ts';
import { readSubscription, subscribe, unsubscribe } from './subscribe.ts';
import { validate } from './template-draft.ts';
import { create, list, remove } from './templates.ts';
import { texts } from './texts/index.ts';

const ours = 'https://bot.example.test/webhooks/key';

async function started(t: Test, options: Partial<EmulatorOptions> = {}, more: Partial<Settings> = {}) {
  const emulator = await startEmulator({ authToken: 'emulated-auth-token', ...options });
  const outbound = outboundTo(emulator);
  t.teardown(async () => {
    await outbound.close();
    await emulator.close();
  });
  return { emulator, outbound, ctx: contextFor(emulator, outbound, more) };
}

// ── numbers ──

t.test('the senders are offered, with what keeps one from sending, and the sandbox after them', async (t) => {
  const { emulator, ctx } = await started(t, { senders: ['whatsapp:+14155550100', 'whatsapp:+14155550101'] });
  emulator.change('whatsapp:+14155550101', { status: 'OFFLINE', name: '' });
  t.match(await numbers(ctx), [
    { account: 'whatsapp:+14155550100', title: 'Emulated 1', phone: '+14155550100' },
    { account: 'whatsapp:+14155550101', title: '+14155550101', note: 'OFFLINE' },
    { account: 'whatsapp:+14155238886', title: 'Twilio Sandbox' },
  ]);
});

t.test('where there are no senders the rented numbers are offered, marked as uncertain', async (t) => {
  const { ctx } = await started(t, { senders: [], phones: ['+14155550177'] });
  t.match(await numbers(ctx), [{ account: 'whatsapp:+14155550177', note: 'offer.uncertain', uncertain: true }, { account: 'whatsapp:+14155238886', uncertain: true }]);
});

t.test('a long list comes page by page', async (t) => {
  const senders = Array.from({ length: 120 }, (_, at) => `whatsapp:+1415555${String(1000 + at)}`);
  const { emulator, ctx } = await started(t, { senders });
  t.equal((await numbers(ctx)).length, 121);
  t.equal(emulator.requests.length, 3);
});

t.test('wrong credentials are said in Twilio’s own words', async (t) => {
  const { emulator, outbound } = await started(t);
  await t.rejects(numbers(contextFor(emulator, outbound, { authToken: 'wrong-token' })), /Authenticate.*20003/);
});

t.test('S14: the address of a next page that is not Twilio’s is given nothing', async (t) => {
  const { ctx } = await started(t);
  await t.rejects(list(ctx, 'https://evil.example.test/v1/ContentAndApprovals?Page=1'), /not Twilio’s/);
  await t.rejects(list(ctx, '//evil.example.test/x'), /not Twilio’s/);
});

// ── where messages go ──

t.test('subscribing points the connected senders here, keeps what else is set, and leaves the others alone', async (t) => {
  const { emulator, ctx } = await started(t, { senders: ['whatsapp:+14155550100', 'whatsapp:+14155550101'] }, { senders: ['whatsapp:+14155550100'] });
  const webhook = { callback_url: 'https://other.example.test/in', callback_method: 'POST', fallback_url: 'https://other.example.test/fallback', fallback_method: 'POST', status_callback_url: null, status_callback_method: 'POST' };
  emulator.change('whatsapp:+14155550100', { webhook: { ...webhook } });
  emulator.change('whatsapp:+14155550101', { webhook: { ...webhook } });
  t.same(await readSubscription(ctx), { state: 'other', url: 'https://other.example.test/in' });
  await subscribe(ctx);
  t.same(await readSubscription(ctx), { state: 'ours', url: `${ours}#rc=5&rp=all` });
  const [first, second] = await state(emulator.url);
  t.match(first?.webhook, { callback_url: `${ours}#rc=5&rp=all`, fallback_url: 'https://other.example.test/fallback' });
  t.match(second?.webhook, { callback_url: 'https://other.example.test/in' });
  await unsubscribe(ctx);
  t.same(await readSubscription(ctx), { state: 'none' });
});

async function state(url: string): Promise<{ webhook: Record<string, string | null> }[]> {
  const answer = await fetch(`${url}/emulator/state`);
  return ((await answer.json()) as { senders: { webhook: Record<string, string | null> }[] }).senders;
}

t.test('another installation’s address is not taken away', async (t) => {
  const { emulator, ctx } = await started(t);
  emulator.change('whatsapp:+14155550100', { webhook: { callback_url: 'https://other.example.test/in' } });
  await unsubscribe(ctx);
  t.match(await readSubscription(ctx), { state: 'other' });
});

t.test('in a Messaging Service its address is the one that counts', async (t) => {
  const { ctx } = await started(t, { messagingServiceSid: `MG${'5'.repeat(32)}` });
  t.same(await readSubscription(ctx), { state: 'none' });
  await subscribe(ctx);
  t.match(await readSubscription(ctx), { state: 'ours' });
  await unsubscribe(ctx);
  t.match(await readSubscription(ctx), { state: 'none' });
});

t.test('with no sender connected there is nothing to point here', async (t) => {
  const { ctx } = await started(t, {}, { senders: [] });
  await t.rejects(subscribe(ctx), /add the number first/);
  t.same(await readSubscription(ctx), { state: 'none' });
});

// ── templates ──

const draft: TemplateDraft = { name: 'order_ready', language: 'id', category: 'UTILITY', preview: { body: 'Halo {{1}}, pesanan {{2}} siap.' }, examples: { 1: 'Ana', 2: 'INV-7' } };
const drafted = (preview: Partial<TemplateDraft['preview']>, more: Partial<TemplateDraft> = {}): TemplateDraft => ({ ...draft, preview: { body: 'Halo semua', ...preview }, examples: {}, ...more });

t.test('a template is made, handed in, listed with what WhatsApp says, and deleted', async (t) => {
  const { emulator, ctx } = await started(t);
  const made = await create(draft, ctx);
  t.match(made, { name: 'order_ready', language: 'id', status: 'pending', category: 'UTILITY', preview: { body: 'Halo {{1}}, pesanan {{2}} siap.' }, variables: [{ key: '1', example: 'Ana' }, { key: '2', example: 'INV-7' }] });
  const id = made.id;
  const listed = async () => (await list(ctx)).templates;
  t.match(await listed(), [{ id, status: 'pending' }]);
  for (const status of ['approved', 'rejected', 'paused', 'disabled'] as const) {
    emulator.decide(id, status, 'INVALID_FORMAT');
    t.match(await listed(), [{ status, reason: 'INVALID_FORMAT' }]);
  }
  emulator.decide(id, 'unsubmitted');
  t.match(await listed(), [{ status: 'draft' }]);
  await remove(id, ctx);
  t.same(await listed(), []);
  await remove(id, ctx);
});

t.test('the resources of our own choices are no templates', async (t) => {
  const { ctx } = await started(t);
  await prepare({ ref: 'r', account: '', to: { identities: [] }, content: { kind: 'buttons', text: 'Go?', buttons: [{ id: 'a', title: 'A' }] } }, ctx);
  t.same((await list(ctx)).templates, []);
});

t.test('many templates come page by page, each page once', async (t) => {
  const { ctx } = await started(t);
  for (let nth = 0; nth < 105; nth += 1) await create({ ...draft, name: `t_${nth}` }, ctx);
  const first = await list(ctx);
  t.equal(first.templates.length, 100);
  const second = await list(ctx, first.next);
  t.equal(second.templates.length, 5);
  t.notOk(second.next);
});

t.test('what cannot be handed in does not stay at Twilio', async (t) => {
  const { ctx } = await started(t);
  await t.rejects(create({ ...draft, name: 'Has Blanks' }, ctx), /20001/);
  t.same((await list(ctx)).templates, []);
});

t.test('each draft becomes the plainest type that holds it, and comes back as it was', async (t) => {
  const { ctx } = await started(t);
  const reply = { kind: 'reply', title: 'Ya' } as const;
  const link = { kind: 'url', title: 'Buka', target: 'https://shop.example.test/{{1}}' } as const;
  const drafts: [string, TemplateDraft][] = [
    ['twilio/text', draft],
    ['twilio/quick-reply', drafted({ buttons: [reply] })],
    ['twilio/call-to-action', drafted({ buttons: [link, { kind: 'phone', title: 'Telepon', target: '+628110000001' }] }, { examples: { 1: 'INV-7' } })],
    ['whatsapp/card', drafted({ header: { kind: 'text', text: 'Pesanan' }, footer: 'Toko', buttons: [reply, { kind: 'code', title: 'Salin', target: 'HEMAT20' }] })],
    ['twilio/media', drafted({ header: { kind: 'video' } }, { examples: { header: 'https://shop.example.test/a.mp4' } })],
    ['whatsapp/card', drafted({ header: { kind: 'document' }, footer: 'Toko' }, { examples: { header: 'https://shop.example.test/a.pdf' } })],
  ];
  for (const [type, one] of drafts) {
    t.same(validate(one), [], type);
    const made = await create(one, ctx);
    t.same(Object.keys(made.components ?? {}), [type]);
    t.match(made.preview, { ...one.preview, ...(one.preview.buttons && { buttons: one.preview.buttons.map(({ kind, title }) => ({ kind, title })) }) }, type);
  }
  const code = await create(drafted({ body: 'code', buttons: [{ kind: 'code', title: 'Copy' }] }, { category: 'AUTHENTICATION' }), ctx);
  t.same(Object.keys(code.components ?? {}), ['whatsapp/authentication']);
});

t.test('what WhatsApp would reject is said before anything is called', async (t) => {
  const wrong: [string, TemplateDraft][] = [
    ['draft.name', { ...draft, name: 'Order Ready' }],
    ['draft.language', { ...draft, language: 'indonesian!' }],
    ['draft.category', { ...draft, category: 'TRANSACTIONAL' }],
    ['draft.body', drafted({ body: ' ' })],
    ['draft.bodyLong', drafted({ body: 'x'.repeat(1025) })],
    ['draft.bodyEdge', drafted({ body: '{{1}} siap' }, { examples: { 1: 'a' } })],
    ['draft.bodyEdge', drafted({ body: 'Halo {{1}}{{2}} ya' }, { examples: { 1: 'a', 2: 'b' } })],
    ['draft.footer', drafted({ footer: 'x'.repeat(61) })],
    ['draft.header', drafted({ header: { kind: 'text', text: '' } })],
    ['draft.example', { ...draft, examples: { 1: 'Ana' } }],
    ['draft.example', { ...draft, examples: { 1: 'Ana', 2: 'a\nb' } }],
    ['draft.order', drafted({ body: 'Halo {{1}} dan {{3}} ya' }, { examples: { 1: 'a', 3: 'b' } })],
    ['draft.headerExample', drafted({ header: { kind: 'image' } })],
    ['draft.code', drafted({ buttons: [{ kind: 'reply', title: 'Ya' }] }, { category: 'AUTHENTICATION' })],
    ['draft.buttons', drafted({ buttons: Array.from({ length: 3 }, (_, at) => ({ kind: 'url' as const, title: `b${at}`, target: 'https://x.test' })) })],
    ['draft.buttonKind', drafted({ buttons: [{ kind: 'other', title: 'x' }] })],
    ['draft.buttonTitle', drafted({ buttons: [{ kind: 'reply', title: 'x'.repeat(26) }] })],
    ['draft.buttonTarget', drafted({ buttons: [{ kind: 'phone', title: 'x', target: '0811' }] })],
    ['draft.buttonSame', drafted({ buttons: [{ kind: 'reply', title: 'x' }, { kind: 'reply', title: 'x' }] })],
  ];
  for (const [problem, one] of wrong) t.match(validate(one), [{ problem }], problem);
  const keys = Object.keys(texts.en).filter((key) => key.startsWith('draft.'));
  t.same(keys.filter((key) => !wrong.some(([problem]) => problem === key)), [], 'no sentence is there for nothing');
  t.match(validate({ ...draft, examples: JSON.parse('{"1":"Ana","__proto__":"x"}') as Record<string, string> }), [{ problem: 'draft.example' }]);
});

// ── the doctor ──

async function doctor(t: Test, options: Partial<EmulatorOptions> = {}, more: Partial<Settings> = {}, change?: (emulator: Awaited<ReturnType<typeof started>>['emulator']) => void) {
  const { emulator, ctx } = await started(t, options, more);
  change?.(emulator);
  const lines = await check(ctx);
  for (const { said, mend } of lines) for (const key of [said, mend ?? said]) t.ok(Object.hasOwn(texts.en, key), `${key} is worded`);
  return lines;
}

t.test('an account in order is so in every line', async (t) => {
  const lines = await doctor(t, {}, {}, (emulator) => emulator.change('whatsapp:+14155550100', { webhook: { callback_url: ours } }));
  t.same(lines.map(({ what, state, said }) => [what, state, said]), [
    ['token', 'ok', 'doctor.account'],
    ['number whatsapp:+14155550100', 'ok', 'doctor.online'],
    ['subscription', 'ok', 'doctor.ours'],
  ]);
});

t.test('each thing that is wrong is named with the field that mends it, worst first', async (t) => {
  const key = `SK${'6'.repeat(32)}`;
  const at = (what: string, expected: object, lines: Awaited<ReturnType<typeof doctor>>) => t.match(lines.find((line) => line.what === what), expected, what);
  at('token', { state: 'broken', said: 'doctor.refused', mend: 'doctor.mend.token', field: 'authToken', answered: /20003/ }, await doctor(t, {}, { authToken: 'wrong-token' }));
  at('account-sid', { state: 'broken', said: 'doctor.sidOrToken', mend: 'doctor.mend.account', field: 'accountSid' }, await doctor(t, {}, { accountSid: `AC${'7'.repeat(32)}` }));
  const otherSid = await doctor(t, { keys: { [key]: 'key-secret-1' } }, { keySid: key, keySecret: 'key-secret-1', accountSid: `AC${'7'.repeat(32)}` });
  at('token', { state: 'broken', mend: 'doctor.mend.account', field: 'accountSid' }, otherSid);
  t.same(otherSid.filter(({ field }) => field === 'authToken' || field === 'keySecret'), [], 'where the key shows that the SID is wrong, nothing else is blamed');
  const neither = await doctor(t, { keys: { [key]: 'key-secret-1' } }, { keySid: key, keySecret: 'wrong-secret', authToken: 'wrong-token' });
  at('account-sid', { state: 'broken', said: 'doctor.sidFitsNothing', field: 'accountSid' }, neither);
  const oneOfTwo = await doctor(t, { keys: { [key]: 'key-secret-1' } }, { keySid: key, keySecret: 'key-secret-1', authToken: 'wrong-token' });
  t.notOk(oneOfTwo.some(({ field }) => field === 'accountSid'), 'a key that fits the SID clears it');
  at('token', { state: 'broken', mend: 'doctor.mend.account', field: 'accountSid' }, await doctor(t, {}, { accountSid: `AC${'7'.repeat(32)}` }, (emulator) => emulator.faults.add({ kind: 'error', code: 20404, on: 'any', next: 9 })));
  at('auth-token', { state: 'broken', said: 'doctor.authTokenFailed', field: 'authToken' }, await doctor(t, { keys: { [key]: 'key-secret-1' } }, { keySid: key, keySecret: 'key-secret-1', authToken: 'wrong-token' }));
  at('auth-token', { state: 'ok' }, await doctor(t, { keys: { [key]: 'key-secret-1' } }, { keySid: key, keySecret: 'key-secret-1' }));
  at('auth-token', { state: 'broken', said: 'doctor.noAuthToken' }, await doctor(t, {}, { authToken: ' ' }));
  at('api-key', { state: 'broken', field: 'keySecret' }, await doctor(t, {}, { keySid: key }));
  at('number whatsapp:+14155550199', { state: 'broken', said: 'doctor.unknownSender', params: { name: '+14155550199' } }, await doctor(t, {}, { senders: ['whatsapp:+14155550199'] }));
  at('number whatsapp:+14155550100', { state: 'broken', said: 'doctor.offline', answered: /disconnected/ }, await doctor(t, {}, {}, (emulator) => emulator.change('whatsapp:+14155550100', { status: 'OFFLINE' })));
  at('number whatsapp:+14155550100', { state: 'not-yet', said: 'doctor.offline' }, await doctor(t, {}, {}, (emulator) => emulator.change('whatsapp:+14155550100', { status: 'VERIFYING' })));
  at('number whatsapp:+14155550100', { state: 'doubtful', said: 'doctor.quality' }, await doctor(t, {}, {}, (emulator) => emulator.change('whatsapp:+14155550100', { quality: 'LOW' })));
  at('senders', { state: 'not-yet', said: 'doctor.noSenders' }, await doctor(t, { senders: [] }));
  at('senders', { state: 'doubtful', said: 'doctor.sendersFailed' }, await doctor(t, {}, { authToken: 'wrong-token' }));
  at('subscription', { state: 'broken', said: 'doctor.nowhere' }, await doctor(t));
  at('subscription', { state: 'broken', said: 'doctor.elsewhere', params: { url: 'https://other.example.test/in' } }, await doctor(t, {}, {}, (emulator) => emulator.change('whatsapp:+14155550100', { webhook: { callback_url: 'https://other.example.test/in' } })));
  at('subscription', { state: 'not-yet', said: 'doctor.sandboxUrl' }, await doctor(t, {}, { senders: ['whatsapp:+14155238886'] }));
  const service = `MG${'5'.repeat(32)}`;
  at('service', { state: 'ok' }, await doctor(t, { messagingServiceSid: service }));
  at('service', { state: 'broken', said: 'doctor.notInService', params: { name: '+14155550199' } }, await doctor(t, { messagingServiceSid: service }, { senders: ['whatsapp:+14155550199'] }));
  at('service', { state: 'broken', mend: 'doctor.mend.service' }, await doctor(t, {}, { messagingServiceSid: service }));
  at('token', { state: 'broken', mend: 'doctor.mend.baseUrl', field: 'apiBaseUrl' }, await doctor(t, {}, {}, (emulator) => emulator.faults.add({ kind: 'redirect', on: 'any', next: 9 })));
  at('token', { state: 'doubtful', mend: 'doctor.later' }, await doctor(t, {}, {}, (emulator) => emulator.faults.add({ kind: 'drop', on: 'any', next: 9 })));
  const worst = await doctor(t, {}, { senders: ['whatsapp:+14155550100', 'whatsapp:+14155550199'] });
  t.equal(worst[0]?.state, 'broken');
  t.equal(worst.at(-1)?.state, 'ok');
});

t.test('an account that is not active, or only on trial, is said to be so', async (t) => {
  const { emulator, ctx } = await started(t);
  const account = (what: object) => fetch(`${emulator.url}/emulator/account`, { method: 'POST', body: JSON.stringify(what) });
  await account({ status: 'suspended' });
  t.match((await check(ctx)).find(({ what }) => what === 'account'), { state: 'broken', said: 'doctor.accountStatus', params: { status: 'suspended' } });
  await account({ status: 'active', type: 'Trial' });
  t.match((await check(ctx)).find(({ what }) => what === 'account'), { state: 'doubtful', said: 'doctor.trial' });
});

t.test('an address that Twilio cannot call is named before the first message', async (t) => {
  const { ctx } = await started(t);
  const offline = (url: string) => check({ ...ctx, settings: { ...ctx.settings, apiBaseUrl: '', senders: [] }, callbackUrl: () => url, fetch: async () => ({ status: 200, headers: {}, body: Buffer.from('{}'), text: () => '{}', json: () => ({ status: 'active' }) }) });
  const line = async (url: string) => (await offline(url)).find(({ what }) => what === 'status-url');
  t.equal(await line(ours), undefined);
  t.match(await line('https://my_bot.example.test/x'), { state: 'broken', said: 'doctor.underscore' });
  for (const url of ['https://localhost/x', 'https://bot/x', 'https://[::1]/x']) t.match(await line(url), { state: 'broken', said: 'doctor.notPublic' }, url);
});
