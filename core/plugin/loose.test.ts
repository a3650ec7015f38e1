import fc from 'fast-check';
import t from 'tap';
import { jsonIn, jsonOf, number, object, objects, objectsOf, present, short, text } from './loose.ts';

const readers = { object, objects, text, short, number };
/** Any JSON, with the names that every object inherits among its keys. */
const inherited = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'length'];
const json = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, fc.jsonValue(), fc.dictionary(fc.oneof(fc.constantFrom(...inherited), fc.string()), tie('value')), fc.array(tie('value'))),
})).value.map((value) => JSON.stringify(value));

t.test('no JSON makes a reader throw', async () => {
  fc.assert(fc.property(json, (written) => {
    const value: unknown = JSON.parse(written);
    for (const read of Object.values(readers)) read(value);
    for (const member of objects([value, ...(Array.isArray(value) ? value : [])]).flatMap((one) => Object.values(one))) for (const read of Object.values(readers)) read(member);
    jsonIn(written);
  }), { numRuns: 2000 });
});

t.test('nothing at all makes a reader throw', async () => {
  fc.assert(fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withSet: true, withTypedArray: true }), (value) => {
    for (const read of Object.values(readers)) read(value);
  }), { numRuns: 2000 });
});

t.test('what an object inherits is never taken for something that was sent', async (t) => {
  for (const name of inherited) t.equal(object({})?.[name], undefined, name);
  t.match(objects([{ constructor: 'x' }]), [{ constructor: 'x' }], 'a member of that name is one');
  fc.assert(fc.property(json, fc.string(), (written, name) => {
    const value: unknown = JSON.parse(written);
    const found = object(value);
    if (!found) return true;
    if (typeof value !== 'object' || value === null) return false;
    return [...inherited, name].every((one) => found[one] === (one !== '__proto__' && Object.hasOwn(value, one) ? Object.entries(value).find(([key]) => key === one)?.[1] : undefined));
  }), { numRuns: 2000 });
});

t.test('a member called __proto__ is left out, so that no copy takes it for a prototype', async (t) => {
  const sent = '{"__proto__":{"admin":true},"name":"Ana"}';
  const read = object(JSON.parse(sent));
  t.same(Object.keys(read ?? {}), ['name']);
  t.equal(Reflect.get(Object.assign({}, read), 'admin'), undefined);
  t.strictSame(jsonIn(sent), { name: 'Ana' });
  t.strictSame(jsonIn(`[{"a":${sent}}]`), [{ a: { name: 'Ana' } }], 'at any depth of a text');
});

t.test('texts hold whole characters only, say something, and are bounded where they are shown', async (t) => {
  t.equal(text('half \ud83d'), 'half \ufffd');
  t.equal(text(''), undefined);
  t.equal(text(108_100_000_000_001), '108100000000001', 'ids come as numbers too');
  t.equal(text(Number.NaN), undefined);
  t.equal(text(true), undefined);
  t.equal(short('  '), undefined);
  t.equal(short(' Halo '), 'Halo');
  t.equal(short('abc🌱def', 5), 'abc…', 'no character is cut in two');
  t.equal(short('abc', 3), 'abc');
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 1, max: 350 }), (written, max) => {
    const [whole, cut] = [text(written), short(written, max)];
    return (whole ?? '').isWellFormed() && (cut ?? '').isWellFormed() && (cut?.length ?? 0) <= max;
  }), { numRuns: 3000 });
});

t.test('numbers are finite, and may stand in a text', async (t) => {
  t.strictSame(['12.5', ' 7 ', 3, 0].map(number), [12.5, 7, 3, 0]);
  t.strictSame(['', ' ', '1e999', 'x', '12px', null, true, [], Number.POSITIVE_INFINITY].map(number), Array.from({ length: 9 }));
});

t.test('JSON in a text is read where it is JSON of a depth that can be written again', async (t) => {
  t.strictSame(jsonIn('{"a":[1,null]}'), { a: [1, null] });
  t.strictSame([undefined, '', 'x', '{'].map(jsonIn), [undefined, undefined, undefined, undefined]);
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  t.ok(jsonIn(nested(20)));
  t.equal(jsonIn(nested(21)), undefined);
  t.equal(jsonIn(nested(1_000_000)), undefined, 'however deep');
});

t.test('the ids of a body keep digits that a number has no room for', async (t) => {
  t.strictSame(jsonOf(Buffer.from('{"id":12345678901234567890,"at":1767225600,"in":"a: 12345678901234567890"}')), { id: '12345678901234567890', at: 1_767_225_600, in: 'a: 12345678901234567890' });
});

t.test('a body is one object or a list of them; anything else is refused in words for the ledger', async (t) => {
  t.match(objectsOf(Buffer.from('{"a":1}')), [{ a: 1 }]);
  t.match(objectsOf(Buffer.from('[{"a":1},5,{"b":2}]')), [{ a: 1 }, { b: 2 }]);
  for (const body of ['null', '[]', '"x"', '[[{}]]']) t.throws(() => objectsOf(Buffer.from(body)), { message: 'The body is JSON, but holds no object.' }, body);
  for (const body of ['', 'x', '{"a":', '\ufeff{}']) t.throws(() => objectsOf(Buffer.from(body)), { message: 'The body is not JSON that can be read.' }, JSON.stringify(body));
});

t.test('a copy leaves out what is undefined, and keeps null, nothing and no', async (t) => {
  t.strictSame(present({ a: undefined, b: null, c: '', d: false, e: 0 }), { b: null, c: '', d: false, e: 0 });
  t.notOk('a' in present({ a: undefined }));
});
