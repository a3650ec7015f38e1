/**
 * What a start has to do about the declared installation. A declaration that was applied before keeps no webhook waiting; and
 * where its rows stand as it left them, nothing at all is done, so that what changes them need not even be loaded.
 */
import { createHash } from 'node:crypto';
import type { Database } from '../db/open.ts';
import { SwitchboardError } from '../errors.ts';
import type { Plugins } from '../plugin/load.ts';
import type { Sealer } from '../plugin/secrets.ts';
import type { TenantDeclaration } from './declaration.ts';

interface Declared {
  db: Database;
  sealer: Sealer;
  plugins: Plugins;
  tenants: readonly TenantDeclaration[];
  /** Another version may understand the same words in another way. */
  version: string;
}

/**
 * `first`: before any webhook is taken, because the declaration is new. `later`: because people, a provider or a process that
 * ended left something otherwise than declared. `nothing`: all is as it was left.
 */
export type Due = 'first' | 'later' | 'nothing';

const key = 'declared';
// Sealed, because what is declared holds secrets that could be guessed against a bare hash.
const place = 'installation:declared';

export async function dueAtStart(declared: Declared): Promise<Due> {
  const [row] = await declared.db.read((sql) => sql.all<{ value: string }>('select value from installation where key = ?', [key]));
  const [words, rows] = row ? opened(declared.sealer, row.value).split(' ') : [];
  if (words !== digestOfWords(declared)) return 'first';
  return rows === (await digestOfRows(declared)) && !(await isAnythingUnsettled(declared.db)) ? 'nothing' : 'later';
}

export async function noteApplied(declared: Declared): Promise<void> {
  const value = declared.sealer.seal(`${digestOfWords(declared)} ${await digestOfRows(declared)}`, place);
  await declared.db.write((sql) =>
    sql.insert('installation', ['key', 'value', 'updated_at'], [[key, value, Date.now()]], { conflict: 'on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at' }),
  );
}

/** Empty when it was sealed with a key that is no more. */
function opened(sealer: Sealer, sealed: string): string {
  try {
    return sealer.open(sealed, place);
  } catch (error) {
    if (!(error instanceof SwitchboardError) || error.code !== 'UNSEALING_FAILED') throw error;
    return '';
  }
}

const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('base64url');
const digestOfWords = ({ tenants, version }: Declared) => hashOf([version, tenants]);

/** All that `declared.ts` writes, as it stands now, and the plugins by which it is read: what is added there is added here. */
const governed = [
  'select id, slug, name, locale, time_zone from tenant where declared order by id',
  'select m.tenant_id, m.user_id, m.role from membership m join tenant t on t.id = m.tenant_id where t.declared order by m.id',
  'select id, hash, scopes, expires_at, revoked_at from api_key where declared order by id',
  'select id, plugin, name, description, settings, state, state_reason, deleted_at from connection where declared order by id',
  'select k.id, k.hash, k.valid_until from webhook_key k join connection c on c.id = k.connection_id where c.declared order by k.id',
  'select id, plugin, name, channels, secrets, state, state_reason, published_id, deleted_at from agent where declared order by id',
  'select id, connection_id, account, display_name, active, deleted_at from number where declared order by id',
  'select b.number_id, b.agent_id, b.environment, b.inbound from binding b join number n on n.id = b.number_id where n.declared order by b.id',
];

async function digestOfRows({ db, plugins }: Declared): Promise<string> {
  const rows = await db.read(async (sql) => {
    const found = [];
    for (const text of governed) found.push(await sql.all(text));
    return found;
  });
  return hashOf([rows, plugins.all.map(({ name, settings }) => [name, settings])]);
}

/**
 * A process that ended while it asked a provider left something starting, whoever made it. And what is declared may fail
 * between being applied and being noted, when it would be noted as failed: it is tried again at every start.
 */
async function isAnythingUnsettled(db: Database): Promise<boolean> {
  const unsettled = ['connection', 'agent'].map((table) => `select 1 as one from ${table} where deleted_at is null and (state = 'starting' or (declared and state = 'error'))`);
  return (await db.read((sql) => sql.all(`${unsettled.join(' union all ')} limit 1`))).length > 0;
}
