/** What pages and the API see of agents. */
import { reasonIn, type Words } from '../kept-words.ts';
import type { Environment, RunState } from '../db/entities/index.ts';
import type { Runtime } from '../runtime.ts';
import type { NumberName } from './reads-numbers.ts';
import { agentRow, notFound, type WorkspaceParts } from './parts.ts';
import { waitingFor } from './waiting.ts';
import { maskSettings, type MaskedSettings } from './settings.ts';
import { publishedSettings } from './versions.ts';

export interface AgentRow {
  id: string;
  name: string;
  plugin: string;
  /** Title of its plugin. */
  title: string;
  loaded: boolean;
  channels: string[];
  state: RunState;
  /** In English. */
  reason?: string;
  /** The same for pages, in whatever language. */
  reasonWords?: Words[];
  stateAt: number;
  /** Ordinals of its versions. */
  published?: number;
  draft?: number;
  /** It takes the inbound traffic of these. */
  numbers: NumberName[];
  declared: boolean;
  version: number;
}

export interface AgentDetail extends AgentRow {
  settings: MaskedSettings;
  /** Every number of the tenant. */
  bindings: {
    number: NumberName & { channel: string; lamp: RunState; connectionId: string };
    /** Of each version that is plugged in, whether it takes the inbound traffic. */
    inbound: Partial<Record<Environment, boolean>>;
    /** Another agent does. */
    takenBy?: { id: string; name: string };
    conversations: number;
  }[];
  waiting: number;
}

interface Row {
  id: string;
  name: string;
  plugin: string;
  channels: string;
  state: RunState;
  state_reason: string | null;
  state_at: number;
  declared: boolean | number;
  version: number;
  published: number | null;
  draft: number | null;
}

interface Plug {
  number_id: string;
  display_name: string;
  line: number;
  account: string;
  active: boolean | number;
  plugin: string;
  connection_id: string;
  connection_state: RunState;
  agent_id: string | null;
  agent_name: string | null;
  environment: Environment | null;
  inbound: boolean | number | null;
}

export async function agentRows(parts: WorkspaceParts, tenantId: string): Promise<AgentRow[]> {
  const runtime = parts.runtime();
  const [rows, plugs] = [await select(runtime, tenantId), await plugsOf(runtime, tenantId)];
  return rows.map((row) => rowOf(runtime, row, plugs));
}

function select({ db }: Runtime, tenantId: string): Promise<Row[]> {
  return db.read((sql) =>
    sql.all<Row>(
      'select a.id, a.name, a.plugin, a.channels, a.state, a.state_reason, a.state_at, a.declared, a.version, p.ordinal as published, d.ordinal as draft ' +
        'from agent a left join agent_version p on p.id = a.published_id left join agent_version d on d.id = a.draft_id ' +
        'where a.tenant_id = ? and a.deleted_at is null order by a.name, a.id',
      [tenantId],
    ),
  );
}

/** Every number of the tenant with each of its bindings; a number without any comes once. */
function plugsOf({ db }: Runtime, tenantId: string): Promise<Plug[]> {
  return db.read((sql) =>
    sql.all<Plug>(
      'select n.id as number_id, n.display_name, n.line, n.account, n.active, n.plugin, n.connection_id, c.state as connection_state, b.agent_id, a.name as agent_name, b.environment, b.inbound ' +
        'from number n join connection c on c.id = n.connection_id left join binding b on b.number_id = n.id left join agent a on a.id = b.agent_id ' +
        'where n.tenant_id = ? and n.deleted_at is null order by n.id, b.id',
      [tenantId],
    ),
  );
}

function rowOf({ plugins }: Runtime, row: Row, plugs: readonly Plug[]): AgentRow {
  const plugin = plugins.agent(row.plugin);
  const channels: string[] = JSON.parse(row.channels);
  return {
    id: row.id,
    name: row.name,
    plugin: row.plugin,
    title: plugin?.title ?? row.plugin,
    loaded: plugin !== undefined,
    channels,
    state: row.state,
    ...reasonIn(row.state_reason),
    stateAt: row.state_at,
    ...(row.published !== null && { published: row.published }),
    ...(row.draft !== null && { draft: row.draft }),
    numbers: plugs.filter((plug) => plug.agent_id === row.id && Boolean(plug.inbound)).map(nameOfPlug),
    declared: Boolean(row.declared),
    version: row.version,
  };
}

function nameOfPlug(plug: Plug): NumberName {
  return { id: plug.number_id, name: plug.display_name, line: plug.line, account: plug.account, active: Boolean(plug.active) };
}

export async function agentDetail(parts: WorkspaceParts, tenantId: string, id: string): Promise<AgentDetail> {
  const runtime = parts.runtime();
  const em = runtime.db.em(tenantId);
  const entity = await agentRow(em, id);
  const [rows, plugs] = [await select(runtime, tenantId), await plugsOf(runtime, tenantId)];
  const row = rows.find((one) => one.id === entity.id);
  if (!row) throw notFound();
  const { waiting, counts } = await runtime.db.read(async (sql) => ({
    waiting: await waitingFor(sql, tenantId, `agent:${id}`),
    counts: await sql.all<{ number_id: string; n: number }>("select number_id, count(*) as n from conversation where number_id in (select id from number where tenant_id = ?) and state = 'open' group by number_id", [tenantId]),
  }));
  const open = new Map(counts.map(({ number_id, n }) => [number_id, n]));
  const plugin = runtime.plugins.agent(entity.plugin);
  const settings = await publishedSettings(em, parts, entity);
  return {
    ...rowOf(runtime, row, plugs),
    settings: plugin && settings ? maskSettings(plugin.settings, settings) : {},
    bindings: [...new Set(plugs.map((plug) => plug.number_id))].flatMap((numberId) => bindingOf(runtime, plugs.filter((plug) => plug.number_id === numberId), id, open.get(numberId) ?? 0)),
    waiting,
  };
}

function bindingOf({ plugins }: Runtime, plugs: readonly Plug[], agentId: string, conversations: number): AgentDetail['bindings'] {
  const [first] = plugs;
  if (!first) return [];
  const own = plugs.flatMap((plug): [Environment, boolean][] => (plug.agent_id === agentId && plug.environment !== null ? [[plug.environment, Boolean(plug.inbound)]] : []));
  const taker = plugs.find((plug) => Boolean(plug.inbound) && plug.agent_id !== agentId);
  const name = nameOfPlug(first);
  return [{
    number: { ...name, channel: plugins.channel(first.plugin)?.title ?? first.plugin, lamp: name.active ? first.connection_state : 'stopped', connectionId: first.connection_id },
    inbound: Object.fromEntries(own),
    ...(taker?.agent_id && { takenBy: { id: taker.agent_id, name: taker.agent_name ?? '' } }),
    conversations,
  }];
}
