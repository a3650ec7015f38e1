/** Whether the configuration still declares what the database was last made to agree with: then no webhook needs to wait for that. */
import { createHash } from 'node:crypto';
import type { Database } from '../db/open.ts';
import { SwitchboardError } from '../errors.ts';
import type { Sealer } from '../plugin/secrets.ts';
import type { TenantDeclaration } from './declaration.ts';

interface Declared {
  db: Database;
  sealer: Sealer;
  tenants: readonly TenantDeclaration[];
  /** Another version may understand the same words in another way. */
  version: string;
}

const key = 'declared';
// Sealed, because what is declared holds secrets that could be guessed against a bare hash.
const place = 'installation:declared';
const digestOf = ({ tenants, version }: Declared) => createHash('sha256').update(JSON.stringify([version, tenants])).digest('base64url');

export async function isApplied(declared: Declared): Promise<boolean> {
  const [row] = await declared.db.read((sql) => sql.all<{ value: string }>('select value from installation where key = ?', [key]));
  if (!row) return false;
  try {
    return declared.sealer.open(row.value, place) === digestOf(declared);
  } catch (error) {
    if (!(error instanceof SwitchboardError) || error.code !== 'UNSEALING_FAILED') throw error;
    return false;
  }
}

export async function noteApplied(declared: Declared): Promise<void> {
  const value = declared.sealer.seal(digestOf(declared), place);
  await declared.db.write((sql) =>
    sql.insert('installation', ['key', 'value', 'updated_at'], [[key, value, Date.now()]], { conflict: 'on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at' }),
  );
}
