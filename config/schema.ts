/**
 * Everything that can be configured, in one schema. A setting with `env` may come from that environment variable; `writeOnly`
 * marks a secret, which is never shown. Below the settings stands the installation as code: its shape is stable, because
 * scripts, tests and benchmarks start the product with it.
 */
import { Type, type Static } from 'typebox';
import { grants } from '../core/http/api/scopes.ts';
import type { Json } from '../core/plugin/contract/plugin.ts';
import { defaultPlugins } from './plugins.ts';

const text = (env: string, about: string, more: object = {}) => Type.String({ minLength: 1, env, description: about, ...more });
const whole = (env: string, about: string, usual: number, minimum: number, maximum: number) =>
  Type.Integer({ env, description: about, default: usual, minimum, maximum });
const key = (about: string) => Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', form: 'at most 64 letters, digits, dots, dashes and underscores', description: about });
const name = (about: string) => Type.String({ minLength: 1, maxLength: 200, description: about });
const settings = Type.Unsafe<Record<string, Json>>(Type.Record(Type.String(), Type.Unknown(), { default: {}, description: 'Settings by the plugin’s own schema.' }));

const user = Type.Object({
  email: Type.String({ pattern: '^[^\\s@]+@[^\\s@]+$', form: 'an e-mail address', examples: ['ana@example.com'], maxLength: 254 }),
  name: name('As colleagues see it.'),
  role: Type.Enum(['owner', 'admin', 'contributor', 'agent']),
  password: Type.Optional(Type.String({ minLength: 8, maxLength: 1024, writeOnly: true, description: 'Set when the user is created, never afterwards.' })),
  locale: Type.Optional(Type.Enum(['en', 'es', 'id'])),
});

const apiKey = Type.Object({
  name: name('Whose key it is.'),
  key: Type.String({ minLength: 8, maxLength: 512, writeOnly: true }),
  scopes: Type.Array(Type.Enum([...grants]), { minItems: 1 }),
  expires: Type.Optional(Type.String({
    pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])(T([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d)?(Z|[+-]\\d\\d:\\d\\d))?$', form: 'a date such as 2027-03-31, or a time such as 2027-03-31T18:00+07:00',
    description: 'From when on it is refused; a date is its beginning in UTC. Never when left out.',
  })),
});

const connection = Type.Object({
  key: key('Identifies the connection across restarts.'),
  plugin: name('The channel plugin’s name.'),
  name: Type.Optional(name('As operators see it; the key when left out.')),
  description: Type.Optional(Type.String({ maxLength: 1000 })),
  webhookKey: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{4,128}$', form: '4 to 128 letters, digits, dashes and underscores', writeOnly: true, description: 'Last part of the webhook URL; made by Switchboard when left out.' })),
  start: Type.Boolean({ default: true }),
  settings,
});

const agent = Type.Object({
  key: key('Identifies the agent across restarts.'),
  name: Type.Optional(name('As operators see it; the key when left out.')),
  plugin: name('The agent plugin’s name.'),
  channels: Type.Array(Type.Enum(['whatsapp']), { default: ['whatsapp'] }),
  start: Type.Boolean({ default: true }),
  settings,
});

const binding = Type.Object({
  agent: key('The key of an agent of the same tenant.'),
  environment: Type.Enum(['published', 'draft'], { default: 'published' }),
  inbound: Type.Boolean({ default: true, description: 'Off: the agent only sends from this number.' }),
});

const number = Type.Object({
  connection: key('The key of a connection of the same tenant.'),
  account: name('What identifies the number at the provider.'),
  displayName: Type.Optional(name('As operators see it; the account when left out.')),
  active: Type.Boolean({ default: true }),
  bindings: Type.Array(binding, { default: [] }),
});

const tenant = Type.Object({
  slug: Type.String({ pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$', form: 'lower-case letters, digits and dashes', examples: ['acme'], description: 'Stands in every address of the tenant.' }),
  name: Type.Optional(name('As its users see it; the slug when left out.')),
  locale: Type.Enum(['en', 'es', 'id'], { default: 'en' }),
  timeZone: Type.String({ default: 'UTC', description: 'An IANA name, for example Asia/Jakarta.' }),
  users: Type.Array(user, { default: [] }),
  apiKeys: Type.Array(apiKey, { default: [] }),
  connections: Type.Array(connection, { default: [] }),
  agents: Type.Array(agent, { default: [] }),
  numbers: Type.Array(number, { default: [] }),
});

const limits = Type.Object({
  webhookMaxBytes: whole('WEBHOOK_MAX_BYTES', 'Largest body of a webhook.', 3_145_728, 1_024, 104_857_600),
  deliveryRetentionDays: whole('DELIVERY_RETENTION_DAYS', 'Days that a webhook is kept as received; providers redeliver for up to 7.', 14, 8, 3_650),
  unknownWaitMs: whole('UNKNOWN_WAIT_MS', 'How long a send with an unknown outcome waits for a receipt before it is decided.', 30_000, 1_000, 86_400_000),
  shutdownMs: whole('SHUTDOWN_MS', 'How long a stop waits for the work in hand.', 10_000, 0, 600_000),
  sendConcurrency: whole('SEND_CONCURRENCY', 'Sends to providers in flight at the same time.', 128, 1, 2_048),
  turnConcurrency: whole('TURN_CONCURRENCY', 'Agents answering at the same time.', 1_024, 1, 65_536),
  templateSyncHours: whole('TEMPLATE_SYNC_HOURS', 'How often the templates of a running connection are read from its provider; at once when somebody asks.', 6, 1, 168),
  agentCallMs: whole('AGENT_CALL_MS', 'Longest that an agent may take to answer.', 60_000, 100, 600_000),
}, { default: {} });

const media = Type.Object({
  folder: Type.Optional(text('MEDIA_DIR', 'Folder of the media; media/ in the data folder when left out.')),
  shared: Type.Boolean({ env: 'MEDIA_SHARED', default: false, description: 'The media folder is the same one for all replicas.' }),
  bucket: Type.Optional(text('MEDIA_BUCKET', 'Keeps media in this bucket of an S3-compatible service instead.')),
  endpoint: Type.Optional(text('MEDIA_ENDPOINT', 'Address of that service, for example https://s3.eu-central-1.amazonaws.com.')),
  region: text('MEDIA_REGION', 'Its region.', { default: 'us-east-1' }),
  accessKeyId: Type.Optional(text('MEDIA_ACCESS_KEY_ID', 'Access key of the bucket.')),
  secretAccessKey: Type.Optional(text('MEDIA_SECRET_ACCESS_KEY', 'Secret of the access key.', { writeOnly: true })),
}, { default: {} });

export const schema = Type.Object({
  port: whole('PORT', 'Port of the web server; 0 takes any free one.', 3_000, 0, 65_535),
  host: text('HOST', 'Address to listen on.', { default: '127.0.0.1' }),
  publicUrl: Type.Optional(text('PUBLIC_URL', 'The address under which providers and people reach this installation.')),
  dataDir: text('DATA_DIR', 'Folder of the database, media, backups and the key file.', { default: './data' }),
  databaseUrl: Type.Optional(text('DATABASE_URL', 'A postgres:// address moves the data to PostgreSQL.', { writeOnly: true, pattern: '^postgres(ql)?://', form: 'an address that begins with postgres://' })),
  secretKey: Type.Optional(text('SECRET_KEY', 'Seals stored secrets: at least 32 characters; "new,old" while it is rotated.', { writeOnly: true })),
  logLevel: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], { env: 'LOG_LEVEL', default: 'info', description: 'Least important log line that is written.' }),
  logPretty: Type.Boolean({ env: 'LOG_PRETTY', default: false, description: 'Log lines for people instead of machines.' }),
  trustedProxies: Type.Array(Type.String(), { env: 'TRUSTED_PROXIES', default: [], description: 'Addresses whose forwarding headers count, as CIDR ranges.' }),
  allowedOrigins: Type.Array(Type.String(), { env: 'ALLOWED_ORIGINS', default: [], description: 'Origins that plugins may call although they are private or not https.' }),
  metaAppId: Type.Optional(text('META_APP_ID', 'Meta app for signing in with Meta.')),
  metaAppSecret: Type.Optional(text('META_APP_SECRET', 'Secret of the Meta app.', { writeOnly: true })),
  metaConfigId: Type.Optional(text('META_CONFIG_ID', 'Login configuration of the Meta app.')),
  pluginsDir: Type.Optional(text('PLUGINS_DIR', 'Folder of your own plugins; plugins/ in the data folder when left out.')),
  backupBeforeMigration: Type.Boolean({ env: 'BACKUP_BEFORE_MIGRATION', default: true, description: 'Copy the SQLite file before its tables change.' }),
  limits,
  media,
  plugins: Type.Array(Type.String({ minLength: 1 }), { default: [...defaultPlugins], description: 'Plugins to load: built-in names, paths, npm packages.' }),
  tenants: Type.Array(tenant, { default: [], description: 'The installation as code.' }),
});

export type Settings = Static<typeof schema>;
export type TenantDeclaration = Static<typeof tenant>;
