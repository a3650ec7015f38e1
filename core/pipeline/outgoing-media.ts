/** Media that go out: of the tenant, stored, and said to be what they are. */
import { List, type Sql } from '../db/sql.ts';
import type { OutContent } from '../plugin/contract/content.ts';

interface Medium {
  id: string;
  tenant_id: string;
  mime: string;
  bytes: number;
  name: string | null;
}

export type MediaById = ReadonlyMap<string, Medium>;

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The id of the medium in a content. */
export function mediumIn(content: OutContent): string | undefined {
  if (content.kind === 'template') return content.media?.id;
  return 'media' in content ? content.media : undefined;
}

/** What is stored of the media in these contents; nothing is asked when there are none. */
export async function mediaOf(sql: Sql, drafts: readonly { tenantId: string; contents: readonly OutContent[] }[]): Promise<MediaById> {
  const ids = drafts.flatMap(({ contents }) => contents.flatMap((content) => mediumIn(content) ?? [])).filter((id) => uuidForm.test(id));
  if (ids.length === 0) return new Map();
  const rows = await sql.all<Medium>(`select id, tenant_id, mime, bytes, name from media where ${sql.in('id')} and state = 'stored'`, [new List([...new Set(ids)])]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** The content with what is known of its medium, whatever its writer said; undefined when the tenant has no such medium. */
export function withMedium(content: OutContent, tenantId: string, media: MediaById): OutContent | undefined {
  const id = mediumIn(content);
  if (id === undefined) return content;
  const medium = media.get(id);
  if (medium?.tenant_id !== tenantId) return undefined;
  const { mime, bytes } = medium;
  if (content.kind === 'template') return content.media ? { ...content, media: { ...content.media, mime, bytes, ...named(content.media.name ?? medium.name) } } : content;
  return 'media' in content ? { ...content, mime, bytes, ...named(content.name ?? medium.name) } : content;
}

const named = (name: string | null): { name?: string } => (name === null ? {} : { name });

/** A medium belongs to the first message that carries it; one that no message carries is removed after a while. */
export async function noteSent(sql: Sql, messages: readonly [message: string, medium: string][]): Promise<void> {
  for (const [message, medium] of messages) await sql.run('update media set message_id = ? where id = ? and message_id is null', [message, medium]);
}
