/** What the parts of the workspace share: the runtime as it is now, and rows that are really the tenant's. */
import { AgentRow, Connection, Num, WebhookKey, type IAgent, type IConnection, type INumber } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import { SwitchboardError } from '../errors.ts';
import type { Agent } from '../plugin/contract/agent.ts';
import type { Channel } from '../plugin/contract/channel.ts';
import type { World } from './contexts.ts';
import { openWebhookKey } from './address.ts';
import { Refused } from './refused.ts';
import type { ConnectionLog } from '../connection-log.ts';
import type { ServerSettings } from '../context.ts';
import type { Outbound } from '../plugin/outbound.ts';
import type { Sealer } from '../plugin/secrets.ts';
import type { Runtime } from '../runtime.ts';

export interface WorkspaceParts {
  runtime(): Runtime;
  sealer: Sealer;
  /** Asked whenever an address is made, so that a port chosen by the system is known by then. */
  server(): Pick<ServerSettings, 'publicUrl' | 'host' | 'port'>;
  outbound: Outbound;
  /** What each connection did; absent where nobody reads it. */
  connectionLog?: ConnectionLog;
  /** What the operator gave the server for signing in with a provider, by its name in the environment. */
  signIn?: Readonly<Record<string, string | undefined>>;
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isId = (typed: string) => uuidForm.test(typed);

/** PostgreSQL refuses to compare a uuid with anything else, so what is no id is nobody's. @throws SwitchboardError NOT_FOUND */
export function idOf(typed: string): string {
  if (!isId(typed)) throw new SwitchboardError('NOT_FOUND');
  return typed;
}

export const notFound = () => new SwitchboardError('NOT_FOUND');

/** @throws SwitchboardError NOT_FOUND */
export function connectionRow(em: Em, id: string): Promise<IConnection> {
  return em.findOneOrFail(Connection, { id: idOf(id), deletedAt: null }, { failHandler: notFound });
}

/** @throws SwitchboardError NOT_FOUND */
export function numberRow(em: Em, id: string): Promise<INumber> {
  return em.findOneOrFail(Num, { id: idOf(id), deletedAt: null }, { failHandler: notFound });
}

/** @throws SwitchboardError NOT_FOUND */
export function agentRow(em: Em, id: string): Promise<IAgent> {
  return em.findOneOrFail(AgentRow, { id: idOf(id), deletedAt: null }, { failHandler: notFound });
}

/** The key that is shown: one that never ends, else the newest. */
export async function webhookKeyOf(em: Em, parts: WorkspaceParts, connectionId: string): Promise<string> {
  const keys = await em.find(WebhookKey, { connectionId }, { orderBy: { id: 'desc' } });
  const key = keys.find(({ validUntil }) => validUntil === null) ?? keys[0];
  return key ? openWebhookKey(parts.sealer, connectionId, key.sealed) : '';
}

/** @throws Refused there is no such channel, or it could not be loaded */
export function channelOf(parts: WorkspaceParts, plugin: string): Channel {
  const channel = parts.runtime().plugins.channel(plugin);
  if (!channel) throw new Refused({ '': { code: 'pluginUnknown', params: { plugin } } });
  return channel;
}

/** @throws Refused there is no such agent plugin, or it could not be loaded */
export function agentPluginOf(parts: WorkspaceParts, plugin: string): Agent {
  const agent = parts.runtime().plugins.agent(plugin);
  if (!agent) throw new Refused({ '': { code: 'pluginUnknown', params: { plugin } } });
  return agent;
}

export function world(parts: WorkspaceParts): World {
  const { log, clock } = parts.runtime();
  return { server: parts.server, outbound: parts.outbound, log, clock };
}

/** @throws Refused the configuration file declares it: whoever changes it here would be undone at the next start */
export function notDeclared(row: { declared: boolean }): void {
  if (row.declared) throw new Refused({ '': { code: 'declared', params: {} } });
}

/** @throws Refused */
export function nameOf(typed: string, field: string): string {
  const name = typed.trim();
  if (name === '') throw new Refused({ [field]: { code: 'required', params: {} } });
  if (name.length > 200) throw new Refused({ [field]: { code: 'tooLong', params: { max: 200 } } });
  return name;
}

/** Why nobody can sign in with the provider on this server; undefined when one can, or when the channel has no such thing. */
export function signInMissing(parts: WorkspaceParts, channel: Channel): string | undefined {
  return channel.signIn?.missing({ ...parts.signIn });
}
