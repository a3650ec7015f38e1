/** A plugin's world around settings that are not saved: what it learns with them is forgotten with them. */
import { SwitchboardError } from '../errors.ts';
import { createContext } from '../plugin/context.ts';
import type { Context, Log } from '../plugin/contract/context.ts';
import type { AnyPlugin, Json } from '../plugin/contract/plugin.ts';
import type { Clock } from '../runtime.ts';
import { webhookUrl } from './address.ts';
import type { WorkspaceParts } from './parts.ts';
import type { Settings } from './settings.ts';

export interface World extends Pick<WorkspaceParts, 'server' | 'outbound'> {
  log: Log;
  clock: Clock;
}

export function passingContext(
  { server, outbound, log, clock }: World,
  plugin: AnyPlugin,
  settings: Settings,
  { id, key, signal }: { id: string; key: string; signal: AbortSignal },
): Context<Settings> {
  const words = new Map<string, Json>();
  const context = createContext({
    plugin, settings, connectionId: id, webhookUrl: webhookUrl(server(), key), outbound, log, clock, signal, media: async () => undefined, mediaUrl: noMedia,
    store: { get: async (name) => words.get(name), set: async (name, value) => void words.set(name, value) },
  });
  return { ...context, settings };
}

/** Settings that are not saved belong to nobody yet, who could have a medium. */
function noMedia(id: string): never {
  throw new SwitchboardError('NOT_FOUND', `There is no stored medium ${id}.`);
}
