/** Rows become what the path of a message works with: settings in the open, and a plugin's world around them. */
import { Type, type TSchema } from 'typebox';
import type { Database } from '../db/open.ts';
import type { DirectoryParts } from '../directory.ts';
import { SwitchboardError } from '../errors.ts';
import { storedMedia, type MediaParts } from '../media/stored.ts';
import { createContext, type Store } from '../plugin/context.ts';
import type { Context, Log } from '../plugin/contract/context.ts';
import type { AnyPlugin, Json } from '../plugin/contract/plugin.ts';
import type { Plugins } from '../plugin/load.ts';
import type { Clock } from '../runtime.ts';
import { openWebhookKey, webhookUrl } from './address.ts';
import type { WorkspaceParts } from './parts.ts';
import { openAgentSettings, openConnectionSettings, withoutSecrets, type Settings } from './settings.ts';

export interface ContextParts extends Pick<WorkspaceParts, 'sealer' | 'server' | 'outbound'> {
  db: Database;
  plugins: Plugins;
  log: Log;
  media: MediaParts;
  /** The machine's unless told. */
  clock?: Clock;
}

/** Every call of a plugin has its own signal; this one is for what outlives a call, and never aborts. */
type Parts = ContextParts & { clock: Clock; signal: AbortSignal };

/** For `createDirectory`. A row that cannot be opened (another key, a plugin that is not loaded) is there without what it lacks, never a reason not to start. */
export function directoryParts({ clock = { now: Date.now }, ...given }: ContextParts): DirectoryParts {
  const parts: Parts = { ...given, clock, signal: new AbortController().signal };
  const { plugins, sealer, log } = parts;
  const opened = (what: object, schema: TSchema, open: () => Settings, stored: Settings): Settings => {
    try {
      return open();
    } catch (error) {
      if (!(error instanceof SwitchboardError) || error.code !== 'UNSEALING_FAILED') throw error;
      log.error({ err: error, ...what }, 'secrets cannot be opened; nothing is verified or sent with them');
      return withoutSecrets(schema, stored);
    }
  };
  return {
    channel: (plugin) => plugins.channel(plugin),
    agent: (plugin) => plugins.agent(plugin),
    connectionSettings(row) {
      const channel = plugins.channel(row.plugin);
      return channel ? opened({ connection: row.id }, channel.settings, () => openConnectionSettings(sealer, channel.settings, row), row.settings) : {};
    },
    agentSettings(row, version) {
      const agent = plugins.agent(row.plugin);
      return agent ? opened({ agent: row.id }, agent.settings, () => openAgentSettings(sealer, agent.settings, row, version), version.settings) : {};
    },
    connectionContext(row, settings, sealedKey) {
      return contextOf(parts, plugins.channel(row.plugin), row, settings, sealedKey === undefined ? undefined : { connectionId: row.id, sealed: sealedKey });
    },
    agentContext: (row, settings) => contextOf(parts, plugins.agent(row.plugin), row, settings, undefined),
  };
}

function contextOf(parts: Parts, plugin: AnyPlugin | undefined, { id, tenantId }: { id: string; tenantId: string }, settings: Settings, key: { connectionId: string; sealed: string } | undefined): Context<Settings> {
  const world = {
    settings,
    connectionId: id,
    webhookUrl: urlOf(parts, key),
    outbound: parts.outbound,
    log: parts.log,
    clock: parts.clock,
    store: storeOf(parts, id),
    media: (medium: string) => storedMedia(parts.db, parts.media.store, tenantId, medium),
    mediaUrl: parts.media.links.url,
    signal: parts.signal,
  };
  const made = (origins: AnyPlugin['origins']): Context<Settings> => {
    const { name, settings: schema } = plugin ?? { name: 'not loaded', settings: Type.Object({}) };
    const context = createContext({ ...world, plugin: { name, settings: schema, ...(origins && { origins }) } });
    return { ...context, settings };
  };
  try {
    return made(plugin?.origins);
  } catch (error) {
    parts.log.error({ err: error, connection: id }, 'the plugin cannot say which origins it calls; credentials may go nowhere');
    return made(undefined);
  }
}

function urlOf({ sealer, server, log }: Parts, key: { connectionId: string; sealed: string } | undefined): string {
  if (!key) return webhookUrl(server(), '');
  try {
    return webhookUrl(server(), openWebhookKey(sealer, key.connectionId, key.sealed));
  } catch (error) {
    log.error({ err: error, connection: key.connectionId }, 'the webhook key cannot be opened');
    return webhookUrl(server(), '');
  }
}

/** The plugin's durable words about one connection or agent, sealed. */
function storeOf({ db, sealer, clock }: Parts, id: string): Store {
  const place = (key: string) => `store:${id}.${key}`;
  return {
    async get(key) {
      const [row] = await db.read((sql) => sql.all<{ value: string }>('select value from plugin_store where connection_id = ? and key = ?', [id, key]));
      if (!row) return undefined;
      const value: Json = JSON.parse(sealer.open(row.value, place(key)));
      return value;
    },
    async set(key, value) {
      const sealed = sealer.seal(JSON.stringify(value), place(key));
      await db.write((sql) =>
        sql.insert('plugin_store', ['connection_id', 'key', 'value', 'updated_at'], [[id, key, sealed, clock.now()]], {
          conflict: 'on conflict (connection_id, key) do update set value = excluded.value, updated_at = excluded.updated_at',
        }),
      );
    },
  };
}
