import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openPostgres, openSqlite, type Database } from '../../core/db/open.ts';
import { passwordFits } from '../../core/password.ts';
import { freshDatabase } from '../postgres.ts';
import { run, running, type Env } from './program.ts';

const secretKey = 'a key for tests of people and nothing else';

/** The running product with one organisation, and the database as its file or address has it. */
async function product(t: Test, databaseUrl?: string): Promise<{ env: Env; db: Database }> {
  const folder = t.testdir();
  const file = join(folder, 'switchboard.config.json');
  writeFileSync(file, JSON.stringify({ tenants: [{ slug: 'acme', name: 'Acme', users: [] }, { slug: 'other', name: 'Other', users: [] }] }));
  const env: Env = { DATA_DIR: folder, SWITCHBOARD_CONFIG: file, SECRET_KEY: secretKey, ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }) };
  await running(t, env);
  const db = databaseUrl === undefined ? await openSqlite(join(folder, 'switchboard.db')) : await openPostgres(databaseUrl);
  t.teardown(() => db.close());
  return { env, db };
}

const passwordIn = (said: string) => /^ {2}(\S{24})$/m.exec(said)?.[1] ?? '';

async function people(t: Test, databaseUrl?: string): Promise<void> {
  const { env, db } = await product(t, databaseUrl);
  const all = <Row>(text: string) => db.read((sql) => sql.all<Row>(text));
  const user = (...args: string[]) => run(t, 'cli.ts', env, 'user', ...args);
  const hash = async () => (await all<{ password_hash: string }>('select password_hash from "user"'))[0]?.password_hash ?? null;

  const added = await user('add', '--tenant', 'acme', '--email', 'Ana@Example.com', '--name', 'Ana', '--role', 'admin');
  t.equal(added.code, 0, added.said);
  const first = passwordIn(added.said);
  t.match(await hash(), /^\$argon2id\$/);
  t.ok(await passwordFits(await hash(), first), 'the printed password fits');

  const again = await user('add', '--tenant', 'other', '--email', 'ana@example.com', '--role', 'agent');
  t.equal(again.code, 0, again.said);
  t.equal(passwordIn(again.said), '', 'somebody known keeps the password');
  t.ok(await passwordFits(await hash(), first));
  t.strictSame((await all<{ slug: string; role: string }>('select t.slug, m.role from membership m join tenant t on t.id = m.tenant_id order by t.slug')).map(({ slug, role }) => `${slug} ${role}`), ['acme admin', 'other agent']);

  const [ana] = await all<{ id: string }>('select id from "user"');
  const now = Date.now();
  await db.write((sql) => sql.run(
    'insert into login (id, user_id, token_hash, created_at, last_seen_at, expires_at, address, browser) values (?, ?, ?, ?, ?, ?, ?, ?)',
    [ana?.id ?? '', ana?.id ?? '', 'x', now, now, now + 1_000_000, 'here', 'a browser'],
  ));
  const changed = await user('password', '--email', 'ana@example.com');
  t.equal(changed.code, 0, changed.said);
  t.ok(await passwordFits(await hash(), passwordIn(changed.said)), 'the new password fits');
  t.notOk(await passwordFits(await hash(), first), 'the old one no longer does');
  t.strictSame(await all('select id from login'), [], 'nobody is signed in as her');
  const audit = await all<{ action: string; address: string; detail: string }>("select action, address, detail from audit where subject = 'user' order by id");
  t.strictSame(audit.map(({ action }) => action).toSorted(), ['member.role', 'member.role', 'password-changed', 'password-changed', 'user.create']);
  t.ok(audit.every(({ address, detail }) => address === 'command line' && !detail.includes(first)));

  const refusals: [RegExp, ...string[]][] = [
    [/is a member of acme already, as admin/, 'add', '--tenant', 'acme', '--email', 'ana@example.com', '--role', 'owner'],
    [/no organisation "nowhere"; there are: acme, other/, 'add', '--tenant', 'nowhere', '--email', 'b@example.com', '--name', 'B', '--role', 'owner'],
    [/role must be one of owner, admin, contributor, agent/, 'add', '--tenant', 'acme', '--email', 'b@example.com', '--name', 'B', '--role', 'king'],
    [/must look like name@example\.com/, 'add', '--tenant', 'acme', '--email', 'b', '--name', 'B', '--role', 'owner'],
    [/give a name with --name/, 'add', '--tenant', 'acme', '--email', 'b@example.com', '--role', 'owner'],
    [/--tenant is missing/, 'add', '--email', 'b@example.com'],
    [/Unknown option '--colour'/, 'password', '--colour', 'red'],
    [/There is nobody with b@example\.com/, 'password', '--email', 'b@example.com'],
    [/Try: user add, or user password/, 'remove'],
  ];
  // The words are the same on both: two are enough to see that PostgreSQL refuses too.
  for (const [sentence, ...args] of databaseUrl === undefined ? refusals : refusals.slice(0, 2)) {
    const { code, said } = await user(...args);
    t.equal(code, 1, args.join(' '));
    t.match(said, sentence);
    t.notMatch(said, /\n\s+at /, 'no stack');
  }
  t.equal((await all('select id from "user"')).length, 1, 'what is refused leaves nothing behind');
}

t.test('people are added and get a new password beside the running product, on SQLite', (t) => people(t));
t.test('and on PostgreSQL', async (t) => people(t, await freshDatabase(t)));

t.test('before the first start there is nobody to add to, and it says so', async (t) => {
  const { code, said } = await run(t, 'cli.ts', { DATA_DIR: t.testdir() }, 'user', 'password', '--email', 'a@example.com');
  t.equal(code, 1);
  t.match(said, /no database at .* yet: start Switchboard once/);
  const empty = await run(t, 'cli.ts', { DATA_DIR: t.testdirName, SECRET_KEY: secretKey, DATABASE_URL: await freshDatabase(t) }, 'user', 'password', '--email', 'a@example.com');
  t.equal(empty.code, 1);
  t.match(empty.said, /has no tables yet/);
});
