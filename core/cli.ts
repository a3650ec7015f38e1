/** `npm run -s switchboard -- <command>`: what is done beside the running product. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { existsSync, readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { describeConfig, loadConfig, type Config } from '../config/index.ts';
import { isTableMissing, openPostgres, openSqlite, type Database } from './db/open.ts';
import { backUp } from './db/migrate.ts';
import { StorageUnavailable, SwitchboardError } from './errors.ts';
import { startSentence } from './start-error.ts';
import { addMember, resetPassword } from './users.ts';

const usage = `Usage: npm run -s switchboard -- <command>

  config                   what is configured, and where each value comes from
  emulate <plugin> [...]   a provider on this machine; emulate <plugin> --help says more
  backup                   a consistent copy of the SQLite database, also while it is in use
  doctor [--tenant <slug>] [--connection <name>] [--locale en|es|id] [--json]
                           what is wrong with the connections, and how to mend it; ends with 1 when something is broken
  keys                     the API keys: what each may do, until when, and when it was last used
  user add --tenant <slug> --email <address> --name <name> --role owner|admin|contributor|agent
                           a member; somebody new gets a password, which is printed once
  user password --email <address>
                           a new password, printed once; ends every login of that person
`;

const commands: Record<string, (args: string[]) => Promise<void> | void> = { config, doctor, emulate, backup, keys, user };

function config(): void {
  const lines = describeConfig(loadConfig());
  const width = Math.max(...lines.map((line) => line.name.length));
  for (const { name, value, origin } of lines) process.stdout.write(`${name.padEnd(width)}  ${value}  (${origin})\n`);
}

async function doctor(args: string[]): Promise<void> {
  const { tenant, connection, locale = 'en', json } = optionsOf(args, ['tenant', 'connection', 'locale'], ['json']);
  if (locale !== 'en' && locale !== 'es' && locale !== 'id') throw new SwitchboardError('INVALID_INPUT', `--locale is one of en, es, id.\n\n${usage}`);
  const { examineAll, report } = await import('./doctor-command.ts');
  const examined = await withDatabase((db) => examineAll(db, loadConfig(), { tenant, connection, locale }), true);
  process.stdout.write(json === undefined ? report(examined) : `${JSON.stringify(examined, null, 2)}\n`);
  if (examined.some(({ lines }) => lines.some(({ state }) => state === 'broken'))) process.exitCode = 1;
}

const plugins = join(import.meta.dirname, '../plugins');

async function emulate([plugin, ...args]: string[]): Promise<void> {
  const emulators = readdirSync(plugins).filter((name) => existsSync(join(plugins, name, 'emulator.ts')));
  if (plugin === undefined || plugin === '--help') {
    process.stdout.write(`Emulators: ${emulators.join(', ')}. Options of one: emulate ${emulators[0]} --help\n`);
    return;
  }
  if (!emulators.includes(plugin)) throw new SwitchboardError('NOT_FOUND', `There is no emulator "${plugin}". There are: ${emulators.join(', ')}.`);
  const file = join(plugins, plugin, 'emulator.ts');
  const module: unknown = await import(pathToFileURL(file).href);
  if (!hasMain(module)) throw new SwitchboardError('NOT_FOUND', `The emulator of ${plugin} has no command.`);
  await module.main(args).catch((error: unknown) => {
    throw new SwitchboardError('INVALID_INPUT', `${error instanceof Error ? error.message : String(error)}\n\nTry: emulate ${plugin} --help`, { cause: error });
  });
}

function hasMain(module: unknown): module is { main(args: string[]): Promise<void> } {
  return typeof module === 'object' && module !== null && 'main' in module && typeof module.main === 'function';
}

async function backup(): Promise<void> {
  const { dataDir, databaseUrl } = loadConfig();
  if (databaseUrl) throw new SwitchboardError('CONFIG_INVALID', 'The data is in PostgreSQL: back it up with pg_dump.');
  const file = join(dataDir, 'switchboard.db');
  if (!existsSync(file)) throw new SwitchboardError('NOT_FOUND', `There is no database at ${file} yet.`);
  const db = await openSqlite(file, { entities: false });
  process.stdout.write(`${await backUp(db, join(dataDir, 'backups'))}\n`);
  await db.close();
}

async function keys(): Promise<void> {
  const { listKeys } = await import('./keys-command.ts');
  process.stdout.write(await withDatabase((db) => listKeys(db, Date.now())));
}

async function user([deed, ...args]: string[]): Promise<void> {
  if (deed !== 'add' && deed !== 'password') throw new SwitchboardError('INVALID_INPUT', `Try: user add, or user password.\n\n${usage}`);
  const given = optionsOf(args, deed === 'add' ? ['tenant', 'email', 'name', 'role'] : ['email']);
  const { email } = given;
  if (email === undefined) throw missing('email');
  if (deed === 'password') {
    const password = await withDatabase((db) => resetPassword(db, email, Date.now()));
    process.stdout.write(`The new password of ${email} is\n\n  ${password}\n\nIt is shown this once. Whoever was signed in as ${email} no longer is.\n`);
    return;
  }
  const { tenant, role, name } = given;
  if (tenant === undefined) throw missing('tenant');
  if (role === undefined) throw missing('role');
  const password = await withDatabase((db) => addMember(db, { tenant, email, name, role }, Date.now()));
  process.stdout.write(`${email} is now a member of ${tenant}, as ${role}.\n${password === undefined ? 'The person was known and keeps the same password.\n' : `The password is\n\n  ${password}\n\nIt is shown this once.\n`}`);
}

const missing = (option: string) => new SwitchboardError('INVALID_INPUT', `--${option} is missing.\n\n${usage}`);

/** A switch that is on is `on`. */
function optionsOf(args: string[], names: string[], switches: string[] = []): Record<string, string | undefined> {
  try {
    const options = Object.fromEntries([...names.map((name) => [name, { type: 'string' as const }]), ...switches.map((name) => [name, { type: 'boolean' as const }])]);
    const { values } = parseArgs({ args, options });
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? value : value === true ? 'on' : undefined]));
  } catch (error) {
    throw new SwitchboardError('INVALID_INPUT', `${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

/** Works beside the running product, on either database. */
async function withDatabase<T>(work: (db: Database) => Promise<T>, entities = false): Promise<T> {
  const config = loadConfig();
  try {
    const db = await openExisting(config, entities);
    try {
      return await patiently(() => work(db));
    } finally {
      await db.close();
    }
  } catch (error) {
    if (isTableMissing(error)) throw nothingYet('The database has no tables yet');
    const { sentence } = startSentence(error, config);
    throw new SwitchboardError(error instanceof SwitchboardError ? error.code : 'INTERNAL', sentence, { cause: error });
  }
}

function openExisting({ databaseUrl, dataDir }: Config, entities: boolean): Promise<Database> {
  if (databaseUrl !== undefined) return openPostgres(databaseUrl, { entities });
  const file = join(dataDir, 'switchboard.db');
  if (!existsSync(file)) throw nothingYet(`There is no database at ${file} yet`);
  return openSqlite(file, { entities });
}

const nothingYet = (what: string) => new SwitchboardError('NOT_FOUND', `${what}: start Switchboard once, with the same configuration.`);

const patienceMs = 5_000;

/** The running product may hold a SQLite file for a moment. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + patienceMs; ; await pause(100)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StorageUnavailable) || error.code !== 'STORAGE_BUSY' || performance.now() > until) throw error;
    }
  }
}

const [name, ...args] = process.argv.slice(2);
const command = name === undefined ? undefined : commands[name];
if (!command) {
  process.stdout.write(usage);
  process.exitCode = name === undefined || name === '--help' || name === 'help' ? 0 : 2;
} else {
  try {
    await command(args);
  } catch (error) {
    if (!(error instanceof SwitchboardError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
