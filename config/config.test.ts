import { join } from 'node:path';
import t from 'tap';
import { SwitchboardError } from '../core/errors.ts';
import { describeConfig, loadConfig, type Environment } from './index.ts';
import { defaultPlugins } from './plugins.ts';

/** The example of docs and design: its shape is stable. */
const user = { email: 'owner@acme.test', name: 'Ana', role: 'owner', password: 'env:OWNER_PASSWORD' };
const metaSettings = { accessToken: 'env:META_TOKEN', appSecret: 'env:META_SECRET', verifyToken: 'env:META_VERIFY', businessAccountId: '102000000000001', apiBaseUrl: 'http://127.0.0.1:4020' };
const connection = { key: 'main', plugin: 'meta-cloud', name: 'Meta', webhookKey: 'env:WEBHOOK_KEY', start: true, settings: metaSettings };
const agent = { key: 'echo', name: 'Echo', plugin: 'rules', channels: ['whatsapp'], start: true, settings: { rules: [{ when: { any: true }, say: 'echo: {{text}}' }] } };
const binding = { agent: 'echo', environment: 'published', inbound: true };
const number = { connection: 'main', account: '108100000000001', displayName: 'Sales', active: true, bindings: [binding] };
const tenant = {
  slug: 'acme', name: 'Acme', locale: 'en', timeZone: 'Asia/Jakarta',
  users: [user], apiKeys: [{ name: 'script', key: 'env:API_KEY', scopes: ['*'] }], connections: [connection], agents: [agent], numbers: [number],
};
const plugins = ['meta-cloud', 'simulator', 'rules', 'notifications'];
const installation = { plugins, tenants: [tenant] };
const withTenant = (changed: object) => ({ plugins, tenants: [{ ...tenant, ...changed }] });
const variables = { OWNER_PASSWORD: 'canary-owner-password', API_KEY: 'canary-api-key', WEBHOOK_KEY: 'canary-webhook-key', META_TOKEN: 'canary-token', META_SECRET: 'canary-secret', META_VERIFY: 'canary-verify' };

function refusal(env: Environment, cwd: string): { code: string; message: string } {
  try {
    loadConfig({ env, cwd });
  } catch (error) {
    if (error instanceof SwitchboardError) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: 'none', message: 'It was accepted.' };
}

function written(t: { testdir(files: Record<string, string>): string }, file: unknown = installation): string {
  return t.testdir({ 'switchboard.config.json': JSON.stringify(file) });
}

t.test('without a file and with an empty environment the defaults hold', async (t) => {
  const cwd = t.testdir({});
  const config = loadConfig({ env: {}, cwd });
  t.match(config, { port: 3000, host: '127.0.0.1', dataDir: join(cwd, 'data'), pluginsDir: join(cwd, 'data', 'plugins'), logLevel: 'info', trustedProxies: [], allowedOrigins: [], backupBeforeMigration: true, tenants: [] });
  t.match(config.limits, { webhookMaxBytes: 3_145_728, deliveryRetentionDays: 14, unknownWaitMs: 30_000, shutdownMs: 10_000 });
  t.strictSame(config.plugins, [...defaultPlugins]);
  t.equal(config.publicUrl, undefined);
  t.equal(config.secretKey, undefined, 'no secret has a default');
  t.ok(describeConfig(config).every(({ origin }) => origin === 'default'));
});

t.test('the environment wins over the file and the file over the defaults, and each value tells where it came from', async (t) => {
  const cwd = t.testdir({ 'switchboard.config.json': JSON.stringify({ port: 4000, host: '0.0.0.0', logLevel: 'warn', limits: { shutdownMs: 500 } }) });
  const config = loadConfig({ env: { PORT: ' 5000 ', LOG_LEVEL: '', SEND_CONCURRENCY: '7', BACKUP_BEFORE_MIGRATION: 'no', TRUSTED_PROXIES: '10.0.0.0/8, loopback' }, cwd });
  t.match(config, { port: 5000, host: '0.0.0.0', logLevel: 'warn', backupBeforeMigration: false, trustedProxies: ['10.0.0.0/8', 'loopback'] });
  t.match(config.limits, { shutdownMs: 500, sendConcurrency: 7, deliveryRetentionDays: 14 });
  const origins = Object.fromEntries(describeConfig(config).map(({ name, origin }) => [name, origin]));
  const file = join(cwd, 'switchboard.config.json');
  t.match(origins, { port: 'environment PORT', host: `file ${file}`, logLevel: `file ${file}`, 'limits.shutdownMs': `file ${file}`, 'limits.sendConcurrency': 'environment SEND_CONCURRENCY', 'limits.unknownWaitMs': 'default' });
});

t.test('a file may be TypeScript, JSON or YAML, found by its name or named by SWITCHBOARD_CONFIG', async (t) => {
  const cwd = t.testdir({
    ts: { 'switchboard.config.ts': 'const port: number = 4001;\nexport default { port };' },
    json: { 'switchboard.config.json': '\uFEFF{ "port": 4002 }' },
    yaml: { 'switchboard.config.yaml': 'port: 4003\nlimits:\n  shutdownMs: 20' },
    other: { 'mine.yml': 'port: 4004' },
    both: { 'switchboard.config.json': '{}', 'switchboard.config.yaml': '{}' },
  });
  t.equal(loadConfig({ env: {}, cwd: join(cwd, 'ts') }).port, 4001);
  t.equal(loadConfig({ env: {}, cwd: join(cwd, 'json') }).port, 4002);
  t.equal(loadConfig({ env: {}, cwd: join(cwd, 'yaml') }).limits.shutdownMs, 20);
  t.equal(loadConfig({ env: { SWITCHBOARD_CONFIG: 'other/mine.yml' }, cwd }).port, 4004);
  t.match(refusal({ SWITCHBOARD_CONFIG: 'nowhere.json' }, cwd), { code: 'CONFIG_INVALID', message: /nowhere\.json, which does not exist; correct the path/ });
  t.match(refusal({}, join(cwd, 'both')), { code: 'CONFIG_INVALID', message: /more than one configuration file.*keep one/ });
});

t.test('the installation as code is read whole, with its variables, its defaults and its origins', async (t) => {
  const cwd = written(t);
  const config = loadConfig({ env: variables, cwd });
  const [tenant] = config.tenants;
  t.match(tenant?.users, [{ password: 'canary-owner-password', role: 'owner' }]);
  t.match(tenant?.connections, [{ webhookKey: 'canary-webhook-key', settings: { accessToken: 'canary-token', businessAccountId: '102000000000001' } }]);
  t.match(tenant?.agents, [{ settings: { rules: [{ when: { any: true }, say: 'echo: {{text}}' }] } }]);
  t.strictSame(config.allowedOrigins, ['http://127.0.0.1:4020'], 'an address written in the file is named by the operator');

  const shortest = { tenants: [{ slug: 'a', connections: [{ key: 'c', plugin: 'simulator' }], agents: [{ key: 'g', plugin: 'rules' }], numbers: [{ connection: 'c', account: 'sim:a', bindings: [{ agent: 'g' }] }] }] };
  const small = loadConfig({ env: {}, cwd: written(t, shortest) });
  t.match(small.tenants, [{ locale: 'en', timeZone: 'UTC', users: [], connections: [{ start: true, settings: {} }], agents: [{ channels: ['whatsapp'], start: true }], numbers: [{ active: true, bindings: [{ environment: 'published', inbound: true }] }] }]);
});

t.test('what is printed and what is thrown never shows a secret', async (t) => {
  const cwd = written(t);
  const env = { ...variables, SECRET_KEY: 'canary-secret-key-that-is-long-enough', META_APP_SECRET: 'canary-app-secret', DATABASE_URL: 'postgres://u:canary-db@db.test/x' };
  const printed = JSON.stringify(describeConfig(loadConfig({ env, cwd })));
  t.notMatch(printed, /canary/);
  t.match(printed, '"name":"secretKey","value":"••••••••","origin":"environment SECRET_KEY"');
  t.match(printed, '"name":"tenants","value":"acme"');

  for (const [name, value] of Object.entries({ OWNER_PASSWORD: 'canary', WEBHOOK_KEY: 'canary canary', DATABASE_URL: 'mysql://canary@x', PORT: 'canary' })) {
    const { code, message } = refusal({ ...variables, [name]: value }, cwd);
    t.equal(code, 'CONFIG_INVALID', name);
    t.notMatch(message, /canary/, name);
  }
  const torn = t.testdir({ 'switchboard.config.json': '{ "secretKey": "canary-torn" "port": 1 }' });
  const { message } = refusal({}, torn);
  t.match(message, /is not JSON at line 1 column \d+; correct it there/);
  t.notMatch(message, /canary/);
});

t.test('the configuration cannot be changed once it is read', async (t) => {
  const config = loadConfig({ env: variables, cwd: written(t) });
  t.throws(() => Object.assign(config, { port: 1 }), TypeError);
  t.throws(() => Object.assign(config.limits, { shutdownMs: 1 }), TypeError);
  t.throws(() => config.tenants.push(), TypeError);
});

t.test('a missing or empty variable names the place and what to set', async (t) => {
  for (const [what, META_TOKEN] of [['missing', undefined], ['empty', ''], ['blank', '  ']] as const) {
    t.match(refusal({ ...variables, META_TOKEN }, written(t)), { code: 'CONFIG_VARIABLE_MISSING', message: /^tenants\[0\]\.connections\[0\]\.settings\.accessToken in .* needs the environment variable META_TOKEN, which is not set; set META_TOKEN or/ }, what);
  }
});

const wrong: [string, string, RegExp, unknown][] = [
  ['an unknown key', 'CONFIG_INVALID', /^tenants\[0\]\.conections in .* is not known here; write "connections" or remove it\.$/, withTenant({ conections: [] })],
  ['an unknown key at the top', 'CONFIG_INVALID', /^colour in .* is not known here; remove it\.$/, { colour: 'red' }],
  ['a wrong type', 'CONFIG_INVALID', /^port in .* must be a whole number; correct it\.$/, { port: '3000' }],
  ['a wrong type deep inside', 'CONFIG_INVALID', /^tenants\[0\]\.numbers\[0\]\.active in .* must be true or false/, withTenant({ numbers: [{ ...number, active: 'yes' }] })],
  ['something missing', 'CONFIG_INVALID', /^tenants\[0\]\.numbers\[0\]\.account in .* is missing; add it\.$/, withTenant({ numbers: [{ connection: 'main' }] })],
  ['a value that is not offered', 'CONFIG_INVALID', /^tenants\[0\]\.users\[0\]\.role in .* must be one of "owner", "admin", "contributor", "agent"/, withTenant({ users: [{ ...user, role: 'god' }] })],
  ['a scope that a route never asks for', 'CONFIG_INVALID', /^tenants\[0\]\.apiKeys\[0\]\.scopes\[0\] in .* must be one of .*"messages:write"/, withTenant({ apiKeys: [{ name: 'script', key: 'env:API_KEY', scopes: ['message:write'] }] })],
  ['a slug that cannot stand in an address', 'CONFIG_INVALID', /^tenants\[0\]\.slug in .* right form/, withTenant({ slug: 'Acme & Co' })],
  ['a time zone that does not exist', 'CONFIG_INVALID', /^tenants\[0\]\.timeZone in .* is no time zone.*Asia\/Jakarta/, withTenant({ timeZone: 'Mars/Olympus' })],
  ['a retention below what providers redeliver', 'CONFIG_INVALID', /^limits\.deliveryRetentionDays in .* too small; the least is 8/, { limits: { deliveryRetentionDays: 7 } }],
  ['a number of no connection', 'CONFIG_REFERENCE', /^tenants\[0\]\.numbers\[0\]\.connection in .* names "mian", which is no connection of this tenant; declare it under tenants\[0\]\.connections/, withTenant({ numbers: [{ ...number, connection: 'mian' }] })],
  ['a binding of no agent', 'CONFIG_REFERENCE', /^tenants\[0\]\.numbers\[0\]\.bindings\[0\]\.agent in .* names "ecco", which is no agent/, withTenant({ numbers: [{ ...number, bindings: [{ agent: 'ecco' }] }] })],
  ['an agent that is not enabled for WhatsApp', 'CONFIG_REFERENCE', /bindings\[0\]\.agent in .* not enabled for WhatsApp; add "whatsapp"/, withTenant({ agents: [{ ...agent, channels: [] }] })],
  ['a plugin that is not loaded', 'CONFIG_REFERENCE', /^tenants\[0\]\.connections\[0\]\.plugin in .* names "twilio", which is not loaded; add it to plugins/, withTenant({ connections: [{ ...connection, plugin: 'twilio' }] })],
  ['a slug twice', 'CONFIG_INVALID', /^tenants\[1\]\.slug in .* is the same as tenants\[0\]\.slug/, { tenants: [{ slug: 'a' }, { slug: 'a' }] }],
  ['an e-mail twice in another case', 'CONFIG_INVALID', /users\[1\]\.email in .* is the same as .*users\[0\]\.email/, withTenant({ users: [user, { ...user, email: 'Owner@Acme.test' }] })],
  ['a day that is none as the end of an API key', 'CONFIG_INVALID', /^tenants\[0\]\.apiKeys\[0\]\.expires in .* write a date such as 2027-03-31/, withTenant({ apiKeys: [{ name: 'script', key: 'env:API_KEY', scopes: ['*'], expires: '31.3.2027' }] })],
  ['an API key twice, even in two tenants', 'CONFIG_INVALID', /^tenants\[1\]\.apiKeys\[0\]\.key in .* is the same as tenants\[0\]\.apiKeys\[0\]\.key/, { tenants: [{ slug: 'a', apiKeys: tenant.apiKeys }, { slug: 'b', apiKeys: tenant.apiKeys }] }],
  ['a webhook key twice', 'CONFIG_INVALID', /connections\[1\]\.webhookKey in .* is the same as/, withTenant({ connections: [connection, { ...connection, key: 'second' }] })],
  ['a connection key twice', 'CONFIG_INVALID', /connections\[1\]\.key in .* is the same as/, withTenant({ connections: [connection, { ...connection, webhookKey: 'another' }] })],
  ['an agent key twice', 'CONFIG_INVALID', /agents\[1\]\.key in .* is the same as/, withTenant({ agents: [agent, agent] })],
  ['an account twice', 'CONFIG_INVALID', /numbers\[1\]\.account in .* is the same as tenants\[0\]\.numbers\[0\]\.account/, withTenant({ numbers: [number, number] })],
  ['two agents for a number’s inbound traffic', 'CONFIG_INVALID', /bindings\[1\]\.inbound in .* takes this number’s inbound traffic; set it to false/, withTenant({ numbers: [{ ...number, bindings: [binding, { ...binding, environment: 'draft' }] }] })],
  ['a variable that cannot be one', 'CONFIG_INVALID', /accessToken in .* names no variable; write env:NAME/, withTenant({ connections: [{ ...connection, settings: { accessToken: 'env:my-token' } }] })],
  ['a key that reaches a prototype', 'CONFIG_INVALID', /connections\[0\]\.settings\.constructor in .* may not be used; remove it/, withTenant({ connections: [{ ...connection, settings: { constructor: { prototype: { polluted: true } } } }] })],
  ['a list at the top', 'CONFIG_INVALID', /holds no settings; it must be an object/, []],
];
for (const [what, code, message, file] of wrong) {
  t.test(`${what} stops the start with the place and the remedy`, async (t) => {
    const told = refusal(variables, written(t, file));
    t.match(told, { code, message });
    t.notMatch(told.message, /\n/, 'it is one sentence');
    t.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
}

t.test('__proto__ in a file is refused in every format', async (t) => {
  for (const [name, text] of Object.entries({
    'switchboard.config.json': '{ "tenants": [{ "slug": "a", "__proto__": { "polluted": 1 } }] }',
    'switchboard.config.yaml': 'tenants:\n  - slug: a\n    __proto__: { polluted: 1 }',
  })) {
    t.match(refusal({}, t.testdir({ [name]: text })), { code: 'CONFIG_INVALID', message: /__proto__.*may not be used/ }, name);
  }
  t.equal(({} as { polluted?: unknown }).polluted, undefined);
});

const wrongVariables: [string, string, RegExp][] = [
  ['PORT', '3000.5', /PORT must be a whole number/],
  ['PORT', '65536', /PORT is too large; the most is 65535/],
  ['BACKUP_BEFORE_MIGRATION', 'maybe', /must be true or false/],
  ['LOG_LEVEL', 'loud', /LOG_LEVEL must be one of "trace"/],
  ['PUBLIC_URL', 'bots.example.com', /PUBLIC_URL must be an address such as https:/],
  ['PUBLIC_URL', 'https://user:pw@bots.example.com', /without user/],
  ['TRUSTED_PROXIES', '10.0.0.0/33', /CIDR/],
  ['TRUSTED_PROXIES', 'proxy.local', /CIDR/],
  ['ALLOWED_ORIGINS', 'http://10.0.0.5/path', /origins such as/],
  ['ALLOWED_ORIGINS', '10.0.0.5', /origins such as/],
];
for (const [name, value, message] of wrongVariables) {
  t.test(`${name}=${value} is refused by its name`, async (t) => {
    t.match(refusal({ [name]: value }, t.testdir({})), { code: 'CONFIG_INVALID', message });
  });
}

t.test('addresses are brought into one form', async (t) => {
  const config = loadConfig({ env: { PUBLIC_URL: 'https://Bots.Example.com:443/whatsapp/', ALLOWED_ORIGINS: 'HTTP://LLM.internal:80/,http://[::1]:4020' }, cwd: t.testdir({}) });
  t.equal(config.publicUrl, 'https://bots.example.com/whatsapp');
  t.strictSame(config.allowedOrigins, ['http://llm.internal', 'http://[::1]:4020']);
});

t.test('paths of the file count from its folder, those of the environment from where one stands', async (t) => {
  const cwd = t.testdir({ etc: { 'mine.json': JSON.stringify({ dataDir: 'store', plugins: ['rules', './near.ts', './far.ts'] }), 'near.ts': '' } });
  const fromFile = loadConfig({ env: { SWITCHBOARD_CONFIG: 'etc/mine.json' }, cwd });
  t.equal(fromFile.dataDir, join(cwd, 'etc', 'store'));
  t.strictSame(fromFile.plugins, ['rules', join(cwd, 'etc', 'near.ts'), './far.ts'], 'what is not beside the file is left to the loader');
  t.equal(loadConfig({ env: { SWITCHBOARD_CONFIG: 'etc/mine.json', DATA_DIR: 'here' }, cwd }).dataDir, join(cwd, 'here'));
});
