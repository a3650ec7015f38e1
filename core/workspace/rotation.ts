/** New webhook secrets, while the old ones hold for as long as somebody needs to tell the provider. */
import { randomBytes } from 'node:crypto';
import { WebhookKey, type IConnection } from '../db/entities/index.ts';
import type { TSchema } from 'typebox';
import type { Channel } from '../plugin/contract.ts';
import { wordsOf } from '../plugin/settings.ts';
import { newWebhookKey } from './address.ts';
import { audit, change, tell } from './change.ts';
import { handOff } from './hand-off.ts';
import type { By, HandOff, WorkspaceParts } from './index.ts';
import { channelOf, connectionRow, notDeclared } from './parts.ts';
import { Refused } from './refused.ts';
import { openConnectionSettings, sealConnectionSettings, type Settings } from './settings.ts';

const hourMs = 3_600_000;
const longestHours = 24;

/** Settings that core makes and a provider must be told: what may be made anew here. */
function madeHere(schema: TSchema): string[] {
  return Object.entries(wordsOf(schema).properties ?? {}).flatMap(([name, member]) => (wordsOf(member).generate === true && wordsOf(member).writeOnly === true ? [name] : []));
}

/** Where the address is what proves a webhook, it is a secret and goes too. */
const byAddress = ({ can }: Pick<Channel, 'can'>) => can.webhook === 'secret-url';

export const canRotate = (channel: Channel) => byAddress(channel) || madeHere(channel.settings).length > 0;

/**
 * What is accepted beside settings that somebody saves. Without a grace what was replaced holds no longer, also where
 * something else of the old settings still does.
 * @throws Refused the time is no number of hours from 0 to 24
 */
export function previousAfter(
  { sealer }: WorkspaceParts, row: IConnection, { channel, was, is, hours, now }: { channel: Channel; was: Settings; is: Settings; hours: number; now: number },
): Partial<Pick<IConnection, 'previous' | 'previousUntil'>> {
  const changed = Object.keys({ ...was, ...is }).filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]));
  const secrets = changed.filter((name) => isSecret(channel.settings, name));
  const grace = graceOf(row, hours, now);
  if (secrets.length > 0 && grace.previous) return grace;
  if (secrets.length === 0 || !row.previous || (row.previousUntil ?? 0) <= now) return {};
  const previous = openConnectionSettings(sealer, channel.settings, { id: row.id, settings: row.previous });
  for (const name of secrets) {
    const value = is[name];
    if (value === undefined) delete previous[name];
    else previous[name] = value;
  }
  return { previous: sealConnectionSettings(sealer, channel.settings, row.id, previous) };
}

function isSecret(schema: TSchema, name: string): boolean {
  const member = wordsOf(schema).properties?.[name];
  return member !== undefined && wordsOf(member).writeOnly === true;
}

/** @throws Refused */
function graceOf(row: IConnection, hours: number, now: number): Pick<IConnection, 'previous' | 'previousUntil'> {
  if (!Number.isFinite(hours) || hours < 0) throw new Refused({ graceHours: { code: 'tooSmall', params: { min: 0 } } });
  if (hours > longestHours) throw new Refused({ graceHours: { code: 'tooBig', params: { max: longestHours } } });
  return hours === 0 ? { previous: null, previousUntil: null } : { previous: { ...row.settings }, previousUntil: now + Math.round(hours * hourMs) };
}

export async function rotate(parts: WorkspaceParts, tenantId: string, id: string, { graceHours }: { graceHours: number }, by: By): Promise<HandOff> {
  const runtime = parts.runtime();
  await change(runtime, tenantId, async (em) => {
    const row = await connectionRow(em, id);
    notDeclared(row);
    const channel = channelOf(parts, row.plugin);
    if (!canRotate(channel)) throw new Refused({ '': { code: 'nothingToRotate', params: {} } });
    const now = runtime.clock.now();
    const grace = graceOf(row, graceHours, now);
    const settings = openConnectionSettings(parts.sealer, channel.settings, row);
    for (const name of madeHere(channel.settings)) settings[name] = randomBytes(24).toString('base64url');
    Object.assign(row, { ...grace, settings: sealConnectionSettings(parts.sealer, channel.settings, row.id, settings) });
    if (byAddress(channel)) {
      const until = typeof grace.previousUntil === 'number' ? grace.previousUntil : now;
      for (const key of await em.find(WebhookKey, { connectionId: row.id })) key.validUntil = Math.min(key.validUntil ?? until, until);
      em.persist(em.create(WebhookKey, newWebhookKey(parts.sealer, tenantId, row.id, now)));
    }
    audit(em, runtime, tenantId, by, { action: 'connection.rotate', subject: 'connection', subjectId: row.id, detail: { graceHours } });
  });
  tell(runtime, { tenantId, numbers: true });
  return handOff(parts, tenantId, id);
}
