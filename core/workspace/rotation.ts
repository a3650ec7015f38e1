/** New webhook secrets, while the old ones hold for as long as somebody needs to tell the provider. */
import { randomBytes } from 'node:crypto';
import { WebhookKey, type IConnection } from '../db/entities/index.ts';
import type { TSchema } from 'typebox';
import { previousIn, type Previous } from '../directory.ts';
import type { Channel } from '../plugin/contract/channel.ts';
import type { Sealer } from '../plugin/secrets.ts';
import { wordsOf } from '../plugin/settings.ts';
import { newWebhookKey } from './address.ts';
import { audit, change, tell, type By } from './change.ts';
import { handOff, type HandOff } from './hand-off.ts';
import { channelOf, connectionRow, notDeclared, type WorkspaceParts } from './parts.ts';
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
export function previousAfter({ sealer }: WorkspaceParts, row: IConnection, { channel, was, is, hours, now }: Replaced): Partial<Kept> {
  const changed = Object.keys({ ...was, ...is }).filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]));
  const secrets = changed.filter((name) => isSecret(channel.settings, name));
  const until = graceEnd(hours, now);
  if (secrets.length === 0) return {};
  const before = openPrevious(sealer, channel, row, now);
  if (until !== undefined) return sealPrevious(sealer, channel, row, withReplaced(before, { was, is, secrets, until }));
  return before.length === 0 ? {} : sealPrevious(sealer, channel, row, before.map(({ settings, until }) => ({ settings: patched(settings, is, secrets), until })));
}

interface Replaced {
  channel: Channel;
  was: Settings;
  is: Settings;
  hours: number;
  now: number;
}

type Kept = Pick<IConnection, 'previous' | 'previousUntil'>;

/** Every webhook is tried against each of these. */
const mostKept = 5;

/**
 * Each secret holds until its own end. What is replaced now may stand in older settings, too: with those it holds as long as
 * is promised for it now, and what replaces it then stands there in its stead.
 */
function withReplaced(before: readonly Previous[], { was, is, secrets, until }: { was: Settings; is: Settings; secrets: readonly string[]; until: number }): Previous[] {
  const older = before.flatMap((one): Previous[] => {
    const here = secrets.filter((name) => JSON.stringify(one.settings[name]) === JSON.stringify(was[name]));
    return here.length === 0 ? [one] : [{ settings: one.settings, until: Math.min(one.until, until) }, { settings: patched(one.settings, is, here), until: one.until }];
  });
  return [{ settings: was, until }, ...older];
}

function patched(settings: Settings, is: Settings, secrets: readonly string[]): Settings {
  const next = { ...settings };
  for (const name of secrets) {
    const value = is[name];
    if (value === undefined) delete next[name];
    else next[name] = value;
  }
  return next;
}

function openPrevious(sealer: Sealer, { settings: schema }: Channel, { id, previous, previousUntil }: IConnection, now: number): Previous[] {
  const valid = previousIn(previous ?? null, previousUntil).filter(({ until }) => until > now);
  return valid.map(({ settings, until }) => ({ settings: openConnectionSettings(sealer, schema, { id, settings }), until }));
}

function sealPrevious(sealer: Sealer, { settings: schema }: Channel, { id }: IConnection, all: readonly Previous[]): Kept {
  const longest = new Map<string, Previous>();
  for (const one of all) {
    const key = JSON.stringify(one.settings);
    if ((longest.get(key)?.until ?? 0) < one.until) longest.set(key, one);
  }
  const kept = [...longest.values()].slice(0, mostKept);
  return {
    previous: kept.map(({ settings, until }) => ({ settings: sealConnectionSettings(sealer, schema, id, settings), until })),
    previousUntil: Math.max(...kept.map(({ until }) => until)),
  };
}

function isSecret(schema: TSchema, name: string): boolean {
  const member = wordsOf(schema).properties?.[name];
  return member !== undefined && wordsOf(member).writeOnly === true;
}

/** Undefined: what is replaced holds no longer. @throws Refused */
function graceEnd(hours: number, now: number): number | undefined {
  if (!Number.isFinite(hours) || hours < 0) throw new Refused({ graceHours: { code: 'tooSmall', params: { min: 0 } } });
  if (hours > longestHours) throw new Refused({ graceHours: { code: 'tooBig', params: { max: longestHours } } });
  return hours === 0 ? undefined : now + Math.round(hours * hourMs);
}

export async function rotate(parts: WorkspaceParts, tenantId: string, id: string, { graceHours }: { graceHours: number }, by: By): Promise<HandOff> {
  const runtime = parts.runtime();
  await change(runtime, tenantId, async (em) => {
    const row = await connectionRow(em, id);
    notDeclared(row);
    const channel = channelOf(parts, row.plugin);
    if (!canRotate(channel)) throw new Refused({ '': { code: 'nothingToRotate', params: {} } });
    const now = runtime.clock.now();
    const until = graceEnd(graceHours, now);
    const was = openConnectionSettings(parts.sealer, channel.settings, row);
    const secrets = madeHere(channel.settings);
    const is = { ...was, ...Object.fromEntries(secrets.map((name) => [name, randomBytes(24).toString('base64url')])) };
    const kept = until === undefined ? { previous: null, previousUntil: null } : sealPrevious(parts.sealer, channel, row, withReplaced(openPrevious(parts.sealer, channel, row, now), { was, is, secrets, until }));
    Object.assign(row, { ...kept, settings: sealConnectionSettings(parts.sealer, channel.settings, row.id, is) });
    if (byAddress(channel)) {
      // An address that was given up before keeps the end that it was promised, unless all old ones end now.
      for (const key of await em.find(WebhookKey, { connectionId: row.id })) key.validUntil = until === undefined ? Math.min(key.validUntil ?? now, now) : (key.validUntil ?? until);
      em.persist(em.create(WebhookKey, newWebhookKey(parts.sealer, tenantId, row.id, now)));
    }
    audit(em, runtime, tenantId, by, { action: 'connection.rotate', subject: 'connection', subjectId: row.id, detail: { graceHours } });
  });
  tell(runtime, { tenantId, numbers: true });
  return handOff(parts, tenantId, id);
}
