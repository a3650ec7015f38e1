/** Templates: read, judged, made, sent and deleted, over real HTTP to an emulator that checks them as Meta does. */
import t from 'tap';
import type { OutContent, TemplateDraft } from '#plugin';
import { receiver } from '../../test/far-end.ts';
import { startEmulator } from './emulator.ts';
import { contextFor, outgoing, storedMedia, webhook } from './fixtures.ts';
import channel from './index.ts';
import { recordOf } from './record.ts';
import { texts } from './texts/index.ts';

const emulator = await startEmulator({ appSecret: 'emulated-app-secret', accessToken: 'EAAemulatedemulatedemulated' });
const hook = await receiver(t);
emulator.webhookUrl = hook.url;
t.teardown(() => emulator.close());
const ctx = contextFor(emulator.settings);
ctx.stored.set('sample', storedMedia(Buffer.from('a picture'), 'image/png', 'sample.png'));

const { templates } = channel;
if (!templates?.create || !templates.delete || !templates.validate) throw new Error('The channel has no templates.');
const { list, create, validate } = templates;
const remove = templates.delete;

/** A draft that Meta would take. */
const draft = (more: Partial<TemplateDraft> & { body?: string } = {}): TemplateDraft => ({
  name: 'order_ready',
  language: 'id',
  category: 'UTILITY',
  preview: { body: more.body ?? 'Halo {{1}}, pesanan {{2}} sudah siap.' },
  examples: { 1: 'Ana', 2: 'INV-7' },
  ...more,
});
const problems = (given: TemplateDraft) => validate(given).map(({ problem, field }) => `${field} ${problem}`);
const send = async (content: OutContent) => {
  const out = outgoing(content);
  return await channel.send(out, (await channel.prepare?.(out, ctx)) ?? null, ctx);
};
const lastTemplate = () => emulator.messages.at(-1)?.body.template;

t.test('a template of every part is read as what it looks like, with its variables in reading order', async (t) => {
  t.match(
    recordOf({
      id: '55001', name: 'order_ready', language: 'id', status: 'APPROVED', category: 'UTILITY', parameter_format: 'POSITIONAL', quality_score: { score: 'GREEN', date: 1 }, rejected_reason: 'NONE',
      components: [
        { type: 'HEADER', format: 'TEXT', text: 'Pesanan {{1}}', example: { header_text: ['INV-7'] } },
        { type: 'BODY', text: 'Halo {{1}}, pesanan {{2}} siap. Terima kasih, {{1}}!', example: { body_text: [['Ana', 'INV-7']] } },
        { type: 'FOOTER', text: 'Toko Contoh' },
        { type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Lacak', url: 'https://shop.example.test/{{1}}', example: ['https://shop.example.test/INV-7'] }, { type: 'QUICK_REPLY', text: 'Pesan lagi' }, { type: 'PHONE_NUMBER', text: 'Telepon', phone_number: '+628110000001' }, { type: 'COPY_CODE', example: 'HEMAT20' }, { type: 'FLOW', text: 'Isi' }] },
      ],
    }),
    {
      id: '55001', status: 'approved', quality: 'GREEN', category: 'UTILITY', reason: undefined,
      preview: {
        header: { kind: 'text', text: 'Pesanan {{header.1}}' }, body: 'Halo {{1}}, pesanan {{2}} siap. Terima kasih, {{1}}!', footer: 'Toko Contoh',
        buttons: [{ kind: 'url', title: 'Lacak', target: 'https://shop.example.test/{{button.0}}' }, { kind: 'reply', title: 'Pesan lagi' }, { kind: 'phone', target: '+628110000001' }, { kind: 'code' }, { kind: 'other', title: 'Isi' }],
      },
      variables: [{ key: 'header.1', example: 'INV-7' }, { key: '1', example: 'Ana' }, { key: '2', example: 'INV-7' }, { key: 'button.0', example: 'INV-7' }, { key: 'button.3.code', example: 'HEMAT20' }],
    },
  );
  t.match(recordOf({ id: 1, name: 'n', language: 'en', status: 'APPROVED', components: [{ type: 'body', text: 'Hi {{first_name}}', example: { body_text_named_params: [{ param_name: 'first_name', example: 'Ana' }] } }] }), { id: '1', preview: { body: 'Hi {{first_name}}' }, variables: [{ key: 'first_name', example: 'Ana' }] });
});

t.test('a one-time code is asked for once, though it stands in two places', async (t) => {
  const url = 'https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}';
  const record = recordOf({ id: '2', name: 'otp', language: 'id', status: 'APPROVED', category: 'AUTHENTICATION', components: [{ type: 'BODY', text: '*{{1}}* adalah kode.', example: { body_text: [['123456']] } }, { type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Salin', url, example: [`${url}1`] }] }] });
  t.match(record, { preview: { body: '*{{otp.0}}* adalah kode.', buttons: [{ kind: 'code', title: 'Salin' }] }, variables: [{ key: 'otp.0', example: '123456' }] });
  t.equal(record?.variables.length, 1);
});

t.test('what is missing or odd in a list is left out or shown as it is, and nothing makes it fall over', async (t) => {
  for (const odd of [{}, { id: '1' }, { id: '1', name: 'x' }, { id: null, name: 'x', language: 'id' }]) t.equal(recordOf(odd), undefined);
  t.match(recordOf({ id: '1', name: 'x', language: 'id', components: null }), { status: 'disabled', components: [], preview: { body: '' }, variables: [] });
  t.match(recordOf({ id: '1', name: 'x', language: 'id', status: 'TELEPORTED', components: [null, 5, { type: 'BUTTONS', buttons: [null, {}] }] }), { status: 'disabled', reason: 'TELEPORTED' });
  t.match(recordOf({ id: '1', name: 'x', language: 'id', status: 'REJECTED', rejected_reason: 'INVALID_FORMAT' }), { status: 'rejected', reason: 'INVALID_FORMAT' });
});

t.test('what Meta would refuse is said before any call, beside its field, in three languages', async (t) => {
  t.same(problems(draft()), []);
  const wrong: [string, TemplateDraft, string][] = [
    ['a name with capitals', draft({ name: 'Order' }), 'name draft.name'],
    ['a language that is none', draft({ language: 'indonesian!' }), 'language draft.language'],
    ['a category of the past', draft({ category: 'TRANSACTIONAL' }), 'category draft.category'],
    ['no text', draft({ preview: { body: ' ' }, examples: {} }), 'body draft.body'],
    ['a text too long', draft({ preview: { body: 'x'.repeat(1025) }, examples: {} }), 'body draft.body'],
    ['a variable at the start', draft({ body: '{{1}} halo {{2}} ya.' }), 'body draft.variableAtEnd'],
    ['a variable at the end', draft({ body: 'Halo {{1}} dan {{2}}' }), 'body draft.variableAtEnd'],
    ['two variables together', draft({ body: 'Halo {{1}} {{2}} siap ya.' }), 'body draft.variablesTogether'],
    ['more variables than words', draft({ body: 'Halo {{1}}, {{2}}, {{3}}!', examples: { 1: 'a', 2: 'b', 3: 'c' } }), 'body draft.tooManyVariables'],
    ['a gap in the numbers', draft({ body: 'Halo {{1}} dan {{3}} siap ya.', examples: { 1: 'a', 3: 'c' } }), 'body draft.variables'],
    ['names and numbers', draft({ body: 'Halo {{1}} dan {{first_name}} siap ya.', examples: { 1: 'a', first_name: 'c' } }), 'body draft.variables'],
    ['a name with a digit', draft({ body: 'Halo {{name1}} siap ya.', examples: { name1: 'a' } }), 'body draft.variables'],
    ['no example', draft({ examples: { 1: 'Ana' } }), 'examples.2 draft.example'],
    ['a header too long', draft({ preview: { body: 'Halo.', header: { kind: 'text', text: 'x'.repeat(61) } } }), 'header draft.header'],
    ['a header of two variables', draft({ preview: { body: 'Halo.', header: { kind: 'text', text: '{{1}} {{2}}' } } }), 'header draft.header'],
    ['a picture without a sample', draft({ preview: { body: 'Halo.', header: { kind: 'image' } }, examples: {} }), 'examples.header draft.headerSample'],
    ['a header of sound', draft({ preview: { body: 'Halo.', header: { kind: 'audio' } } }), 'header draft.headerKind'],
    ['a variable in the footer', draft({ preview: { body: 'Halo.', footer: 'Dari {{1}}' } }), 'footer draft.footer'],
    ['eleven buttons', draft({ preview: { body: 'Halo.', buttons: Array.from({ length: 11 }, (_, at) => ({ kind: 'reply' as const, title: `B${at}` })) } }), 'buttons draft.buttons'],
    ['replies on both sides of a link', draft({ preview: { body: 'Halo.', buttons: [{ kind: 'reply', title: 'A' }, { kind: 'url', title: 'B', target: 'https://example.test' }, { kind: 'reply', title: 'C' }] } }), 'buttons draft.buttons'],
    ['a title too long', draft({ preview: { body: 'Halo.', buttons: [{ kind: 'reply', title: 'x'.repeat(26) }] } }), 'buttons draft.buttonTitle'],
    ['a link to nowhere', draft({ preview: { body: 'Halo.', buttons: [{ kind: 'url', title: 'B', target: 'javascript:alert(1)' }] } }), 'buttons draft.buttonUrl'],
    ['a variable in the middle of a link', draft({ preview: { body: 'Halo.', buttons: [{ kind: 'url', title: 'B', target: 'https://example.test/{{1}}/x' }] } }), 'buttons draft.buttonUrl'],
    ['a phone that is none', draft({ preview: { body: 'Halo.', buttons: [{ kind: 'phone', title: 'B', target: 'Ana' }] } }), 'buttons draft.buttonPhone'],
    ['a code without an example', draft({ preview: { body: 'Halo.', buttons: [{ kind: 'code', title: 'B' }] }, examples: {} }), 'examples.button.0.code draft.code'],
    ['a one-time code with words', draft({ category: 'AUTHENTICATION', preview: { body: 'Kode {{1}} ya.', buttons: [{ kind: 'code', title: 'Salin' }] } }), 'body draft.oneTimeText'],
    ['a one-time code without a button', draft({ category: 'AUTHENTICATION', preview: { body: '' } }), 'buttons draft.oneTimeButton'],
  ];
  const before = ctx.calls.length;
  for (const [name, given, problem] of wrong) {
    t.ok(problems(given).includes(problem), `${name}: ${problems(given).join(', ')}`);
    await t.rejects(create(given, ctx), name);
    const [, key = ''] = problem.split(' ');
    for (const words of Object.values(texts)) t.ok(Object.hasOwn(words, key), key);
  }
  t.equal(ctx.calls.length, before);
});

t.test('a template is made, approved, sent with its values, and deleted in one language', async (t) => {
  const full = draft({
    preview: {
      header: { kind: 'text', text: 'Pesanan {{1}}' }, body: 'Halo {{1}}, pesanan {{2}} sudah siap.', footer: 'Toko Contoh',
      buttons: [{ kind: 'reply', title: 'Pesan lagi' }, { kind: 'url', title: 'Lacak', target: 'https://shop.example.test/{{1}}' }, { kind: 'phone', title: 'Telepon', target: '+62 811-0000-001' }, { kind: 'code', title: 'Salin' }],
    },
    examples: { 1: 'Ana', 2: 'INV-7', 'header.1': 'INV-7', 'button.1': 'INV-7', 'button.3.code': 'HEMAT20' },
  });
  const made = await create(full, ctx);
  t.match(made, { name: 'order_ready', language: 'id', status: 'pending', category: 'UTILITY', variables: [{ key: 'header.1' }, { key: '1' }, { key: '2' }, { key: 'button.1', example: 'INV-7' }, { key: 'button.3.code' }] });
  await create({ ...full, language: 'en' }, ctx);
  await t.rejects(create(full, ctx), /Meta refused \(100\)/, 'twice is refused in Meta’s words');

  await emulator.decide(made.id, 'APPROVED');
  t.match(channel.parse(webhook(hook.received[0]?.body ?? ''), ctx.settings), [{ kind: 'template', template: made.id, name: 'order_ready', language: 'id', status: 'approved' }]);
  const content: OutContent = { kind: 'template', template: made.id, name: made.name, language: made.language, variables: { 'header.1': 'INV-8', 1: 'Budi', 2: 'INV-8\nsatu\tdua', 'button.1': 'INV-8', 'button.3.code': 'HEMAT20' } };
  t.match(await send(content), { accepted: {} });
  t.match(lastTemplate(), { components: [{ type: 'header', parameters: [{ text: 'INV-8' }] }, { type: 'body', parameters: [{ text: 'Budi' }, { text: 'INV-8 satu dua' }] }, { sub_type: 'url', index: '1' }, { sub_type: 'copy_code', index: '3' }] });
  t.match(await send({ ...content, variables: { 1: 'Budi' } }), { rejected: { code: '132000', scope: 'template' } });
  t.match(await send({ ...content, language: 'en' }), { rejected: { code: '132001', scope: 'template' } }, 'what is not approved cannot be sent');
  await emulator.decide(made.id, 'PAUSED');
  t.match(await send(content), { rejected: { code: '132015', scope: 'template' } });

  await remove(made.id, ctx);
  t.same((await list(ctx)).templates.map(({ name, language }) => `${name} ${language}`), ['order_ready en'], 'the other language stays');
  await t.rejects(remove(made.id, ctx), /Meta refused/);
});

t.test('a picture in the header is shown to Meta when it is made, and sent with every message', async (t) => {
  const withPicture = draft({ name: 'with_picture', preview: { header: { kind: 'image' }, body: 'Halo {{first_name}} sudah siap.' }, examples: { first_name: 'Ana', header: 'sample' } });
  const made = await create(withPicture, ctx);
  t.match(made, { preview: { header: { kind: 'image' }, body: 'Halo {{first_name}} sudah siap.' }, variables: [{ key: 'first_name', example: 'Ana' }] });
  await emulator.decide(made.id, 'APPROVED');
  ctx.stored.set('header', storedMedia(Buffer.from('another picture'), 'image/png', 'a.png'));
  const content: OutContent = { kind: 'template', template: made.id, name: made.name, language: 'id', variables: { first_name: 'Budi' }, media: { kind: 'image', id: 'header', mime: 'image/png', bytes: 15 } };
  t.match(await send(content), { accepted: {} });
  t.match(lastTemplate(), { components: [{ type: 'header', parameters: [{ type: 'image', image: { id: /^\d+$/ } }] }, { type: 'body', parameters: [{ parameter_name: 'first_name', text: 'Budi' }] }] });
  const { media: _, ...without } = content;
  t.match(await send(without), { rejected: { code: '132012', scope: 'template' } });
  const noApp = contextFor(emulator.settings);
  delete noApp.settings.appId;
  noApp.stored.set('sample', storedMedia(Buffer.from('x'), 'image/png'));
  await t.rejects(create({ ...withPicture, name: 'other' }, noApp), /enter the App ID/);
  await t.rejects(create({ ...withPicture, name: 'other', examples: { ...withPicture.examples, header: 'gone' } }, ctx), /not stored here/);
});

t.test('one-time codes and places in the header are sent as Meta wants them', async (t) => {
  const made = await create(draft({ name: 'otp', category: 'AUTHENTICATION', preview: { body: '', buttons: [{ kind: 'code', title: 'Salin' }] }, examples: {} }), ctx);
  await emulator.decide(made.id, 'APPROVED');
  const [listed] = (await list(ctx)).templates.filter(({ name }) => name === 'otp');
  t.match(listed, { variables: [{ key: 'otp.0' }], preview: { body: /\{\{otp\.0\}\}/ } });
  t.match(await send({ kind: 'template', template: made.id, name: 'otp', language: 'id', variables: { 'otp.0': '123456' } }), { accepted: {} });
  t.same((lastTemplate() as { components: unknown }).components, [{ type: 'body', parameters: [{ type: 'text', text: '123456' }] }, { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: '123456' }] }]);
  t.match(recordOf({ id: '9', name: 'p', language: 'id', status: 'APPROVED', components: [{ type: 'HEADER', format: 'LOCATION' }, { type: 'BODY', text: 'Di sini.' }] })?.variables, [{ key: 'header.latitude' }, { key: 'header.longitude' }, { key: 'header.name' }, { key: 'header.address' }]);
});

t.test('a long list comes page by page, and needs the business account', async (t) => {
  for (let at = 0; at < 120; at += 1) await create(draft({ name: `many_${at}` }), ctx);
  const first = await list(ctx);
  t.equal(first.templates.length, 100);
  const second = await list(ctx, first.next);
  t.equal(second.next, undefined);
  const names = [...first.templates, ...second.templates].map(({ id }) => id);
  t.equal(new Set(names).size, names.length);
  t.ok(names.length >= 120);
  const noAccount = contextFor(emulator.settings);
  delete noAccount.settings.businessAccountId;
  await t.rejects(list(noAccount), /needs the Business account ID/);
});

t.test('why Meta paused a template is worded in three languages', async (t) => {
  for (const word of ['FIRST_PAUSE', 'SECOND_PAUSE', 'RATE_LIMITING_PAUSE', 'DISABLED']) {
    for (const words of Object.values(texts)) t.ok(Object.hasOwn(words, `template.reason.${word}`), word);
  }
});
