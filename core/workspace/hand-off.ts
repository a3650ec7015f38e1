/** What the provider's console must be told: the address of the webhook, the secrets that were made here, the accounts. */
import { Num } from '../db/entities/index.ts';
import type { Channel } from '../plugin/contract/channel.ts';
import { fieldShapes } from '../plugin/fields.ts';
import { withGenerated } from '../plugin/form.ts';
import { isRecord } from '../plugin/settings.ts';
import { newKey, webhookUrl } from './address.ts';
import type { Connections } from './connections.ts';
import { channelOf, connectionRow, webhookKeyOf, type WorkspaceParts } from './parts.ts';
import { defaultSettings, openConnectionSettings, type Settings } from './settings.ts';

/** Secret until the connection is saved: whoever gives it back decides what the connection will be called by. */
export interface Made {
  webhookKey: string;
  /** Settings that core makes, by field. */
  settings: Record<string, string>;
}

export interface HandOff {
  webhookUrl: string;
  /** False while the installation has no public address that a provider could reach. */
  reachable: boolean;
  /** Secrets made here that the provider must be told, by settings field. */
  tokens: { field: string; label: string; value: string }[];
  /** Settings that are no secret and by which the provider knows the account. */
  facts: { field: string; label: string; value: string }[];
  accounts: string[];
}

export async function handOff(parts: WorkspaceParts, tenantId: string, id: string): Promise<HandOff> {
  const em = parts.runtime().db.em(tenantId);
  const row = await connectionRow(em, id);
  const numbers = await em.find(Num, { connectionId: row.id, deletedAt: null }, { orderBy: { id: 'asc' } });
  const channel = channelOf(parts, row.plugin);
  const settings = openConnectionSettings(parts.sealer, channel.settings, row);
  const server = parts.server();
  return {
    webhookUrl: webhookUrl(server, await webhookKeyOf(em, parts, row.id)),
    reachable: server.publicUrl !== undefined,
    ...toTell(channel, settings),
    accounts: numbers.map(({ account }) => account),
  };
}

export function draft(parts: WorkspaceParts, plugin: string, was?: Made): ReturnType<Connections['draft']> {
  const channel = channelOf(parts, plugin);
  const filled = withGenerated(channel.settings, was?.settings ?? {});
  const settings = Object.fromEntries(Object.entries(isRecord(filled) ? filled : {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  const made = { webhookKey: was?.webhookKey ?? newKey(), settings };
  return { made, handOff: { webhookUrl: webhookUrl(parts.server(), made.webhookKey), tokens: toTell(channel, { ...defaultSettings(channel.settings), ...settings }).tokens } };
}

/** Of the secrets only what we made ourselves is told: every other came from the provider. A simulator has nobody to tell. */
function toTell(channel: Channel, settings: Settings): Pick<HandOff, 'tokens' | 'facts'> {
  const told = channel.tells?.(settings);
  const all = fieldShapes(channel.settings).flatMap(({ name, path, kind, words }) => {
    const value = settings[name];
    const secret = kind === 'secret';
    const isTold = secret ? words.generate === true && (told?.includes(name) ?? true) : told?.includes(name) === true;
    if (channel.simulate || path.length !== 1 || !isTold || (typeof value !== 'string' && typeof value !== 'number') || value === '') return [];
    return [{ field: name, label: words.title ?? name, value: String(value), secret }];
  });
  const of = (secret: boolean) => all.filter((one) => one.secret === secret).map(({ field, label, value }) => ({ field, label, value }));
  return { tokens: of(true), facts: of(false) };
}
