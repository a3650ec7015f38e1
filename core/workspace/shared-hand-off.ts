/** A link under which the provider's set-up team, who cannot sign in, may read a connection's hand-off for a while. */
import { createHash } from 'node:crypto';
import { secretsIn } from '../plugin/secrets.ts';
import { isRecord } from '../plugin/settings.ts';
import { audit, change, type By } from './change.ts';
import { channelOf, connectionRow, webhookKeyOf, type WorkspaceParts } from './parts.ts';
import { Refused } from './refused.ts';
import { openConnectionSettings } from './settings.ts';
import { SwitchboardError } from '../errors.ts';

export interface SharedHandOff {
  tenantId: string;
  /** Of the connection. */
  id: string;
  until: number;
  secrets: boolean;
}

const dayMs = 86_400_000;
/** Another sealed value of ours is no link. */
const place = 'hand-off-link';

export async function share(parts: WorkspaceParts, tenantId: string, id: string, { days, secrets }: { days: number; secrets: boolean }, by: By): Promise<{ of: string; until: number }> {
  const runtime = parts.runtime();
  const until = runtime.clock.now() + days * dayMs;
  const mark = await markOf(parts, tenantId, id);
  await change(runtime, tenantId, async (em) => {
    await connectionRow(em, id);
    audit(em, runtime, tenantId, by, { action: 'connection.share', subject: 'connection', subjectId: id, detail: { days, withSecrets: secrets } });
  });
  return { of: parts.sealer.seal(JSON.stringify({ tenantId, id, until, secrets, mark }), place), until };
}

/** Undefined: it is no link of ours, has ended, or its connection or one of its secrets is another by now. */
export async function shared(parts: WorkspaceParts, of: string): Promise<SharedHandOff | undefined> {
  const link = read(parts, of);
  if (!link || link.until <= parts.runtime().clock.now()) return undefined;
  try {
    return (await markOf(parts, link.tenantId, link.id)) === link.mark ? { tenantId: link.tenantId, id: link.id, until: link.until, secrets: link.secrets } : undefined;
  } catch (error) {
    if (error instanceof Refused || (error instanceof SwitchboardError && error.code === 'NOT_FOUND')) return undefined;
    throw error;
  }
}

function read({ sealer }: WorkspaceParts, of: string): (SharedHandOff & { mark: string }) | undefined {
  let link: unknown;
  try {
    link = JSON.parse(sealer.open(of, place));
  } catch {
    return undefined;
  }
  if (!isRecord(link)) return undefined;
  const { tenantId, id, until, secrets, mark } = link;
  return typeof tenantId === 'string' && typeof id === 'string' && typeof until === 'number' && typeof secrets === 'boolean' && typeof mark === 'string' ? { tenantId, id, until, secrets, mark } : undefined;
}

/** Another as soon as the address or any secret of the connection is: whoever makes those anew ends the links as well. */
async function markOf(parts: WorkspaceParts, tenantId: string, id: string): Promise<string> {
  const em = parts.runtime().db.em(tenantId);
  const row = await connectionRow(em, id);
  const { settings } = channelOf(parts, row.plugin);
  const secrets = secretsIn(settings, openConnectionSettings(parts.sealer, settings, row));
  return createHash('sha256').update(JSON.stringify([await webhookKeyOf(em, parts, row.id), ...secrets])).digest('base64url');
}
