/** A stored medium as plugins get it: of their own tenant, as a stream. */
import type { Database } from '../db/open.ts';
import type { Log, StoredMedia } from '../plugin/contract/context.ts';
import type { Sealer } from '../plugin/secrets.ts';
import { createInspector, type Inspector } from './inspector.ts';
import { createMediaLinks, type MediaLinks } from './links.ts';
import type { MediaStore } from './store.ts';

/** What the installation knows of media beside their rows. */
export interface MediaParts {
  store: MediaStore;
  links: MediaLinks;
  inspector: Inspector;
}

/** @param base the public address, asked whenever a link is made */
export function mediaParts(store: MediaStore, sealer: Sealer, base: () => string, clock: { now(): number }, log: Log): MediaParts {
  return { store, links: createMediaLinks(sealer.derive('links to media'), base, clock), inspector: createInspector({ scratch: store.scratch, log }) };
}

const idForm = /^[0-9a-f-]{36}$/;

/** Undefined: the tenant has none of this id, or its bytes are not here. */
export async function storedMedia(db: Database, store: MediaStore, tenantId: string, id: string): Promise<StoredMedia | undefined> {
  if (!idForm.test(id)) return undefined;
  const [row] = await db.read((sql) => sql.all<{ bytes: number; mime: string; name: string | null }>("select bytes, mime, name from media where id = ? and tenant_id = ? and state = 'stored'", [id, tenantId]));
  if (!row) return undefined;
  return {
    bytes: row.bytes,
    mime: row.mime,
    ...(row.name !== null && { name: row.name }),
    async *stream() {
      const found = await store.read({ tenantId, id });
      if (!found) throw new Error(`The bytes of the medium ${id} are not here.`);
      yield* found;
    },
  };
}
