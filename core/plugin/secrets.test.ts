import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { Type } from 'typebox';
import { SwitchboardError } from '../errors.ts';
import type { Log } from './contract/context.ts';
import { createSealer, keyOf, openSettings, readKeys, resealSettings, sealSettings, secretsIn } from './secrets.ts';

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const unsealingFails = { code: 'UNSEALING_FAILED' };

t.test('what was sealed opens in its own place and nowhere else', async () => {
  const sealer = createSealer([randomBytes(32)]);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (text, place, other) => {
      // Lone surrogates are no text; they cannot be typed and are not kept.
      const typed = text.toWellFormed();
      const sealed = sealer.seal(typed, place);
      if (sealer.open(sealed, place) !== typed) return false;
      if (other.toWellFormed() === place.toWellFormed()) return true;
      try {
        sealer.open(sealed, other);
        return false;
      } catch (error) {
        return error instanceof SwitchboardError && error.code === 'UNSEALING_FAILED';
      }
    }),
  );
});

t.test('sealing twice gives two different texts, and neither holds the secret', async (t) => {
  const sealer = createSealer([randomBytes(32)]);
  const [first, second] = [sealer.seal('canary-token', 'a'), sealer.seal('canary-token', 'a')];
  t.not(first, second);
  t.notMatch(first, /canary/);
  t.notMatch(Buffer.from(first.split('.').at(-1) ?? '', 'base64url').toString('latin1'), /canary/);
});

t.test('a sealed text of which one character is changed does not open', async (t) => {
  const sealer = createSealer([randomBytes(32)]);
  const sealed = sealer.seal('a secret of some length', 'row 1');
  let opened = 0;
  for (let at = 0; at < sealed.length; at++) {
    // The last character of a part may carry unused bits; changing its highest bit always changes the bytes.
    const changed = sealed[at] === 'A' ? 'g' : 'A';
    try {
      if (sealer.open(sealed.slice(0, at) + changed + sealed.slice(at + 1), 'row 1') !== '') opened++;
    } catch (error) {
      if (!(error instanceof SwitchboardError) || error.code !== 'UNSEALING_FAILED') throw error;
    }
  }
  t.equal(opened, 0);
  for (const damaged of ['', 'v1', 'v1....', `${sealed}.more`, sealed.replace('v1', 'v2'), 'plain text']) t.throws(() => sealer.open(damaged, 'row 1'), unsealingFails, JSON.stringify(damaged));
});

t.test('a short authentication tag is refused', async (t) => {
  const sealer = createSealer([randomBytes(32)]);
  const [version, id, iv, tag, text] = sealer.seal('secret', 'p').split('.');
  t.throws(() => sealer.open([version, id, iv, Buffer.from(tag ?? '', 'base64url').subarray(0, 4).toString('base64url'), text].join('.'), 'p'), unsealingFails);
});

t.test('with new and old key both open, the new one seals, and resealing moves what is left', async (t) => {
  const [older, newer] = [randomBytes(32), randomBytes(32)];
  const before = createSealer([older]);
  const during = createSealer([newer, older]);
  const after = createSealer([newer]);
  const sealed = before.seal('token', 'row 1');

  t.equal(during.open(sealed, 'row 1'), 'token');
  t.throws(() => after.open(sealed, 'row 1'), { ...unsealingFails, message: /sealed under the key .* add that key to SECRET_KEY/ });
  const moved = during.reseal(sealed, 'row 1');
  t.equal(after.open(moved ?? '', 'row 1'), 'token');
  t.equal(during.reseal(moved ?? '', 'row 1'), undefined, 'nothing is written twice');
  t.equal(keyOf(sealed), before.fingerprint());
  t.equal(keyOf(moved ?? ''), after.fingerprint());
  t.equal(keyOf('plain'), undefined);
  t.strictSame(during.fingerprints(), [after.fingerprint(), before.fingerprint()]);
  t.notMatch(before.fingerprint(), older.toString('base64url').slice(0, 6));
});

t.test('of settings only the secret members are sealed, at any depth', async (t) => {
  const schema = Type.Object({
    token: Type.String({ writeOnly: true }),
    spare: Type.Optional(Type.String({ writeOnly: true })),
    url: Type.String(),
    smtp: Type.Object({ host: Type.String(), password: Type.String({ writeOnly: true }) }),
  });
  const settings = { token: 'canary-1', url: 'https://x.test', smtp: { host: 'mail', password: 'canary-2' } };
  const [older, newer] = [randomBytes(32), randomBytes(32)];
  const sealer = createSealer([older]);
  const stored = sealSettings(sealer, schema, settings, 'connection/1');
  t.notMatch(JSON.stringify(stored), /canary/);
  t.match(stored, { url: 'https://x.test', smtp: { host: 'mail' } });
  t.strictSame(openSettings(sealer, schema, stored, 'connection/1'), settings);
  t.throws(() => openSettings(sealer, schema, stored, 'connection/2'), unsealingFails, 'not in another row');
  t.strictSame(settings.token, 'canary-1', 'what was given is not changed');
  t.strictSame(secretsIn(schema, settings), ['canary-1', 'canary-2']);

  const both = createSealer([newer, older]);
  const moved = resealSettings(both, schema, stored, 'connection/1');
  t.strictSame(openSettings(createSealer([newer]), schema, moved, 'connection/1'), settings);
  t.equal(resealSettings(both, schema, moved, 'connection/1'), undefined);
});

t.test('the key file is made on the first start, for the owner alone, and used again', async (t) => {
  const dataDir = join(t.testdir({}), 'data');
  const first = readKeys({ dataDir, log: silent });
  const file = join(dataDir, 'secret.key');
  t.equal(first.length, 1);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.ok(readFileSync(file, 'utf8').trim().length >= 43, '256 bits');
  t.strictSame(readKeys({ dataDir, log: silent }), first);
});

t.test('a key file that others could read is tightened and complained about', { skip: process.platform === 'win32' && 'there are no such permissions' }, async (t) => {
  const dataDir = t.testdir({ 'secret.key': randomBytes(32).toString('base64url') });
  chmodSync(join(dataDir, 'secret.key'), 0o644);
  const warnings: string[] = [];
  readKeys({ dataDir, log: { ...silent, warn: (_what, message) => void warnings.push(message) } });
  t.equal(statSync(join(dataDir, 'secret.key')).mode & 0o777, 0o600);
  t.match(warnings, [/could be read by others.*tightened/]);
});

t.test('a damaged key file stops the start instead of making another key', async (t) => {
  const dataDir = t.testdir({ 'secret.key': 'short' });
  t.throws(() => readKeys({ dataDir, log: silent }), { code: 'CONFIG_INVALID', message: /damaged; restore it from a backup/ });
  t.equal(readFileSync(join(dataDir, 'secret.key'), 'utf8'), 'short');
});

t.test('SECRET_KEY names one key or two, and the key file still opens what it sealed', async (t) => {
  const dataDir = t.testdir({});
  const [fileKey] = readKeys({ dataDir, log: silent });
  const older = 'an older secret key of enough length';
  const newer = 'a newer secret key of enough length!';
  const keys = readKeys({ secretKey: ` ${newer} , ${older} `, dataDir, log: silent });
  t.equal(keys.length, 3);
  t.ok(keys.every((key) => key.length === 32));
  t.strictSame(keys[1], readKeys({ secretKey: older, dataDir, log: silent })[0], 'the same text gives the same key');
  t.strictSame(keys[2], fileKey);
  for (const secretKey of ['too short', `${newer},`, `${newer},short`]) t.throws(() => readKeys({ secretKey, dataDir, log: silent }), { code: 'CONFIG_INVALID', message: /at least 32 random characters/ }, secretKey);
});

t.test('PostgreSQL without SECRET_KEY is refused, and no key file appears', async (t) => {
  const dataDir = t.testdir({});
  for (const secretKey of [undefined, '', '   ']) {
    t.throws(() => readKeys({ ...(secretKey === undefined ? {} : { secretKey }), dataDir, databaseUrl: 'postgres://db/x', log: silent }), { code: 'SECRET_KEY_MISSING', message: /openssl rand -base64 32/ });
  }
  t.notOk(existsSync(join(dataDir, 'secret.key')));
});

t.test('a key file that is already there is never replaced', async (t) => {
  const dataDir = t.testdir({});
  const text = randomBytes(32).toString('base64url');
  writeFileSync(join(dataDir, 'secret.key'), text, { mode: 0o600 });
  readKeys({ dataDir, log: silent });
  t.equal(readFileSync(join(dataDir, 'secret.key'), 'utf8'), text);
});
