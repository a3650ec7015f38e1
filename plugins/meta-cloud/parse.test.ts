import t from 'tap';
import type { Event } from '#plugin';
import { chance } from '../../test/kit/chance.ts';
import { evidence, settings } from './evidence.ts';
import { envelope, receivedAt, webhook } from './fixtures.ts';
import channel from './index.ts';

const parse = (body: string): Event[] => channel.parse(webhook(body), settings);
const first = (body: string): Event => {
  const [event] = parse(body);
  if (!event) throw new Error('There is no event.');
  return event;
};
const text = (id: string, body = 'Halo', more: object = {}) => ({ from: '628120000002', id, timestamp: '1767225600', type: 'text', text: { body }, ...more });

t.test('every piece of evidence says what its document says', async (t) => {
  for (const { name, body, expect } of evidence) {
    const events = parse(body);
    t.equal(events.length, expect.length, name);
    t.match(events, expect, name);
  }
});

t.test('3 entries of 3 changes of 3 messages are 27 messages in their order', async (t) => {
  const ids = Array.from({ length: 27 }, (_, at) => `wamid.${at}`);
  const entry = [0, 1, 2].map((e) => ({
    id: String(e),
    changes: [0, 1, 2].map((c) => ({
      field: 'messages',
      value: { metadata: { phone_number_id: `10810000000000${e}` }, messages: [0, 1, 2].map((m) => text(ids[e * 9 + c * 3 + m] ?? '')) },
    })),
  }));
  const events = parse(JSON.stringify({ object: 'whatsapp_business_account', entry }));
  t.same(events.map(({ id }) => id), ids);
  t.same(events.map(({ account }) => account?.at(-1)), [...'000000000111111111222222222']);
  t.ok(events.every(({ kind }) => kind === 'message'));
});

t.test('a batch of 1,000 is read whole and in order', async (t) => {
  const events = parse(envelope({ messages: Array.from({ length: 1000 }, (_, at) => text(`wamid.${at}`, `message ${at}`)) }));
  t.equal(events.length, 1000);
  t.ok(events.every((event, at) => event.kind === 'message' && event.id === `wamid.${at}` && event.content.kind === 'text' && event.content.text === `message ${at}`));
});

t.test('what is empty or missing leaves a trace and no message', async (t) => {
  const bodies = {
    'no messages in the list': envelope({ messages: [] }),
    'no list': envelope({}),
    'a list that is none': envelope({ messages: { from: '1' } }),
    'no changes': '{"object":"whatsapp_business_account","entry":[{"id":"1"}]}',
    'no entries': '{"object":"whatsapp_business_account"}',
    'null everywhere': '{"object":"whatsapp_business_account","entry":[null,{"changes":null},{"changes":[null,{"field":null,"value":null}]}]}',
    'another product': '{"object":"page","entry":[{"id":"1","changes":[{"field":"messages","value":{"messages":[{"from":"628120000002","id":"x","type":"text","text":{"body":"x"}}]}}]}]}',
  };
  for (const [name, body] of Object.entries(bodies)) {
    const events = parse(body);
    t.ok(events.length > 0 && events.every(({ kind }) => kind === 'ignored'), name);
  }
});

t.test('a message without contacts is from whoever it says', async (t) => {
  t.match(first(envelope({ messages: [text('wamid.1')] })), { kind: 'message', from: [{ kind: 'phone', value: '628120000002' }], content: { text: 'Halo' } });
  t.notHas(first(envelope({ messages: [text('wamid.1')] })), { name: String });
});

t.test('each message gets the name of its own contact', async (t) => {
  const contacts = [
    { profile: { name: 'Budi' }, wa_id: '628130000003' },
    { profile: { name: 'Ana' }, wa_id: '628120000002' },
    { profile: { name: 'Citra' }, user_id: 'ID.3' },
  ];
  const messages = [text('a'), text('b', 'x', { from: '628130000003' }), text('c', 'x', { from: undefined, from_user_id: 'ID.3' }), text('d', 'x', { from: '628140000004' })];
  t.same(parse(envelope({ contacts, messages })).map((event) => (event.kind === 'message' ? event.name : '')), ['Ana', 'Budi', 'Citra', undefined]);
});

t.test('a message from nobody is ignored, with the reason', async (t) => {
  t.match(first(envelope({ messages: [{ id: 'wamid.1', timestamp: '1767225600', type: 'text', text: { body: 'x' } }] })), { kind: 'ignored', why: 'It does not say who wrote.' });
});

t.test('phones come as digits, however they are written, and user ids are never taken for phones', async (t) => {
  const from = (value: unknown) => {
    const event = first(envelope({ messages: [text('wamid.1', 'x', { from: value })] }));
    return event.kind === 'message' ? event.from : event.kind;
  };
  t.same(from('+62 812-0000-002'), [{ kind: 'phone', value: '628120000002' }]);
  t.same(from(628120000002), [{ kind: 'phone', value: '628120000002' }]);
  t.same(from('ID.13491208655302741918'), [{ kind: 'user', value: 'ID.13491208655302741918' }]);
  for (const wrong of ['', '12', 'x'.repeat(40), null, {}, [], true, '9'.repeat(40)]) t.equal(from(wrong), 'ignored', JSON.stringify(wrong));
});

t.test('a time is Meta’s seconds; what cannot be one is when it came in', async (t) => {
  const at = (timestamp: unknown) => first(envelope({ messages: [text('wamid.1', 'x', { timestamp })] })).at;
  t.equal(at('1767225600'), 1_767_225_600_000);
  t.equal(at(1_767_225_600), 1_767_225_600_000);
  for (const wrong of [undefined, null, '', 'soon', '-5', '0', '1e400', '99999999999999', {}, [], '1767225600000']) t.equal(at(wrong), receivedAt, JSON.stringify(wrong));
  t.equal(first(envelope({ messages: [text('wamid.1', 'x', { timestamp: 5 })] }).replace('"timestamp":5', '"timestamp":1e999')).at, receivedAt);
  t.equal(at(String(receivedAt / 1000 + 3600)), receivedAt + 3_600_000, 'a clock may be an hour ahead');
  t.equal(at(String(receivedAt / 1000 + 90_000)), receivedAt, 'but not a day');
});

t.test('numbers beyond 2^53 keep their digits', async (t) => {
  const field = (value: string, name = 'message_template_status_update') => `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"${name}","value":${value}}]}]}`;
  t.match(first(field('{"event":"APPROVED","message_template_id":1234567890123456789}')), { template: '1234567890123456789' });
  t.match(first(field('{"event":"APPROVED","message_template_id" :\n 9007199254740993}')), { template: '9007199254740993' });
  t.match(first(field('{"event":"APPROVED","message_template_id":9007199254740991}')), { template: '9007199254740991' });
  t.match(first(envelope({ messages: [text('wamid.1', 'my number is: 12345678901234567890')] })), { content: { text: 'my number is: 12345678901234567890' } });
});

t.test('the same event has the same id in any batch, and another has another', async (t) => {
  const status = (word: string, recipient = '628120000002') => ({ id: 'wamid.OURS', status: word, timestamp: '1767225600', recipient_id: recipient });
  const alone = ['sent', 'delivered', 'read', 'played'].map((word) => first(envelope({ statuses: [status(word)] })).id);
  const together = parse(envelope({ statuses: ['sent', 'delivered', 'read', 'played'].map((word) => status(word)) })).map(({ id }) => id);
  t.same(alone, together);
  t.equal(new Set(alone).size, 4);
  t.not(first(envelope({ statuses: [status('sent', '628130000003')] })).id, alone[0]);

  const field = (name: string, value: object) => JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', time: 1_767_225_600, changes: [{ field: name, value }] }] });
  t.equal(first(field('account_update', { event: 'X' })).id, first(field('account_update', { event: 'X' })).id);
  t.not(first(field('account_update', { event: 'X' })).id, first(field('account_update', { event: 'Y' })).id);
  t.equal(first(envelope({ messages: [text('w'.repeat(5000))] })).id, first(envelope({ messages: [text('w'.repeat(5000))] })).id);
  t.ok(first(envelope({ messages: [text('w'.repeat(5000))] })).id.length <= 250, 'an id fits its column');
});

t.test('wrong types become something that is kept', async (t) => {
  const kindOf = (message: object) => {
    const event = first(envelope({ messages: [{ from: '628120000002', id: 'wamid.1', timestamp: '1767225600', ...message }] }));
    return event.kind === 'message' ? event.content : event.kind;
  };
  t.match(kindOf({ type: 'text' }), { kind: 'unsupported', what: 'text' });
  t.match(kindOf({ type: 'text', text: { body: { $ne: 1 } } }), { kind: 'unsupported', what: 'text' });
  t.match(kindOf({ type: 'text', text: [] }), { kind: 'unsupported', what: 'text' });
  t.match(kindOf({}), { kind: 'unsupported', what: 'untyped' });
  t.match(kindOf({ type: 5 }), { kind: 'unsupported', what: '5' });
  t.match(kindOf({ type: 'constructor' }), { kind: 'unsupported', what: 'constructor' });
  t.match(kindOf({ type: '__proto__' }), { kind: 'unsupported', what: '__proto__' });
  t.match(kindOf({ type: 'image', image: { mime_type: 'image/png' } }), { kind: 'unsupported', what: 'image' });
  t.match(kindOf({ type: 'location', location: { latitude: 'x', longitude: 5 } }), { kind: 'unsupported', what: 'location' });
  t.match(kindOf({ type: 'location', location: { latitude: 95, longitude: 5 } }), { kind: 'unsupported', what: 'location' });
  t.match(kindOf({ type: 'contacts', contacts: [] }), { kind: 'unsupported', what: 'contacts' });
  t.match(kindOf({ type: 'contacts', contacts: [{ phones: [{ wa_id: '628130000003' }] }] }), { kind: 'contacts', contacts: [{ name: '628130000003', phones: ['628130000003'] }] });
  t.match(kindOf({ type: 'order', order: { product_items: 'x' } }), { kind: 'unsupported', what: 'order' });
  t.match(kindOf({ type: 'interactive', interactive: { type: 'button_reply', button_reply: {} } }), { kind: 'unsupported', what: 'button_reply' });
  t.match(kindOf({ type: 'button', button: { text: 'Ya' } }), { kind: 'choice', id: 'Ya', text: 'Ya' });
  t.match(kindOf({ type: 'reaction', reaction: {} }), { kind: 'reaction' }, 'a reaction to nothing is a message');
  t.match(kindOf({ type: 'edit', edit: {} }), { kind: 'unsupported', what: 'edit' });
  t.match(kindOf({ type: 'system', system: { type: 'user_changed_number' } }), { kind: 'system', what: 'user_changed_number' }, 'a move to nowhere is a message');
});

t.test('a change of number that says nothing of before but a username is a message of the number that they have now', async (t) => {
  const contacts = [{ wa_id: '628140000004', profile: { name: 'Ana', username: '@ana' } }];
  const moved = { from: '628140000004', id: 'wamid.MOVED', timestamp: '1767225600', type: 'system', system: { type: 'user_changed_number', wa_id: '628140000004', body: 'Ana changed' } };
  t.match(first(envelope({ contacts, messages: [moved] })), { kind: 'message', from: [{ kind: 'phone', value: '628140000004' }, { kind: 'username', value: 'ana' }], content: { kind: 'system', what: 'user_changed_number', text: 'Ana changed' } });
});

t.test('of several ids that changed, one that is not told whole is kept with the reason', async (t) => {
  const whole = { wa_id: '628120000002', user_id: { previous: 'ID.1', current: 'ID.2' }, timestamp: '1767225600' };
  const events = parse(JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [{ field: 'user_id_update', value: { user_id_update: [whole, { username: '@ana', timestamp: '1767225600' }] } }] }] }));
  t.match(events, [{ kind: 'identity' }, { kind: 'ignored', why: /whose id changed/ }]);
});

t.test('a form’s answers are data, and a key that could change a prototype is left out of them', async (t) => {
  const form = (response: string) => first(envelope({ messages: [{ from: '628120000002', id: 'wamid.1', timestamp: '1767225600', type: 'interactive', interactive: { type: 'nfm_reply', nfm_reply: { name: 'flow', response_json: response } } }] }));
  const event = form('{"age":"30","__proto__":{"polluted":true},"deep":{"__proto__":{"polluted":true}}}');
  t.match(event, { content: { kind: 'form', answers: { age: '30' } } });
  t.equal(JSON.stringify(event).includes('polluted'), false);
  t.match(form(`${'['.repeat(5000)}${']'.repeat(5000)}`), { content: { answers: /^\[\[/ } }, 'what is nested too deep stays text');
});

t.test('keys that could change a prototype change nothing', async (t) => {
  const poison = '{"object":"whatsapp_business_account","__proto__":{"polluted":1},"entry":[{"__proto__":{"polluted":1},"changes":[{"field":"__proto__","value":{"__proto__":{"messages":[{"from":"1"}]},"constructor":{"prototype":{"polluted":1}}}}]}]}';
  t.match(parse(poison), [{ kind: 'ignored' }]);
  t.equal('polluted' in {}, false);
});

t.test('a file name cannot hold a path or hide its ending', async (t) => {
  const name = (filename: string) => {
    const event = first(envelope({ messages: [{ from: '628120000002', id: 'wamid.1', timestamp: '1767225600', type: 'document', document: { id: '9', filename } }] }));
    return event.kind === 'message' && event.content.kind === 'document' ? event.content.media.name : undefined;
  };
  t.equal(name('../../etc/passwd'), '.._.._etc_passwd');
  t.equal(name('a\u0000b.pdf'), 'a_b.pdf');
  t.equal(name('invoice\u202efdp.exe'), 'invoice_fdp.exe');
  t.equal(name('x'.repeat(500))?.length, 200);
});

t.test('what is not a JSON object is refused in words for the ledger', async (t) => {
  for (const body of ['', 'x', '{"a":', '\ufeff{}', '{}\u0000', 'object=1']) t.throws(() => parse(body), { message: 'The body is not JSON that can be read.' }, JSON.stringify(body));
  for (const body of ['null', '[]', '"x"', '5', 'true']) t.throws(() => parse(body), { message: 'The body is JSON, but not an object.' }, body);
});

t.test('bytes that are not UTF-8 and halves of characters are read as far as they go', async (t) => {
  const body = Buffer.concat([Buffer.from(envelope({ messages: [text('wamid.1', 'a')] }).replace('"a"', '"a')), Buffer.from([0xff, 0xfe])]);
  const whole = Buffer.concat([body.subarray(0, body.indexOf('"a') + 2), Buffer.from([0xff, 0xfe]), body.subarray(body.indexOf('"a') + 2, -2)]);
  const repaired = whole.toString('latin1').replace('a\u00ff\u00fe', 'a\u00ff\u00fe"');
  t.match(channel.parse(webhook(Buffer.from(repaired, 'latin1')), settings), [{ kind: 'message', content: { text: 'a\ufffd\ufffd' } }]);
  t.match(first(envelope({ messages: [text('wamid.1')] }).replace('Halo', '\\ud800')), { content: { text: '\ud800' } });
});

t.test('of 20,000 mutations of the evidence none that is a JSON object makes it throw', async (t) => {
  const seed = 20_261_121;
  t.comment(`seed ${seed}`);
  const { below: random } = chance(seed);
  const values = [null, true, 0, -1, 1e308, '', 'x', '__proto__', [], {}, [[]], { length: 5 }, '9'.repeat(40), '\u0000', ['text'], { body: null }, 'x'.repeat(3000)];

  /** One place of the tree gets another value, loses its own, or changes its name. */
  function mutate(tree: unknown, depth = 0): unknown {
    if (typeof tree !== 'object' || tree === null || (depth > 2 && random(6) === 0)) return values[random(values.length)];
    const keys = Object.keys(tree);
    const key = keys[random(Math.max(1, keys.length))];
    if (key === undefined) return values[random(values.length)];
    if (Array.isArray(tree)) return tree.flatMap((member, at) => (String(at) === key ? (random(8) === 0 ? [] : random(8) === 0 ? [member, member] : [mutate(member, depth + 1)]) : [member]));
    const entries = Object.entries(tree).flatMap(([name, member]) => {
      if (name !== key) return [[name, member]];
      const what = random(10);
      return what === 0 ? [] : what === 1 ? [[`${name}_`, member]] : [[name, mutate(member, depth + 1)]];
    });
    return Object.fromEntries(entries);
  }

  const bodies = evidence.map(({ body }): unknown => JSON.parse(body));
  const kinds = new Set<string>();
  for (let made = 0; made < 20_000; made += 1) {
    let tree = bodies[made % bodies.length];
    for (let changes = 1 + random(4); changes > 0; changes -= 1) tree = mutate(tree);
    if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) continue;
    const body = JSON.stringify(tree);
    try {
      const found = parse(body);
      if (found.length === 0 || found.some(({ id, at }) => id === '' || !Number.isSafeInteger(at))) throw new Error('an event has no id or no time');
      for (const { kind } of found) kinds.add(kind);
    } catch (error) {
      t.fail(`mutation ${made} of seed ${seed}: ${String(error)}\n${body.slice(0, 2000)}`);
      return;
    }
  }
  t.same([...kinds].sort(), ['account', 'change', 'consent', 'echo', 'identity', 'ignored', 'message', 'status', 'template'], 'every kind of event survives some of them');
});
