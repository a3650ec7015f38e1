/** What somebody finds who knows nothing but this repository: no password, no secret, no open door. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { loadConfig } from '../../config/index.ts';
import { defaultPlugins } from '../../config/plugins.ts';
import { schema } from '../../config/schema.ts';
import { createLog } from '../../core/log.ts';
import { loadPlugins } from '../../core/plugin/load.ts';
import { freePort } from '../faults/product.ts';
import { Browser, startProcess } from './process.ts';
import { until } from '../until.ts';
import { openSite } from './site.ts';

const root = join(import.meta.dirname, '..', '..');
const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? { ...value } : {});

/** Every secret member of a schema, at any depth, with what it is when nobody gives it. */
function secretsIn(found: unknown, path = ''): { path: string; words: Record<string, unknown> }[] {
  const words = record(found);
  return [
    ...(words['writeOnly'] === true ? [{ path, words }] : []),
    ...Object.entries(record(words['properties'])).flatMap(([name, member]) => secretsIn(member, `${path}.${name}`)),
    ...(words['items'] === undefined ? [] : secretsIn(words['items'], `${path}[]`)),
  ];
}

t.test('without any configuration', async (t) => {
  const config = loadConfig({ env: {}, cwd: t.testdir() });
  t.equal(config.host, '127.0.0.1', 'it listens to this machine only');
  t.match(config, { secretKey: undefined, databaseUrl: undefined, publicUrl: undefined, metaAppSecret: undefined });
  t.strictSame([config.tenants, config.trustedProxies, config.allowedOrigins], [[], [], []], 'nobody may enter, no proxy is believed, no private address is called');
});

t.test('no secret has a value of its own', async (t) => {
  const { all } = await loadPlugins([...defaultPlugins], { root, pluginsDir: t.testdir(), log: createLog({ level: 'silent' }) });
  const secrets = [...secretsIn(schema, 'configuration'), ...all.flatMap((plugin) => secretsIn(plugin.settings, plugin.name))];
  t.ok(secrets.length >= 9, secrets.map(({ path }) => path).join(' '));
  for (const { path, words } of secrets) t.strictSame([words['default'], words['examples'], words['const']], [undefined, undefined, undefined], path);
});

t.test('the files that people copy', async (t) => {
  await t.test('leave secrets empty or name where they come from', async (t) => {
    const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n').filter((file) => /(^|\/)(README\.md|[^/]*\.env[^/]*|compose\.yaml|Dockerfile|[^/]*\.config\.(json|ya?ml))$/.test(file) || /^docs\/.*\.md$/.test(file));
    t.ok(files.includes('README.md') && files.includes('compose.yaml') && files.includes('Dockerfile'), files.join(' '));
    const given = /["']?([\w-]*(?:password|secret|token|api_?key|credential)[\w-]*)["']?[^\S\n]*[:=][^\S\n]*["']?([^\s"'`,;)}\]]{4,})/gi;
    const fine = /^(env:|\$|…|\.\.\.|•|<|\[|\(|Type\.|Text$|string|made$)|-for-(tests|docs)/i;
    const found = files.flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(given)].filter(([, , value = '']) => !fine.test(value) && !/^[a-z]+$/.test(value)).map(([text]) => `${file}: ${text}`));
    t.strictSame(found, []);
  });

  await t.test('start containers without a password of ours', async (t) => {
    const compose: unknown = parse(readFileSync(join(root, 'compose.yaml'), 'utf8'));
    const services = Object.entries(record(record(compose)['services']));
    t.ok(services.length > 0);
    for (const [name, service] of services) {
      const { environment, ports } = record(service);
      for (const [variable, value] of Object.entries(record(environment))) if (/KEY|SECRET|PASSWORD|TOKEN|URL/.test(variable)) t.equal(value, null, `${name}: ${variable}`);
      for (const port of Array.isArray(ports) ? ports : []) t.match(String(port), /^127\.0\.0\.1:/, `${name}: ${port}`);
    }
    const image = readFileSync(join(root, 'Dockerfile'), 'utf8');
    t.notMatch(image, /^(ENV|ARG) .*(KEY|SECRET|PASSWORD|TOKEN)/m);
    t.match(image, /^USER \d+/m, 'and not as root');
  });
});

t.test('a fresh installation', async (t) => {
  const product = await startProcess(t, { config: {} });
  const browser = new Browser(product.url);

  await t.test('hears this machine only', async (t) => {
    t.equal((await browser.send('/health/live')).status, 200);
    const others = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address));
    if (others.length === 0) t.comment('this machine has no other address to try');
    for (const address of others) t.equal(await reaches(address, product.port), false, address);
  });

  await t.test('has nobody in it whom a guess could be', async (t) => {
    for (const [email, password] of [['admin', 'admin'], ['admin@example.com', 'password'], ['owner@acme.test', 'changeme'], ['root', 'root'], ['admin@localhost', 'switchboard']] as const) {
      const { status } = await browser.submit('/setup', '/login', { email, password });
      t.ok([401, 429].includes(status), `${email}: ${status}`);
    }
    for (const path of ['/app', '/app/default/whatsapp', '/app/admin/inbox']) t.not((await browser.send(path)).status, 200, path);
    t.equal((await browser.send('/webhooks/test', { method: 'POST', body: '{}' })).status, 404);
  });
});

t.test('an installation that others can reach', async (t) => {
  for (const [name, more] of [['on all addresses', { host: '0.0.0.0' }], ['behind a proxy', { publicUrl: 'https://bots.example.test' }]] as const) {
    await t.test(`lets the first owner in by the one-time link only: ${name}`, async (t) => {
      const port = await freePort();
      const product = await startProcess(t, { config: { port, ...more } });
      const printed = () => /\/setup\?token=\S+/.exec(product.raw.join('\n'))?.[0] ?? '';
      await until('the link was to be printed', () => printed() !== '');
      const link = printed();
      const [own, thief] = [new Browser(`http://127.0.0.1:${port}`), new Browser(`http://127.0.0.1:${port}`)];
      const owner = { workspace: 'Acme', name: 'Ana', email: 'ana@example.test', password: 'a horse on the line', locale: 'en', timeZone: 'UTC' };
      for (const headers of [{}, { 'x-forwarded-for': '127.0.0.1' }, { 'x-forwarded-host': 'localhost' }, { forwarded: 'for=127.0.0.1;host=localhost' }] satisfies Record<string, string>[]) {
        t.equal((await thief.send('/setup', { headers })).status, 403, `without it, with ${JSON.stringify(headers)}`);
      }
      for (const token of ['', 'x'.repeat(43), link.slice(-42), '__proto__']) t.equal((await thief.send(`/setup?token=${token}`)).status, 403, 'with another');
      t.equal((await own.submit(link, link, owner)).status, 303);
      t.equal((await thief.send(link)).headers.get('location'), '/login', 'it worked once');
      const _csrf = /name="_csrf" value="([^"]+)"/.exec((await thief.send('/login')).body)?.[1] ?? '';
      const again = await thief.send(link, { method: 'POST', body: new URLSearchParams({ ...owner, email: 'thief@example.test', _csrf }) });
      t.ok(again.status === 404 || again.headers.get('location') === '/login', 'nor is a second owner made with it');
      t.not((await thief.submit('/login', '/login', { email: 'thief@example.test', password: owner.password })).status, 303);
    });
  }
});

t.test('secrets that are made here', async (t) => {
  const made = async () => {
    const site = await openSite(t, { config: {} });
    const visitor = site.visitor();
    const answer = await visitor.submit('/setup', '/setup', { workspace: 'Acme', name: 'Ana', email: 'ana@example.test', password: 'a horse on the line', locale: 'en', timeZone: 'UTC' });
    t.equal(answer.statusCode, 303);
    return { key: readFileSync(join(site.dataDir, 'secret.key'), 'utf8').trim(), hash: site.one<{ hash: string }>('select hash from webhook_key').hash, cookie: visitor.cookies.get('switchboard') ?? '' };
  };
  const [one, other] = [await made(), await made()];
  t.ok(Object.values(one).every((value) => value.length >= 43), 'have 256 bits');
  for (const name of ['key', 'hash', 'cookie'] as const) t.not(one[name], other[name], `and are others in each installation: ${name}`);
});

function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 10_000 });
    const end = (reached: boolean) => {
      socket.destroy();
      resolve(reached);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false)).once('timeout', () => end(false));
  });
}
