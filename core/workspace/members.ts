/** Who belongs to an organisation. */
import type { Role } from '../db/entities/index.ts';
import type { WorkspaceParts } from './parts.ts';

export interface Members {
  list(tenantId: string): Promise<{ id: string; name: string; email: string; role: Role; lastSeenAt?: number }[]>;
}

export function membersOf(parts: WorkspaceParts): Members {
  return {
    async list(tenantId) {
      const rows = await parts.runtime().db.read((sql) =>
        sql.all<{ id: string; name: string; email: string; role: Role; last_seen_at: number | null }>(
          'select u.id, u.name, u.email, m.role, (select max(l.last_seen_at) from login l where l.user_id = u.id) as last_seen_at ' +
            'from membership m join "user" u on u.id = m.user_id where m.tenant_id = ? and u.disabled_at is null order by u.name, u.id',
          [tenantId],
        ),
      );
      return rows.map(({ id, name, email, role, last_seen_at }) => ({ id, name, email, role, ...(last_seen_at !== null && { lastSeenAt: last_seen_at }) }));
    },
  };
}
