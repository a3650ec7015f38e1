/** Sending, over real HTTP to the emulator: what goes out, and what each answer is taken for. */
import t from 'tap';
import { NotSent, Silence, type OutContent, type SendResult } from '#plugin';
import { world, type Saying } from '#testing';
import { startEmulator, type Fault } from './emulator.ts';
import { answers } from './evidence.ts';
import { contextFor, outgoing, receivedAt } from './fixtures.ts';
import channel from './index.ts';
import { resultOf } from './result.ts';

const emulator = await startEmulator({ appSecret: 'emulated-app-secret', accessToken: 'EAAemulatedemulatedemulated', phoneNumberIds: ['108100000000001', '108100000000002'] });
t.teardown(() => emulator.close());
const ctx = contextFor(emulator.settings);

const hello: OutContent = { kind: 'text', text: 'Hello' };
const send = (content: OutContent, more: Parameters<typeof outgoing>[1] = {}, context = ctx) => channel.send(outgoing(content, more), undefined, context);
/** As a channel is given what Meta says. */
const answer = (says: Saying) => world({}, says).ctx.fetch('https://graph.example.test/');
const lastBody = () => emulator.messages.at(-1)?.body;

/** What sending comes to while the fault is on: its result, or the name of what it threw. */
async function under(fault: Fault): Promise<SendResult | 'NotSent' | 'Silence' | 'Error'> {
  emulator.faults.add(fault);
  ctx.expect(fault);
  try {
    return await send(hello);
  } catch (error) {
    return error instanceof Silence ? 'Silence' : error instanceof NotSent ? 'NotSent' : 'Error';
  } finally {
    emulator.faults.clear();
    ctx.expect();
  }
}

t.test('every kind that the channel sends is taken by an API that checks it as Meta does', async (t) => {
  const contents: Record<string, [OutContent, object]> = {
    text: [hello, { type: 'text', text: { body: 'Hello' } }],
    'text with a link': [{ kind: 'text', text: 'see https://example.test' }, { text: { preview_url: true } }],
    buttons: [
      { kind: 'buttons', text: 'Go on?', header: 'Order', footer: 'Toko', buttons: [{ id: 'yes', title: 'Yes' }, { id: 'no', title: 'No' }] },
      { interactive: { type: 'button', header: { type: 'text', text: 'Order' }, body: { text: 'Go on?' }, footer: { text: 'Toko' }, action: { buttons: [{ type: 'reply', reply: { id: 'yes', title: 'Yes' } }, { type: 'reply', reply: { id: 'no', title: 'No' } }] } } },
    ],
    list: [
      { kind: 'list', text: 'Choose', button: 'See', sections: [{ title: 'Coffee', rows: [{ id: 'r1', title: 'Gayo', description: '250 g' }] }, { rows: [{ id: 'r2', title: 'Toraja' }] }] },
      { interactive: { type: 'list', action: { button: 'See', sections: [{ title: 'Coffee', rows: [{ id: 'r1', title: 'Gayo', description: '250 g' }] }, { title: '2', rows: [{ id: 'r2', title: 'Toraja' }] }] } } },
    ],
    link: [{ kind: 'link', text: 'Track it', title: 'Open', url: 'https://shop.example.test/t/1' }, { interactive: { type: 'cta_url', action: { name: 'cta_url', parameters: { display_text: 'Open', url: 'https://shop.example.test/t/1' } } } }],
    'location request': [{ kind: 'location-request', text: 'Where are you?' }, { interactive: { type: 'location_request_message', action: { name: 'send_location' } } }],
    location: [{ kind: 'location', latitude: -6.2, longitude: 106.8, name: 'Monas' }, { type: 'location', location: { latitude: -6.2, longitude: 106.8, name: 'Monas' } }],
    contacts: [{ kind: 'contacts', contacts: [{ name: 'Budi', phones: ['+62813'], emails: [] }] }, { type: 'contacts', contacts: [{ name: { formatted_name: 'Budi', first_name: 'Budi' }, phones: [{ phone: '+62813' }] }] }],
    reaction: [{ kind: 'reaction', emoji: '👍', to: 'wamid.TARGET' }, { type: 'reaction', reaction: { message_id: 'wamid.TARGET', emoji: '👍' } }],
    'a reaction taken back': [{ kind: 'reaction', emoji: '', to: 'wamid.TARGET' }, { reaction: { emoji: '' } }],
    'a template without variables': [{ kind: 'template', template: '55000', name: 'hello_world', language: 'en_US', variables: {} }, { template: { name: 'hello_world', language: { code: 'en_US' } } }],
    'a template by position': [
      { kind: 'template', template: '55001', name: 'order_ready', language: 'id', variables: { 2: 'INV-7', 1: 'Ana', 10: 'x', 'header.1': 'Toko', 'button.0': 'INV-7', 'button.1.payload': 'REORDER', 'button.2.code': 'HEMAT20' } },
      {
        template: {
          components: [
            { type: 'header', parameters: [{ type: 'text', text: 'Toko' }] },
            { type: 'body', parameters: [{ type: 'text', text: 'Ana' }, { type: 'text', text: 'INV-7' }, { type: 'text', text: 'x' }] },
            { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: 'INV-7' }] },
            { type: 'button', sub_type: 'quick_reply', index: '1', parameters: [{ type: 'payload', payload: 'REORDER' }] },
            { type: 'button', sub_type: 'copy_code', index: '2', parameters: [{ type: 'coupon_code', coupon_code: 'HEMAT20' }] },
          ],
        },
      },
    ],
    'a template by name': [
      { kind: 'template', template: '55002', name: 'greeting', language: 'id', variables: { first_name: 'Ana' } },
      { template: { components: [{ type: 'body', parameters: [{ type: 'text', parameter_name: 'first_name', text: 'Ana' }] }] } },
    ],
  };
  for (const [name, [content, expected]] of Object.entries(contents)) {
    const before = emulator.messages.length;
    const result = await send(content, { replyTo: 'wamid.QUESTION' });
    t.match(result, { accepted: { refs: [/^wamid\./] } }, name);
    t.equal(emulator.messages.length, before + 1, `${name} is one message`);
    t.match(lastBody(), { messaging_product: 'whatsapp', recipient_type: 'individual', to: '628120000002', biz_opaque_callback_data: /^ref-/, context: { message_id: 'wamid.QUESTION' }, ...expected }, name);
  }
  t.notHas(lastBody(), { recipient: String });
});

t.test('a phone number wins over a user id, and a user id alone is enough', async (t) => {
  const user = { kind: 'user' as const, value: 'ID.13491208655302741918' };
  await send(hello, { to: [user, { kind: 'phone', value: '628130000003' }] });
  t.match(lastBody(), { to: '628130000003' });
  t.notHas(lastBody(), { recipient: String });
  t.match(await send(hello, { to: [{ kind: 'username', value: 'ana' }, user] }), { accepted: { refs: [/^wamid/] } });
  t.match(lastBody(), { recipient: user.value });
  t.notHas(lastBody(), { to: String });
  t.match(await send(hello, { to: [{ kind: 'username', value: 'ana' }] }), { rejected: { code: 'no-recipient', scope: 'contact' } });
});

t.test('each number sends under its own id', async (t) => {
  await send(hello, { account: '108100000000002' });
  t.equal(emulator.messages.at(-1)?.account, '108100000000002');
  t.match(await send(hello, { account: '999999999999999' }), { rejected: { code: '100', scope: 'number' } });
});

t.test('what Meta refuses is refused, with Meta’s words and whose it is', async (t) => {
  t.match(await send({ kind: 'text', text: 'x'.repeat(4097) }), { rejected: { code: '131009', said: /at most 4096/, scope: 'message' } });
  t.match(await send({ kind: 'buttons', text: 'x', buttons: [{ id: 'a', title: 'x'.repeat(21) }] }), { rejected: { code: '131009', said: /at most 20/ } });
  const dead = contextFor({ ...emulator.settings, accessToken: 'EAAdeaddeaddeaddeaddead' });
  t.match(await send(hello, {}, dead), { rejected: { code: '190', scope: 'connection' } });
});

t.test('limits of Meta’s are waited for, as long as it says', async (t) => {
  t.match(await under({ kind: 'error', code: 131056 }), { retry: { code: '131056', scope: 'pair', afterMs: 6000 } });
  t.match(await under({ kind: 'error', code: 130429 }), { retry: { code: '130429', scope: 'number' } });
  t.match(await under({ kind: 'error', status: 429, retryAfter: 17 }), { retry: { scope: 'number', afterMs: 17_000 } });
  t.match(await under({ kind: 'error', status: 429, retryAfter: new Date(receivedAt + 42_000).toUTCString() }), { retry: { afterMs: 42_000 } });
  t.match(await under({ kind: 'html', status: 429, retryAfter: 5 }), { retry: { code: 'http-429', afterMs: 5000 } });
  t.match(await under({ kind: 'error', status: 429, retryAfter: 'soon' }), { retry: { afterMs: 2000 } }, 'what cannot be read is not waited for');
  t.match(await under({ kind: 'error', status: 429, retryAfter: 999_999_999 }), { retry: { afterMs: 86_400_000 } }, 'nor is it waited for ever');
  t.match(await under({ kind: 'error', code: 80007 }), { retry: { scope: 'connection' } });
});

t.test('a fault that Meta owns up to is tried again; where it says nothing the outcome is unknown', async (t) => {
  t.match(await under({ kind: 'error', status: 500 }), { retry: { code: '131000' } });
  t.match(await under({ kind: 'error', code: 131016 }), { retry: { code: '131016', scope: 'number' } });
  t.equal(await under({ kind: 'html' }), 'Silence', 'a page of a proxy');
  t.equal(await under({ kind: 'malformed' }), 'Silence');
  t.equal(await under({ kind: 'empty' }), 'Silence');
  t.equal(await under({ kind: 'empty', status: 503 }), 'Silence');
  t.equal(await under({ kind: 'hang' }), 'Silence');
  t.equal(await under({ kind: 'drop' }), 'Silence');
  t.equal(await under({ kind: 'slow', everyMs: 50 }), 'Silence');
  t.equal(await under({ kind: 'huge' }), 'Silence');
});

t.test('a base URL that leads elsewhere stops the connection and is named', async (t) => {
  t.match(await under({ kind: 'redirect' }), { rejected: { code: 'base-url', scope: 'connection', said: new RegExp(emulator.url) } });
  t.match(await under({ kind: 'html', status: 404 }), { rejected: { code: 'base-url', scope: 'connection', said: new RegExp(emulator.url) } });
});

t.test('where nobody listens nothing was sent', async (t) => {
  const away = await startEmulator({ appSecret: 'x', accessToken: 'y' });
  await away.close();
  await t.rejects(send(hello, {}, contextFor({ ...emulator.settings, apiBaseUrl: away.url })), NotSent);
});

t.test('sending is one call, whatever comes of it', async (t) => {
  const kinds = ['error', 'html', 'malformed', 'empty', 'redirect', 'hang', 'drop'] as const;
  for (const kind of kinds) {
    const before = ctx.calls.length;
    await under({ kind });
    t.equal(ctx.calls.length, before + 1, kind);
  }
});

t.test('no credential stands in what Meta is quoted with', async (t) => {
  const { accessToken, appSecret } = ctx.settings;
  const said = `Invalid token ${accessToken} and ${appSecret}, also EAAGanotherTokenOfSomebody123 in access_token=abc`;
  const result = resultOf(await answer({ status: 400, body: JSON.stringify({ error: { code: 100, message: said.repeat(5) } }) }), ctx);
  const words = JSON.stringify(result);
  for (const secret of [accessToken, appSecret, 'EAAGanother', 'abc']) t.notOk(words.includes(secret), secret);
  t.ok('rejected' in result && result.rejected.said.length <= 300, 'and it is short');
});

t.test('what Meta says about the recipient is only told where it is news', async (t) => {
  const yes = await answer({ status: 200, body: '{"contacts":[{"input":"5511987654321","wa_id":"551187654321","user_id":"BR.1"}],"messages":[{"id":"wamid.1"}]}' });
  t.same(resultOf(yes, ctx, [{ kind: 'phone', value: '5511987654321' }, { kind: 'user', value: 'BR.1' }]), { accepted: { refs: ['wamid.1'], learned: [{ kind: 'phone', value: '551187654321' }] } });
  t.same(resultOf(yes, ctx, [{ kind: 'phone', value: '551187654321' }, { kind: 'user', value: 'BR.1' }]), { accepted: { refs: ['wamid.1'] } });
});

t.test('every recorded answer is taken for what it is', async (t) => {
  for (const { name, status, headers, body, expect } of answers) {
    let result: unknown;
    try {
      result = resultOf(await answer({ status, body, ...(headers && { headers }) }), ctx);
    } catch (error) {
      result = error instanceof Silence ? 'silence' : error;
    }
    t.match(result, expect, name);
  }
});

t.test('a message is marked as read, with and without typing, by the number that received it', async (t) => {
  const heard = { account: '108100000000001', from: [{ kind: 'phone' as const, value: '628120000002' }], ref: 'wamid.IN' };
  const sent = emulator.messages.length;
  await channel.markRead?.(heard, ctx);
  await channel.typing?.({ ...heard, account: '108100000000002' }, ctx);
  t.same(emulator.requests.slice(-2).map(({ path, status }) => [path, status]), [['/v23.0/108100000000001/messages', 200], ['/v23.0/108100000000002/messages', 200]]);
  t.equal(emulator.messages.length, sent, 'and nothing was sent');
});
