/** Sending over both APIs, templates by hand, media, and the doctor, against the emulator. */
import t, { type Test } from 'tap';
import { NotSent, Silence, type CheckLine, type Json, type OutContent, type TemplateDraft } from '#plugin';
import { receiver } from '../../test/far-end.ts';
import { contextFor, outgoing, webhook } from '../qontak/fixtures.ts';
import { startEmulator, type EmulatorOptions } from './emulator.ts';
import channel from './index.ts';
import type { Settings } from './settings.ts';
import { texts } from './texts/index.ts';

const account = '628110000001';
const phone = '628120000002';
const hello: OutContent = { kind: 'text', text: 'Halo Ana' };
const template: OutContent = { kind: 'template', template: 'order_ready:id', name: 'order_ready', language: 'id', variables: { 2: 'INV-7', 1: 'Ana', 'button.0': 'INV-7' } };

async function started(t: Test, options: Partial<EmulatorOptions> = {}) {
  const emulator = await startEmulator({ accessToken: 'coster-emulated-token', ...options });
  t.teardown(() => emulator.close());
  const send = async (content: OutContent, given: Partial<Settings> = {}, more: Parameters<typeof outgoing>[2] = {}) => {
    const out = outgoing(account, content, more);
    return { out, result: await channel.send(out, undefined, contextFor(t, channel, { ...emulator.settings, ...given })) };
  };
  return { emulator, send };
}

t.test('m2m gets Meta’s message beside our reference', async (t) => {
  const { emulator, send } = await started(t);
  const { out, result } = await send(template);
  t.same(result, { accepted: { refs: [emulator.messages[0]?.id] } });
  t.same(emulator.messages[0]?.body, {
    xid: out.ref,
    to: phone,
    type: 'template',
    template: {
      name: 'order_ready',
      language: { policy: 'deterministic', code: 'id' },
      components: [
        { type: 'body', parameters: [{ type: 'text', text: 'Ana' }, { type: 'text', text: 'INV-7' }] },
        { type: 'button', sub_type: 'url', index: 0, parameters: [{ type: 'text', text: 'INV-7' }] },
      ],
    },
  });
  await send(hello);
  t.match(emulator.messages[1]?.body, { type: 'text', text: { body: 'Halo Ana' } });
});

t.test('a template’s header takes a text or the address of a file', async (t) => {
  const { emulator, send } = await started(t);
  await send({ ...template, variables: { 'header.1': 'Ana', first_name: 'Ana' } });
  await send({ ...template, variables: {}, media: { kind: 'document', id: 'm1', mime: 'application/pdf', bytes: 3, name: 'inv.pdf' } });
  t.match(emulator.messages.map(({ body }) => Object(body['template']).components), [
    [{ type: 'header', parameters: [{ type: 'text', text: 'Ana' }] }, { type: 'body', parameters: [{ type: 'text', parameter_name: 'first_name', text: 'Ana' }] }],
    [{ type: 'header', parameters: [{ type: 'document', document: { link: 'https://bot.example.test/media/m1?signed=1', filename: 'inv.pdf' } }] }],
  ]);
});

t.test('bot gets the same inside its wrapping, with the token in its own header', async (t) => {
  const { emulator, send } = await started(t, { face: 'bot' });
  const { out, result } = await send(hello, { divisionId: 'd1', helpdesk: true });
  t.same(result, { accepted: { refs: [out.ref] } }, 'nothing but our own reference names it');
  t.same(emulator.messages[0]?.body, { messaging_product: 'whatsapp', recipient_type: 'individual', to: phone, type: 'text', text: { body: 'Halo Ana' } });
  t.equal(emulator.messages[0]?.xid, out.ref);
  t.match((await send(hello, { authStyle: 'bearer' })).result, { rejected: { code: '401', scope: 'connection' } });
  t.match((await send(hello, { authStyle: 'header', authHeader: 'X-Access-Token' })).result, { accepted: {} });
  t.match((await send(hello, { accountId: 'acct-wrong' })).result, { rejected: { code: '400' } });
});

t.test('what cannot be sent is told before anything leaves', async (t) => {
  const { emulator, send } = await started(t);
  t.match((await send(hello, {}, { to: [{ kind: 'user', value: 'ID.1349' }] })).result, { rejected: { code: 'no-phone', scope: 'contact' } });
  t.match((await send({ kind: 'link', text: 'x', title: 'x', url: 'https://x.example.test' })).result, { rejected: { code: 'not-sendable', scope: 'message' } });
  const { accountCode: _, accountId: __, ...bare } = emulator.settings;
  for (const face of ['m2m', 'bot'] as const) t.match(await channel.send(outgoing(account, hello), undefined, contextFor(t, channel, { ...bare, face })), { rejected: { code: 'incomplete', scope: 'connection' } });
  t.equal(emulator.requests.length, 0);
});

t.test('the body decides, whatever the status; no body leaves it open', async (t) => {
  const { emulator, send } = await started(t);
  const said = async (fault: Parameters<typeof emulator.faults.add>[0]) => {
    emulator.faults.add(fault);
    return (await send(hello)).result;
  };
  t.match(await said({ kind: 'error', status: 500, code: 1008 }), { rejected: { code: '1008', scope: 'message' } });
  t.match(await said({ kind: 'error', status: 500, code: 1016 }), { retry: { scope: 'number', afterMs: 10_000 } });
  t.match(await said({ kind: 'error', status: 200, code: 131056 }), { retry: { scope: 'pair' } });
  t.match(await said({ kind: 'error', status: 401, code: 777 }), { rejected: { code: 'http-401', scope: 'connection' } });
  t.match(await said({ kind: 'redirect' }), { rejected: { code: 'base-url', scope: 'connection' } });
  await t.rejects(said({ kind: 'error', status: 500, code: 777 }), Silence);
  for (const kind of ['drop', 'malformed', 'empty', 'html'] as const) await t.rejects(said({ kind }), Silence, kind);
  await t.rejects(send(hello, { m2mUrl: 'http://127.0.0.1:1/v1/{account_code}/messages' }), NotSent);
});

t.test('what the emulator tells of messages settles them by our reference, and failures bring their code', async (t) => {
  const hook = await receiver(t);
  const { emulator, send } = await started(t, { webhookUrl: hook.url, statuses: true, webhookSecret: 'coster-shared-secret' });
  const { out } = await send(template);
  emulator.faults.add({ kind: 'fail-later', code: 131047 });
  const late = await send(hello);
  await emulator.customer.write({ from: phone, name: 'Ana', text: 'Halo' });
  await emulator.idle();
  const events = hook.received.flatMap(({ headers, body }) => {
    const request = webhook(body, headers, { receivedAt: Date.now() });
    t.equal(channel.verify(request, emulator.settings), true);
    t.same(channel.verify(request, { ...emulator.settings, webhookSecret: 'another-shared-secret' }), { refused: 'wrong-secret' });
    return channel.parse(request, emulator.settings);
  });
  const statuses = events.flatMap((event) => (event.kind === 'status' ? [event] : []));
  t.same(statuses.filter(({ ref }) => ref === out.ref).map(({ status }) => status).toSorted(), ['delivered', 'read', 'sent']);
  t.match(statuses.filter(({ ref }) => ref === late.out.ref), [{ status: 'failed', error: { code: '131047' } }]);
  t.match(events.filter(({ kind }) => kind === 'message'), [{ account, from: [{ kind: 'phone', value: phone }], name: 'Ana', content: { kind: 'text', text: 'Halo' } }]);
});

t.test('media come in one step, with the token', async (t) => {
  const { emulator } = await started(t, { face: 'bot' });
  const ctx = contextFor(t, channel, emulator.settings);
  const ref = emulator.file(Buffer.from('bytes'), 'image/jpeg');
  const found = await channel.media?.({ ref, name: 'nota.jpg' }, ctx);
  t.match(found, { mime: 'image/jpeg', name: 'nota.jpg' });
  const chunks: Uint8Array[] = [];
  if (found !== undefined && found !== 'gone') for await (const chunk of found.stream) chunks.push(chunk);
  t.equal(Buffer.concat(chunks).toString(), 'bytes');
  t.equal(await channel.media?.({ ref: 'none' }, ctx), 'gone');
  for (const away of ['..', '.', '../../etc', 'x?y=1#z']) t.equal(await channel.media?.({ ref: away }, ctx), 'gone', away);
  t.ok(emulator.requests.every(({ path }) => path.startsWith('/bot/media/')), 'an id leads nowhere else');
  await t.rejects(async () => channel.media?.({ ref }, contextFor(t, channel, { ...emulator.settings, accessToken: 'wrong' })), Silence);
});

const draft: TemplateDraft = { name: 'order_ready', language: 'id', category: 'UTILITY', preview: { body: 'Halo {{1}}, pesanan {{2}} siap.', buttons: [{ kind: 'url', title: 'Lacak', target: 'https://shop.example.test/{{1}}' }] }, examples: { 1: 'Ana' } };

t.test('templates are entered by hand, kept with the connection, replaced and forgotten', async (t) => {
  const { emulator } = await started(t);
  const store = new Map<string, Json>();
  const ctx = contextFor(t, channel, emulator.settings, { store });
  const { templates } = channel;
  t.same(await templates?.list(ctx), { templates: [] });
  t.match(await templates?.create?.(draft, ctx), { id: 'order_ready:id', status: 'approved', variables: [{ key: '1', example: 'Ana' }, { key: '2' }, { key: 'button.0' }] });
  await templates?.create?.({ ...draft, language: 'en', preview: { header: { kind: 'text', text: 'For {{1}}' }, body: 'Ready' }, examples: {} }, ctx);
  await templates?.create?.({ ...draft, preview: { body: 'Baru {{1}}.' } }, ctx);
  t.match(await templates?.list(contextFor(t, channel, emulator.settings, { store })), { templates: [{ id: 'order_ready:en', variables: [{ key: 'header.1' }] }, { id: 'order_ready:id', preview: { body: 'Baru {{1}}.' } }] });
  await templates?.delete?.('order_ready:en', ctx);
  t.equal((await templates?.list(ctx))?.templates.length, 1);
  store.set('templates', [{ name: 'broken' }, 7, null]);
  t.same(await templates?.list(ctx), { templates: [] }, 'what another version may have kept is passed over');
  t.equal(emulator.requests.length, 0, 'Coster is not asked');
  t.same(templates?.validate?.(draft), []);
  t.same(templates?.validate?.({ ...draft, name: 'a b', language: 'x', preview: { body: ' ', buttons: [{ kind: 'reply', title: '' }] } }).map(({ problem }) => problem), ['draft.name', 'draft.language', 'draft.body', 'draft.button']);
});

t.test('the doctor says what can be known without sending', async (t) => {
  const { emulator } = await started(t);
  const check = async (given: Settings): Promise<Record<string, CheckLine>> => {
    const lines = (await channel.check?.(contextFor(t, channel, given))) ?? [];
    for (const { said, mend } of lines) for (const key of [said, mend ?? said]) t.ok(key in texts.en, `${key} is worded`);
    return Object.fromEntries(lines.map((line) => [line.what, line]));
  };
  t.match(await check(emulator.settings), { callback: { state: 'doubtful' }, host: { state: 'ok', answered: 'HTTP 405' }, sheet: { state: 'not-yet' } });
  t.match(await check({ ...emulator.settings, callbackProof: 'meta' }), { callback: { state: 'broken', field: 'signatureKey' } });
  t.match(await check({ ...emulator.settings, callbackProof: 'header', webhookSecret: 'coster-shared-secret', phoneNumbers: [] }), { callback: { state: 'ok' }, numbers: { state: 'not-yet' } });
  const { accountCode: _, ...incomplete } = emulator.settings;
  t.match(await check(incomplete), { account: { state: 'broken', field: 'accountCode' } });
  emulator.faults.add({ kind: 'error', status: 401, on: 'any' });
  t.match(await check(emulator.settings), { host: { state: 'doubtful', field: 'accessToken', answered: 'HTTP 401' } });
  t.match(await check({ ...emulator.settings, m2mUrl: 'http://127.0.0.1:1/v1/{account_code}/messages' }), { host: { state: 'doubtful', said: 'doctor.host.silent', field: 'm2mUrl' } });
  t.equal(emulator.messages.length, 0);
});
