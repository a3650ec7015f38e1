import { deepEqual } from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Type } from 'typebox';
import { drawFields, fieldShapes, maskedSecret, type Field, type Typed } from './fields.ts';
import { fieldFaults, readForm, withGenerated } from './form.ts';
import { checkSettings, faultCodes, placeOf } from './settings.ts';

const schema = Type.Object({
  accessToken: Type.String({ writeOnly: true, minLength: 8, title: 'Access token', description: 'From the console.' }),
  verifyToken: Type.String({ writeOnly: true, generate: true }),
  oldSecret: Type.Optional(Type.String({ writeOnly: true, advanced: true })),
  accountId: Type.Optional(Type.String({ pattern: '^[0-9]{3,10}$', maxLength: 10, examples: ['12345'] })),
  greeting: Type.Optional(Type.String({ format: 'textarea', maxLength: 20 })),
  perSecond: Type.Integer({ minimum: 1, maximum: 100, default: 80, advanced: true }),
  weight: Type.Optional(Type.Number()),
  active: Type.Boolean({ default: true }),
  region: Type.Union([Type.Literal('eu'), Type.Literal('us')], { default: 'eu' }),
  tier: Type.Optional(Type.Enum(['free', 'paid'])),
  ids: Type.Optional(Type.Array(Type.String({ pattern: '^[0-9]+$' }), { maxItems: 3, uniqueItems: true })),
  smtp: Type.Optional(Type.Object({ host: Type.String({ title: 'Host' }), password: Type.Optional(Type.String({ writeOnly: true })) })),
  rules: Type.Array(Type.Object({ when: Type.Union([Type.Object({ any: Type.Literal(true) }), Type.Object({ words: Type.Array(Type.String()) })]), say: Type.String({ minLength: 1 }) }), { format: 'yaml', default: [], examples: [[{ when: { any: true }, say: 'Hello' }]] }),
  extra: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { format: 'json' })),
});

const filled: Typed = { accessToken: 'EAAG-1234567890', verifyToken: '', accountId: ' 12345 ', perSecond: '5', active: 'on', region: 'us', tier: '', ids: '1, 2\n3', 'smtp.host': 'mail.test', 'smtp.password': 'pw', rules: '- when: { any: true }\n  say: hello', extra: '{"a":[1]}', greeting: 'one\r\ntwo', _csrf: 'x' };

function errorsOf(typed: Typed, stored?: unknown) {
  const read = readForm(schema, typed, stored);
  return 'errors' in read ? read.errors : {};
}

function fieldOf(fields: Field[], name: string): Field | undefined {
  return fields.find((field) => field.name === name);
}

t.test('a filled form becomes settings: space dropped, numbers and lists read, YAML and JSON parsed, defaults in place', async (t) => {
  const read = readForm(schema, filled);
  t.match(read, {
    settings: { accessToken: 'EAAG-1234567890', accountId: '12345', perSecond: 5, active: true, region: 'us', ids: ['1', '2', '3'], smtp: { host: 'mail.test', password: 'pw' }, rules: [{ when: { any: true }, say: 'hello' }], extra: { a: [1] }, greeting: 'one\ntwo' },
  });
  t.ok('settings' in read && /^[\w-]{32}$/.test(read.settings.verifyToken), 'what core makes is made');
  t.notOk('settings' in read && ('_csrf' in read.settings || 'tier' in read.settings), 'other names and empty options are left out');
});

t.test('each fault has its field, its code and its numbers', async (t) => {
  const cases: [Typed, string, object][] = [
    [{ accessToken: '' }, 'accessToken', { code: 'required' }],
    [{ accessToken: '   ' }, 'accessToken', { code: 'blank' }],
    [{ accessToken: 'short' }, 'accessToken', { code: 'tooShort', params: { min: 8 } }],
    [{ accessToken: ['12345678', '12345678'] }, 'accessToken', { code: 'wrongType' }],
    [{ accountId: 'abc' }, 'accountId', { code: 'wrongForm' }],
    [{ greeting: 'x'.repeat(21) }, 'greeting', { code: 'tooLong', params: { max: 20 } }],
    [{ perSecond: '0' }, 'perSecond', { code: 'tooSmall', params: { min: 1 } }],
    [{ perSecond: '101' }, 'perSecond', { code: 'tooBig', params: { max: 100 } }],
    [{ perSecond: '1.5' }, 'perSecond', { code: 'notWhole' }],
    [{ perSecond: '1e3' }, 'perSecond', { code: 'notNumber' }],
    [{ perSecond: '0x10' }, 'perSecond', { code: 'notNumber' }],
    [{ weight: 'heavy' }, 'weight', { code: 'notNumber' }],
    [{ region: 'mars' }, 'region', { code: 'notOffered', params: { offered: '"eu", "us"' } }],
    [{ tier: 'gold' }, 'tier', { code: 'notOffered' }],
    [{ ids: '1,2,3,4' }, 'ids', { code: 'tooMany', params: { max: 3 } }],
    [{ ids: '1,1' }, 'ids', { code: 'twice' }],
    [{ ids: '1,b' }, 'ids', { code: 'wrongForm', params: { place: '[1]' } }],
    [{ 'smtp.host': '' }, 'smtp.host', { code: 'required' }],
    [{ rules: '- when: [' }, 'rules', { code: 'notYaml', params: { line: 1 } }],
    [{ rules: 'say: hello' }, 'rules', { code: 'wrongType', params: { expected: 'array' } }],
    [{ rules: '- when: { any: true }\n  sai: hello' }, 'rules', { code: 'required', params: { place: '[0].say' } }],
    [{ rules: '- when: { any: true }\n  say: hello\n  colour: red' }, 'rules', { code: 'unknown', params: { key: 'colour', place: '[0].colour' } }],
    [{ rules: '- when: { words: [1] }\n  say: hello' }, 'rules', { code: 'wrongType', params: { place: '[0].when.words[0]' } }],
    [{ rules: '- __proto__: { polluted: 1 }' }, 'rules', { code: 'forbidden' }],
    [{ rules: `a: &a [x]\nb: [${'*a,'.repeat(2000)}]` }, 'rules', { code: 'notYaml' }],
    [{ extra: '{"a":' }, 'extra', { code: 'notJson' }],
    [{ extra: '{"constructor":{"prototype":{"polluted":1}}}' }, 'extra', { code: 'forbidden' }],
  ];
  for (const [changed, field, expected] of cases) {
    const errors = errorsOf({ ...filled, ...changed });
    t.strictSame(Object.keys(errors), [field], JSON.stringify(changed));
    t.match(errors[field], expected, JSON.stringify(changed));
    t.ok(errors[field] && errors[field].code in faultCodes, 'the code is one of the list');
  }
  t.equal(({} as { polluted?: unknown }).polluted, undefined);
});

t.test('all faulty fields are told at once', async (t) => {
  t.strictSame(Object.keys(errorsOf({ ...filled, accessToken: '', perSecond: 'many', ids: 'a', accountId: '1' })).toSorted(), ['accessToken', 'accountId', 'ids', 'perSecond']);
});

t.test('an empty secret keeps the stored one, a typed one replaces it, and clear removes one that is optional', async (t) => {
  const stored = { accessToken: 'stored-access-token', verifyToken: 'stored-verify', oldSecret: 'stored-old' };
  const after = (typed: Typed) => {
    const read = readForm(schema, { ...filled, ...typed }, stored);
    return 'settings' in read ? read.settings : read.errors;
  };
  t.match(after({ accessToken: '', oldSecret: '' }), { accessToken: 'stored-access-token', verifyToken: 'stored-verify', oldSecret: 'stored-old' });
  t.match(after({ accessToken: ' pasted-token\n', verifyToken: 'my-own-verify' }), { accessToken: 'pasted-token', verifyToken: 'my-own-verify' });
  t.notHas(after({ 'oldSecret.clear': 'on' }), { oldSecret: 'stored-old' });
  t.match(after({ accessToken: '', 'accessToken.clear': 'on' }), { accessToken: 'stored-access-token' }, 'a required one cannot be cleared');
  t.match(after({ oldSecret: ' ' }), { oldSecret: { code: 'blank' } });
});

t.test('no drawn field shows a secret, stored or typed', async (t) => {
  const settings = { accessToken: 'canary-that-is-long-1234', verifyToken: 'canary-short', smtp: { host: 'h', password: 'canary-nested' } };
  const fields = drawFields(schema, { locale: 'en', settings, typed: { ...filled, accessToken: 'canary-typed-secret-that-is-long' } });
  t.notMatch(JSON.stringify(fields), /canary/);
  t.strictSame(fieldOf(fields, 'accessToken')?.input, { kind: 'secret', stored: '1234' });
  t.strictSame(fieldOf(fields, 'verifyToken')?.input, { kind: 'secret', stored: '' }, 'nothing of a short one');
  t.strictSame(fieldOf(fields, 'oldSecret')?.input, { kind: 'secret' }, 'none is kept');
  t.equal(maskedSecret('x'.repeat(20)), '');
});

t.test('fields say what they are, in the reader’s language where the plugin has words', async (t) => {
  const texts = {
    en: { 'region.eu': 'Europe', 'accountId.title': 'Account' },
    es: { 'accessToken.title': 'Token de acceso', 'accessToken.description': 'De la consola.', 'region.eu': 'Europa' },
    id: {},
  };
  const [en, es, id] = (['en', 'es', 'id'] as const).map((locale) => drawFields(schema, { locale, texts }));
  t.match(fieldOf(es ?? [], 'accessToken'), { label: 'Token de acceso', hint: 'De la consola.', required: true });
  t.match(fieldOf(en ?? [], 'accessToken'), { label: 'Access token', hint: 'From the console.' });
  t.match(fieldOf(id ?? [], 'accountId'), { label: 'Account', required: false, input: { kind: 'text', maxLength: 10, placeholder: '12345' } }, 'English where the language lacks it');
  t.match(fieldOf(es ?? [], 'region'), { input: { kind: 'choice', value: 'eu', options: [{ value: 'eu', label: 'Europa' }, { value: 'us', label: 'us' }] } });
  t.match(fieldOf(en ?? [], 'tier'), { input: { kind: 'choice', value: '', options: [{ value: '' }, { value: 'free' }, { value: 'paid' }] } }, 'an optional choice may be left open');
  t.match(fieldOf(en ?? [], 'perSecond'), { label: 'Per second', required: false, advanced: true, input: { kind: 'number', value: '80', min: 1, max: 100, step: 1 } });
  t.match(fieldOf(en ?? [], 'verifyToken'), { generate: true, required: false });
  t.match(fieldOf(en ?? [], 'active'), { input: { kind: 'switch', value: true } });
  t.match(fieldOf(en ?? [], 'greeting'), { input: { kind: 'long' } });
  t.match(fieldOf(en ?? [], 'rules'), { input: { kind: 'long', code: true, value: '[]\n', placeholder: '- when:\n    any: true\n  say: Hello\n' } }, 'an example is shown in the words in which it is typed');
  t.match(fieldOf(en ?? [], 'smtp.host'), { label: 'Host', required: false });
});

t.test('what was typed and refused is shown again as it was typed', async (t) => {
  const fields = drawFields(schema, { locale: 'en', settings: { perSecond: 5, active: true }, typed: { perSecond: 'many', rules: '- when: [', ids: 'a,b', region: 'mars' } });
  t.match(fieldOf(fields, 'perSecond'), { input: { value: 'many' } });
  t.match(fieldOf(fields, 'rules'), { input: { value: '- when: [' } });
  t.match(fieldOf(fields, 'ids'), { input: { values: ['a', 'b'] } });
  t.match(fieldOf(fields, 'active'), { input: { value: false } }, 'a switch that was switched off');
});

/** What a browser sends back when nobody changes anything. */
function sentBack(fields: Field[]): Typed {
  return Object.fromEntries(
    fields.flatMap(({ name, input }): [string, string][] => {
      if (input.kind === 'secret') return [[name, '']];
      if (input.kind === 'switch') return input.value ? [[name, 'on']] : [];
      if (input.kind === 'list') return [[name, input.values.join('\n')]];
      return [[name, input.value]];
    }),
  );
}

t.test('a form that is drawn and sent back unchanged gives the same settings', async () => {
  // A text field trims and joins lines, so settings are made of what a form can hold.
  const word = fc.stringMatching(/^[\w.-]{1,12}$/);
  const settings = fc.record(
    {
      accessToken: fc.stringMatching(/^[\w-]{8,40}$/),
      verifyToken: fc.stringMatching(/^[\w-]{1,40}$/),
      oldSecret: fc.stringMatching(/^[\w-]{1,40}$/),
      accountId: fc.stringMatching(/^[0-9]{3,10}$/),
      greeting: word,
      perSecond: fc.integer({ min: 1, max: 100 }),
      weight: fc.integer({ min: -100_000, max: 100_000 }).map((number) => number / 8),
      active: fc.boolean(),
      region: fc.constantFrom('eu', 'us'),
      tier: fc.constantFrom('free', 'paid'),
      ids: fc.uniqueArray(fc.stringMatching(/^[0-9]{1,8}$/), { minLength: 1, maxLength: 3 }),
      smtp: fc.record({ host: word, password: word }, { requiredKeys: ['host'], noNullPrototype: true }),
      rules: fc.array(fc.record({ when: fc.oneof(fc.record({ any: fc.constant(true) }, { noNullPrototype: true }), fc.record({ words: fc.array(fc.string()) }, { noNullPrototype: true })), say: fc.string({ minLength: 1, unit: 'grapheme' }) }, { noNullPrototype: true }), { maxLength: 4 }),
      extra: fc.dictionary(word.filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key)), fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)), { noNullPrototype: true }),
    },
    { requiredKeys: ['accessToken', 'verifyToken', 'perSecond', 'active', 'region', 'rules'], noNullPrototype: true },
  );
  fc.assert(
    fc.property(settings, (stored) => {
      const read = readForm(schema, sentBack(drawFields(schema, { locale: 'en', settings: stored })), stored);
      deepEqual('settings' in read ? read.settings : read.errors, structuredClone(stored));
    }),
    { numRuns: 200 },
  );
});

t.test('whatever is typed, reading it answers and never throws', async (t) => {
  const names = fc.constantFrom(...fieldShapes(schema).map(({ name }) => name), '__proto__', 'constructor', 'toString', 'smtp', 'oldSecret.clear');
  const typed = fc.dictionary(names, fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.string(), { maxLength: 3 })));
  fc.assert(
    fc.property(typed, (form) => {
      const read = readForm(schema, form);
      if ('settings' in read) t.ok('settings' in checkSettings(schema, read.settings));
      return 'settings' in read || Object.keys(read.errors).length > 0;
    }),
    { numRuns: 500 },
  );
  t.equal(({} as { polluted?: unknown }).polluted, undefined);
});

t.test('settings as data are taken as they are: nothing is coerced, and what is unknown is refused at every depth', async (t) => {
  const sound = { accessToken: '12345678', verifyToken: 'v' };
  t.match(checkSettings(schema, sound), { settings: { perSecond: 80, active: true, region: 'eu', rules: [] } });
  const cases: [object, string, string][] = [
    [{ perSecond: '5' }, 'perSecond', 'wrongType'],
    [{ active: 'on' }, 'active', 'wrongType'],
    [{ accessToken: 12345678 }, 'accessToken', 'wrongType'],
    [{ tier: null }, 'tier', 'notOffered'],
    [{ colour: 'red' }, 'colour', 'unknown'],
    [{ smtp: { host: 'h', port: 25 } }, 'smtp.port', 'unknown'],
    [{ rules: [{ when: { any: true }, say: 'x', also: 1 }] }, 'rules[0].also', 'unknown'],
    [{ extra: { when: new Date() } }, 'extra.when', 'notData'],
    [{ extra: { run: () => 1 } }, 'extra.run', 'notData'],
    [{ extra: { n: Number.NaN } }, 'extra.n', 'notData'],
    [JSON.parse('{"__proto__":{"a":1}}'), '__proto__', 'forbidden'],
    [JSON.parse('{"extra":{"prototype":{}}}'), 'extra.prototype', 'forbidden'],
  ];
  for (const [changed, place, code] of cases) {
    const checked = checkSettings(schema, Object.defineProperties({ ...sound }, Object.getOwnPropertyDescriptors(changed)));
    t.match('errors' in checked ? checked.errors.map((one) => `${placeOf(one.path)} ${one.code}`) : 'accepted', [`${place} ${code}`], JSON.stringify(changed));
  }
  const circle: Record<string, unknown> = {};
  circle['again'] = circle;
  for (const value of [null, undefined, [], 'text', 7, circle]) t.ok('errors' in checkSettings(schema, value));
});

t.test('a misspelt key brings the one that was probably meant', async (t) => {
  const checked = checkSettings(schema, { accessTokn: '12345678', verifyToken: 'v' });
  t.match(checked, { errors: [{ code: 'required' }, { code: 'unknown', params: { key: 'accessTokn', near: 'accessToken' } }] });
  t.match('errors' in checked ? fieldFaults(schema, checked.errors) : {}, { accessToken: { code: 'required' }, '': { code: 'unknown' } });
});

t.test('what core makes is made once and kept', async (t) => {
  const first = withGenerated(schema, {});
  const again = withGenerated(schema, {}, first);
  t.strictSame(again, first);
  t.not(JSON.stringify(withGenerated(schema, {})), JSON.stringify(first));
  t.match(withGenerated(schema, { verifyToken: 'mine' }, first), { verifyToken: 'mine' });
});

t.test('a pattern that would take for ever is not among ours', async (t) => {
  // The processor's time: what else runs on the machine is not the pattern's doing.
  const began = process.cpuUsage();
  readForm(schema, { ...filled, accountId: '1'.repeat(65_536), ids: '1,'.repeat(32_768), rules: '- '.repeat(100_000), greeting: 'x'.repeat(65_536) });
  const { user, system } = process.cpuUsage(began);
  t.ok(user + system < 2_000_000, `${Math.round((user + system) / 1_000)} ms`);
});

t.test('shapes that hold themselves, tuples and intersections are checked inside too', async (t) => {
  const menu = Type.Cyclic({ Menu: Type.Object({ title: Type.String(), below: Type.Array(Type.Ref('Menu')) }) }, 'Menu');
  const shapes = Type.Object({
    menu: Type.Optional(menu),
    pair: Type.Optional(Type.Tuple([Type.String(), Type.Integer()])),
    both: Type.Optional(Type.Intersect([Type.Object({ a: Type.String() }), Type.Object({ b: Type.Integer() })])),
  });
  const places = (value: object) => {
    const checked = checkSettings(shapes, value);
    return 'errors' in checked ? checked.errors.map((one) => `${placeOf(one.path)} ${one.code}`) : 'accepted';
  };
  t.equal(places({ menu: { title: 'a', below: [{ title: 'b', below: [] }] }, pair: ['x', 1], both: { a: 'x', b: 1 } }), 'accepted');
  t.strictSame(places({ menu: { title: 'a', below: [{ title: 2, below: [] }] } }), ['menu.below[0].title wrongType']);
  t.strictSame(places({ menu: { title: 'a', below: [{ title: 'b', below: [], colour: 'red' }] } }), ['menu.below[0].colour unknown']);
  t.strictSame(places({ pair: ['x', 'y'] }), ['pair[1] wrongType']);
  t.strictSame(places({ pair: ['x', 1, 2] }), ['pair tooMany']);
  t.strictSame(places({ both: { a: 'x', b: '1' } }), ['both.b wrongType']);
});
