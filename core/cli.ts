/** `npm run -s switchboard -- <command>`: what is done beside the running product. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { existsSync } from 'node:fs';
import { describeConfig, loadConfig } from '../config/index.ts';
import { openSqlite } from './db/open.ts';
import { backUp } from './db/migrate.ts';
import { SwitchboardError } from './errors.ts';

const usage = `Usage: npm run -s switchboard -- <command>

  config                   what is configured, and where each value comes from
  emulate <plugin> [...]   a provider on this machine; emulate <plugin> --help says more
  backup                   a consistent copy of the SQLite database, also while it is in use
`;

const commands: Record<string, (args: string[]) => Promise<void> | void> = { config, emulate, backup };

function config(): void {
  const lines = describeConfig(loadConfig());
  const width = Math.max(...lines.map((line) => line.name.length));
  for (const { name, value, origin } of lines) process.stdout.write(`${name.padEnd(width)}  ${value}  (${origin})\n`);
}

async function emulate([plugin, ...args]: string[]): Promise<void> {
  const file = join(import.meta.dirname, '..', 'plugins', plugin ?? '', 'emulator.ts');
  if (!plugin || !/^[a-z0-9-]+$/.test(plugin) || !existsSync(file)) throw new SwitchboardError('NOT_FOUND', `There is no emulator "${plugin ?? ''}". Try: emulate meta-cloud --help`);
  const module: unknown = await import(pathToFileURL(file).href);
  if (!hasMain(module)) throw new SwitchboardError('NOT_FOUND', `The emulator of ${plugin} has no command.`);
  await module.main(args);
}

function hasMain(module: unknown): module is { main(args: string[]): Promise<void> } {
  return typeof module === 'object' && module !== null && 'main' in module && typeof module.main === 'function';
}

async function backup(): Promise<void> {
  const { dataDir, databaseUrl } = loadConfig();
  if (databaseUrl) throw new SwitchboardError('CONFIG_INVALID', 'The data is in PostgreSQL: back it up with pg_dump.');
  const file = join(dataDir, 'switchboard.db');
  if (!existsSync(file)) throw new SwitchboardError('NOT_FOUND', `There is no database at ${file} yet.`);
  const db = await openSqlite(file);
  process.stdout.write(`${await backUp(db, join(dataDir, 'backups'))}\n`);
  await db.close();
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
