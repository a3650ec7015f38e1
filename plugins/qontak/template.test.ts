/** Templates: Qontak's records read, every page of them, and drafts submitted. */
import t from 'tap';
import type { TemplateDraft } from '#plugin';
import { startEmulator } from './emulator.ts';
import { contextFor } from './fixtures.ts';
import channel from './index.ts';
import { draftBody, validate } from './draft.ts';
import { recordOf } from './template.ts';

const record = { id: 'cf7a16bd-0000-4000-8000-000000000002', organization_id: '5c85', name: 'order_ready', language: 'id', body: 'Halo {{1}}, pesanan {{2}} siap.', status: 'APPROVED', category: 'UTILITY', quality_rating: null, quality_rating_text: 'Neutral', type: 'campaign' };

t.test('a record is read as people see it, with what must be filled in', async (t) => {
  t.same(
    recordOf({
      ...record,
      header: { format: 'IMAGE', example: 'https://cdn.example.test/a.jpg' },
      footer: 'Toko',
      buttons: [
        { type: 'URL', text: 'Lacak', url: 'https://shop.example.test/{{1}}', example: '["https://shop.example.test/INV-7"]' },
        { type: 'QUICK_REPLY', text: 'Ok' },
        { type: 'PHONE_NUMBER', text: 'Telepon', phone_number: '+62811' },
      ],
    }),
    {
      id: record.id,
      name: 'order_ready',
      language: 'id',
      status: 'approved',
      category: 'UTILITY',
      quality: 'Neutral',
      components: {
        header: { format: 'IMAGE', example: 'https://cdn.example.test/a.jpg' },
        body: record.body,
        footer: 'Toko',
        buttons: [
          { type: 'URL', text: 'Lacak', url: 'https://shop.example.test/{{1}}', example: '["https://shop.example.test/INV-7"]' },
          { type: 'QUICK_REPLY', text: 'Ok' },
          { type: 'PHONE_NUMBER', text: 'Telepon', phone_number: '+62811' },
        ],
      },
      preview: {
        header: { kind: 'image' },
        body: 'Halo {{1}}, pesanan {{2}} siap.',
        footer: 'Toko',
        buttons: [{ kind: 'url', title: 'Lacak', target: 'https://shop.example.test/{{1}}' }, { kind: 'reply', title: 'Ok' }, { kind: 'phone', title: 'Telepon', target: '+62811' }],
      },
      variables: [{ key: '1' }, { key: '2' }, { key: 'button.0', example: 'INV-7' }],
    },
  );
});

t.test('old and odd records are read as far as they go', async (t) => {
  t.match(recordOf({ ...record, header: null, footer: null, buttons: undefined }), { preview: { body: record.body }, variables: [{ key: '1' }, { key: '2' }] });
  t.match(recordOf({ ...record, header: { format: 'TEXT', text: 'Untuk {{1}}' } }), { preview: { header: { kind: 'text', text: 'Untuk {{1}}' } }, variables: [{ key: 'header.1' }, {}, {}] });
  t.match(recordOf({ ...record, body: 'Halo {{first_name}}' }), { variables: [{ key: 'first_name' }] });
  t.match(recordOf({ ...record, body: '{{1}} adalah kode Anda.', buttons: [{ type: 'OTP', text: 'Salin' }] }), { preview: { body: '{{code}} adalah kode Anda.', buttons: [{ kind: 'code', title: 'Salin' }] }, variables: [{ key: 'code' }] });
  const statuses = { APPROVED: 'approved', PENDING: 'pending', IN_APPEAL: 'pending', REJECTED: 'rejected', PAUSED: 'paused', DISABLED: 'disabled', PENDING_DELETION: 'disabled', SOMETHING_NEW: 'pending' };
  for (const [word, status] of Object.entries(statuses)) t.equal(recordOf({ ...record, status: word })?.status, status, word);
  for (const nothing of [null, 7, {}, { ...record, id: null }, { ...record, name: '' }, { ...record, status: 'DELETED' }]) t.equal(recordOf(nothing), undefined, JSON.stringify(nothing));
});

t.test('every page is asked for, by number or by cursor', async (t) => {
  const emulator = await startEmulator({ accessToken: 'tok_emulated_0001' });
  t.teardown(() => emulator.close());
  emulator.account.templates.clear();
  for (let at = 0; at < 120; at += 1) emulator.account.templates.set(`t${at}`, { ...record, id: `t${at}`, name: `t_${at}` });
  const ctx = contextFor(t, channel, emulator.settings);
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await channel.templates?.list(ctx, cursor);
    ids.push(...(page?.templates ?? []).map(({ id }) => id));
    cursor = page?.next;
  } while (cursor !== undefined);
  t.equal(new Set(ids).size, 120);
  t.equal(ids.length, 120);

  const asked: string[] = [];
  const pages = new Map([['', 'c 1'], ['c 1', 'c/2'], ['c/2', '']]);
  const byCursor = { ...ctx, fetch: async (url: string) => {
    const at = new URL(url).searchParams.get('cursor') ?? '';
    asked.push(at);
    const body = { status: 'success', data: [{ ...record, id: `after ${at}` }], meta: { pagination: { cursor: { next: pages.get(at) || null }, limit: 50, total: 3 } } };
    return { status: 200, headers: {}, body: Buffer.alloc(0), text: () => JSON.stringify(body), json: () => body };
  } };
  let next: string | undefined;
  do next = (await channel.templates?.list(byCursor, next))?.next;
  while (next !== undefined);
  t.same(asked, ['', 'c 1', 'c/2']);
});

const draft: TemplateDraft = {
  name: 'order_ready_2',
  language: 'id',
  category: 'utility',
  preview: { header: { kind: 'text', text: 'Pesanan' }, body: 'Halo {{1}}, siap.', footer: 'Toko', buttons: [{ kind: 'url', title: 'Lacak', target: 'https://shop.example.test/{{1}}' }, { kind: 'reply', title: 'Ok' }, { kind: 'phone', title: 'Telepon', target: '+6281100001' }] },
  examples: { 1: 'Ana', 'button.0': 'INV-7' },
};

t.test('a draft is submitted as the SDK’s types have it, and waits', async (t) => {
  t.same(draftBody(draft), {
    name: 'order_ready_2',
    category: 'UTILITY',
    attributes: [
      {
        language: 'id',
        components: [
          { type: 'HEADER', format: 'TEXT', text: 'Pesanan' },
          { type: 'BODY', text: 'Halo {{1}}, siap.', example: { body_text: ['Ana'] } },
          { type: 'FOOTER', text: 'Toko' },
          { type: 'BUTTONS', buttons: [{ type: 'URL', text: 'Lacak', url: 'https://shop.example.test/{{1}}', example: ['https://shop.example.test/INV-7'] }, { type: 'QUICK_REPLY', text: 'Ok' }, { type: 'PHONE_NUMBER', text: 'Telepon', phone_number: '+6281100001' }] },
        ],
      },
    ],
  });
  const emulator = await startEmulator({ accessToken: 'tok_emulated_0001' });
  t.teardown(() => emulator.close());
  const ctx = contextFor(t, channel, emulator.settings);
  t.match(await channel.templates?.create?.(draft, ctx), { name: 'order_ready_2', language: 'id', status: 'pending', preview: { body: 'Halo {{1}}, siap.' } });
  await t.rejects(async () => channel.templates?.create?.({ ...draft, name: 'Not a name' }, ctx), { code: 'http-422', message: 'Name is invalid' });
});

t.test('what WhatsApp would refuse is told beside its field before anything is asked', async (t) => {
  t.same(validate(draft), []);
  const wrong: [string, Partial<TemplateDraft>][] = [
    ['draft.name', { name: 'Order Ready' }],
    ['draft.language', { language: 'Indonesian' }],
    ['draft.category', { category: 'AUTHENTICATION' }],
    ['draft.headerMedia', { preview: { ...draft.preview, header: { kind: 'image' } } }],
    ['draft.headerVariable', { preview: { ...draft.preview, header: { kind: 'text', text: 'Halo {{1}}' } } }],
    ['draft.headerLength', { preview: { ...draft.preview, header: { kind: 'text', text: 'x'.repeat(61) } } }],
    ['draft.body', { preview: { ...draft.preview, body: 'x'.repeat(1025) } }],
    ['draft.numbers', { preview: { ...draft.preview, body: 'Halo {{2}}, siap.' }, examples: { 2: 'x', 'button.0': 'x' } }],
    ['draft.edges', { preview: { ...draft.preview, body: 'Halo {{1}}' } }],
    ['draft.example', { examples: { 'button.0': 'x' } }],
    ['draft.footer', { preview: { ...draft.preview, footer: '{{1}}' } }],
    ['draft.buttons', { preview: { ...draft.preview, buttons: Array.from({ length: 11 }, () => ({ kind: 'reply' as const, title: 'Ok' })) } }],
    ['draft.button', { preview: { ...draft.preview, buttons: [{ kind: 'url', title: 'Lacak', target: 'not a link' }] } }],
    ['draft.button', { preview: { ...draft.preview, buttons: [{ kind: 'reply', title: 'x'.repeat(26) }] } }],
    ['draft.button', { examples: { 1: 'Ana' } }],
  ];
  for (const [problem, change] of wrong) t.same(validate({ ...draft, ...change }).map((one) => one.problem), [problem], problem);
});
