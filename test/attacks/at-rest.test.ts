/** Whoever gets hold of the files: what they are allowed to read, and what they find. */
import BetterSqlite from 'better-sqlite3';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { loadConfig } from '../../config/index.ts';
import { createLog } from '../../core/log.ts';
import { start } from '../../core/main.ts';
import { freshDatabase } from '../postgres.ts';
import { installation, meta, metaBody, openSite, password, phone, phoneBody, settled, sign, verifyToken, type Site } from './site.ts';

const apiKey = 'an-api-key-that-nobody-keeps';
const [acme, other] = installation.tenants;
const config = { tenants: [{ ...acme, apiKeys: [{ name: 'metrics', key: apiKey, scopes: ['metrics'] }] }, other] };
const keys = { old: 'the-old-key-of-32-random-characters-or-more', new: 'the-new-key-of-32-random-characters-or-more', wrong: 'a-wrong-key-of-32-random-characters-or-more' };

const filesOf = (folder: string): string[] => globSync('**/*', { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
const sealedUnder = (site: Site): string[] => {
  const values = [...site.all<{ v: string }>('select settings as v from connection'), ...site.all<{ v: string }>('select secrets as v from agent'), ...site.all<{ v: string }>('select sealed as v from webhook_key'), ...site.all<{ v: string }>('select value as v from plugin_store')];
  return [...new Set(values.flatMap(({ v }) => [...v.matchAll(/\bv1\.([\w-]{12})\./g)].map(([, key]) => key ?? '')))];
};

t.test('the files of an installation', { skip: process.platform === 'win32' && 'there are no modes' }, async (t) => {
  // As loose as a system can be: what is tight then is tight by our doing.
  const before = process.umask(0);
  t.teardown(() => void process.umask(before));
  const site = await openSite(t, { config });
  await site.deliver(meta, metaBody('hello'));
  await site.deliver(phone, phoneBody('hello'));
  await settled(site);
  const visitor = await site.signedIn();
  const configured = { ...process.env, DATA_DIR: site.dataDir, SWITCHBOARD_CONFIG: '' };
  const copy = execFileSync(process.execPath, ['core/cli.ts', 'backup'], { cwd: join(import.meta.dirname, '..', '..'), env: configured, encoding: 'utf8' }).trim();

  await t.test('are for their owner only, copies too', async (t) => {
    t.equal(statSync(site.dataDir).mode & 0o777, 0o700, 'the folder');
    const files = filesOf(site.dataDir);
    t.ok(files.includes(copy) && files.some((file) => file.endsWith('-wal')) && files.some((file) => file.endsWith('secret.key')), files.map((file) => relative(site.dataDir, file)).join(' '));
    t.strictSame(files.filter((file) => (statSync(file).mode & 0o077) !== 0).map((file) => `${relative(site.dataDir, file)} ${(statSync(file).mode & 0o777).toString(8)}`), []);
  });

  await t.test('hold no secret in the open, nor does a copy', async (t) => {
    const secrets = { password, apiKey, verifyToken, appSecret: meta.secret, accessToken: 'EAAacmeAccessToken1', simulator: phone.secret, webhookKey: meta.webhookKey, cookie: visitor.cookies.get('switchboard') ?? '' };
    const found: string[] = [];
    for (const file of filesOf(site.dataDir)) {
      const bytes = readFileSync(file, 'latin1');
      for (const [name, secret] of Object.entries(secrets)) if (bytes.includes(secret)) found.push(`${relative(site.dataDir, file)}: ${name}`);
    }
    t.strictSame(found, []);
    t.equal(sealedUnder(site).length, 1, 'they are there, sealed under one key');
  });

  await t.test('keep hashes of what need not be read again', async (t) => {
    t.equal(site.one<{ hash: string }>('select hash from api_key').hash, createHash('sha256').update(apiKey).digest('hex'));
    t.ok(site.all<{ password_hash: string }>('select password_hash from "user"').every(({ password_hash }) => password_hash.startsWith('$argon2id$')));
    t.equal((await site.app.inject({ url: '/metrics', headers: { authorization: `Bearer ${apiKey}` }, remoteAddress: '203.0.113.9' })).statusCode, 200);
    const { hash } = site.one<{ hash: string }>('select hash from api_key');
    t.equal((await site.app.inject({ url: '/metrics', headers: { authorization: `Bearer ${hash}` }, remoteAddress: '203.0.113.9' })).statusCode, 401, 'a hash opens nothing');
  });
});

t.test('a sealed value that is put into another place opens nothing', async (t) => {
  const site = await openSite(t);
  const [first, second] = site.all<{ id: string; settings: string }>("select id, settings from connection where plugin = 'meta-cloud' order by name");
  if (!first || !second) throw new Error('two connections are needed');
  const bare = { tenants: installation.tenants.map((tenant) => ({ ...tenant, connections: [], numbers: [] })) };
  // Another's secret as one's own would make that one's webhooks true.
  await site.again((database) => database.prepare("update connection set settings = ?, declared = 0, state = 'running' where id = ?").run(first.settings, second.id), bare);
  const body = metaBody('hello');
  for (const secret of [meta.secret, 'other-app-secret']) t.equal((await site.post({ ...meta, webhookKey: 'other-meta-webhook' }, body, { [meta.header]: sign(secret, body) })).statusCode, 401);
  t.match(site.lines.join(''), /secrets cannot be opened/);
});

t.test('the sealing key', async (t) => {
  const env = { SECRET_KEY: keys.old };
  const site = await openSite(t, { config, env });
  await site.deliver(phone, phoneBody('hello'));
  await settled(site);
  const [under = ''] = sealedUnder(site);
  const works = async () => (await site.deliver(meta, metaBody('hello'))).statusCode;
  t.equal(await works(), 200);

  await t.test('is refused at start when it is another, in words and before anything is written', async (t) => {
    env.SECRET_KEY = keys.wrong;
    const file = join(site.dataDir, 'switchboard.db');
    await t.rejects(site.again(), { code: 'DATABASE_KEY', message: /sealed under another key/ });
    const peek = new BetterSqlite(file, { readonly: true });
    t.match(peek.prepare("select value from installation where key = 'seal'").get(), { value: under });
    peek.close();
  });

  await t.test('is refused when it is short, blank or a word', async (t) => {
    for (const short of ['short', 'x'.repeat(31), `${keys.new},short`, ',', ' , ']) {
      env.SECRET_KEY = short;
      await t.rejects(site.again(), { code: 'CONFIG_INVALID' }, short);
    }
  });

  await t.test('"new,old" opens what was sealed under the old and seals all of it anew', async (t) => {
    env.SECRET_KEY = `${keys.new},${keys.old}`;
    await site.again();
    t.equal(await works(), 200);
    const now = sealedUnder(site);
    t.equal(now.length, 1);
    t.not(now[0], under, 'under the new key');
  });

  await t.test('the old one could never be put away once', async (t) => {
    env.SECRET_KEY = keys.new;
    await site.again();
    t.equal(await works(), 200);
    env.SECRET_KEY = keys.old;
    await t.rejects(site.again(), { code: 'DATABASE_KEY' }, 'and opens nothing any more');
  });
});

t.test('the key of the file is left behind for one that is given', async (t) => {
  const env: Record<string, string> = {};
  const site = await openSite(t, { config, env });
  const before = sealedUnder(site);
  env['SECRET_KEY'] = keys.new;
  await site.again();
  t.not(sealedUnder(site)[0], before[0]);
  await site.again(() => rmSync(join(site.dataDir, 'secret.key')));
  t.equal((await site.deliver(meta, metaBody('hello'))).statusCode, 200, 'which is needed no longer');
});

t.test('the sealing key is changed on PostgreSQL, too', async (t) => {
  const folder = t.testdir();
  const file = join(folder, 'switchboard.config.json');
  writeFileSync(file, JSON.stringify({ port: 0, dataDir: join(folder, 'data'), tenants: config.tenants.map((tenant) => ({ ...tenant, users: [] })) }));
  const databaseUrl = await freshDatabase(t);
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const runWith = async (SECRET_KEY: string): Promise<number> => {
    const switchboard = await start(loadConfig({ env: { SWITCHBOARD_CONFIG: file, DATABASE_URL: databaseUrl, SECRET_KEY }, cwd: folder }), log);
    try {
      const body = metaBody(`hello with ${SECRET_KEY}`);
      const { status } = await fetch(`${switchboard.url.replace('localhost', '127.0.0.1')}/webhooks/${meta.webhookKey}`, { method: 'POST', body, headers: { 'content-type': 'application/json', [meta.header]: sign(meta.secret, body) } });
      return status;
    } finally {
      await switchboard.stop();
    }
  };
  t.equal(await runWith(keys.old), 200);
  t.equal(await runWith(`${keys.new},${keys.old}`), 200);
  t.match(lines.join(''), /sealed anew under the new key/);
  t.equal(await runWith(keys.new), 200);
  await t.rejects(runWith(keys.old), { code: 'DATABASE_KEY' });
  await t.rejects(runWith(''), { code: 'SECRET_KEY_MISSING' }, 'and is never made up for a database that several share');
});
