/** `switchboard keys`: who may call the API, and whether anybody does. What a key is, nobody can say: its hash alone is kept. */
import type { Database } from './db/open.ts';
import { fromJson } from './pipeline/rows.ts';

interface Row {
  slug: string;
  name: string;
  scopes: string;
  last_used_at: number | null;
  expires_at: number | null;
  revoked_at: number | null;
}

export async function listKeys(db: Database, now: number): Promise<string> {
  const rows = await db.read((sql) =>
    sql.all<Row>('select t.slug, k.name, k.scopes, k.last_used_at, k.expires_at, k.revoked_at from api_key k join tenant t on t.id = k.tenant_id order by t.slug, k.name'),
  );
  if (rows.length === 0) return 'There are no API keys. The configuration file declares them; docs/api.md says how.\n';
  return rows.map((row) => `${row.slug}  ${row.name}  ${fromJson<string[]>(row.scopes).join(' ')}\n  ${stateOf(row, now)}, last used ${row.last_used_at === null ? 'never' : moment(row.last_used_at)}\n`).join('');
}

function stateOf({ revoked_at, expires_at }: Row, now: number): string {
  if (revoked_at !== null) return `revoked ${moment(revoked_at)}`;
  if (expires_at === null) return 'does not expire';
  return `${expires_at <= now ? 'expired' : 'expires'} ${moment(expires_at)}`;
}

const moment = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
