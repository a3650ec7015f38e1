/** What the provider's console must be told: the address of the webhook, the secrets that were made here, the accounts. */
import { Num } from '../db/entities/index.ts';
import { fieldShapes } from '../plugin/fields.ts';
import { withGenerated } from '../plugin/form.ts';
import { isRecord, wordsOf } from '../plugin/settings.ts';
import { newKey, webhookUrl } from './address.ts';
import type { Connections } from './connections.ts';
import { channelOf, connectionRow, webhookKeyOf, type WorkspaceParts } from './parts.ts';
import { openConnectionSettings, type Settings } from './settings.ts';

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
    tokens: toTell(channel.settings, settings, channel.simulate !== undefined),
    accounts: numbers.map(({ account }) => account),
  };
}

export function draft(parts: WorkspaceParts, plugin: string, was?: Made): ReturnType<Connections['draft']> {
  const channel = channelOf(parts, plugin);
  const filled = withGenerated(channel.settings, was?.settings ?? {});
  const settings = Object.fromEntries(Object.entries(isRecord(filled) ? filled : {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  const made = { webhookKey: was?.webhookKey ?? newKey(), settings };
  return { made, handOff: { webhookUrl: webhookUrl(parts.server(), made.webhookKey), tokens: toTell(channel.settings, settings, channel.simulate !== undefined) } };
}

/** What we made ourselves is for the provider to be told; every other secret came from there. A simulator has nobody to tell. */
function toTell(schema: Parameters<typeof fieldShapes>[0], settings: Settings, simulator: boolean): HandOff['tokens'] {
  if (simulator) return [];
  return fieldShapes(schema).flatMap(({ name, path, kind, words }) => {
    const value = kind === 'secret' && wordsOf(words).generate === true && path.length === 1 ? settings[name] : undefined;
    return typeof value === 'string' && value !== '' ? [{ field: name, label: words.title ?? name, value }] : [];
  });
}
