/** What pages and the API see of connections. */
import { Num, Rejection, type RunState } from '../db/entities/index.ts';
import type { Channel } from '../plugin/contract/channel.ts';
import type { CheckLine } from '../plugin/contract/plugin.ts';
import { reasonIn, type Words } from '../kept-words.ts';
import { englishLine } from '../plugin/words.ts';
import type { Runtime } from '../runtime.ts';
import type { NumberName } from './reads-numbers.ts';
import { knownLines, linesOf, linesSince } from './doctor.ts';
import { connectionRow, signInMissing, type WorkspaceParts } from './parts.ts';
import { canRotate } from './rotation.ts';
import { templateMeans, type TemplateMeans } from './templates.ts';
import { maskSettings, openConnectionSettings, withoutSecrets, type MaskedSettings } from './settings.ts';
import { waitingFor } from './waiting.ts';

export interface ConnectionKind {
  plugin: string;
  title: string;
  /** Title of a number's identity there, in the plugin's words: a key of its texts or plain English. */
  accountTitle: string;
  mark?: 'recommended' | 'legacy';
  /** Must be reached by the provider, and this installation has no public address. */
  needsPublicUrl: boolean;
  simulator: boolean;
  /** Numbers can be listed live. */
  offers: boolean;
  /** One can sign in with the provider instead of pasting; `missing` says why not on this server. */
  signIn?: { missing?: string };
}

export interface ConnectionRow {
  id: string;
  plugin: string;
  /** Title of its plugin; the plugin's name when that is not loaded. */
  channel: string;
  loaded: boolean;
  name: string;
  description: string;
  state: RunState;
  /** Why it is in error, in the provider's words. */
  reason?: string;
  /** The same for pages, in whatever language. */
  reasonWords?: Words[];
  /** The doctor's line that is the reason, for pages that say it in the reader's language. */
  reasonLine?: CheckLine;
  stateAt: number;
  declared: boolean;
  numbers: NumberName[];
  lastEventAt?: number;
  version: number;
}

export interface ConnectionDetail extends ConnectionRow {
  settings: MaskedSettings;
  checks: CheckLine[];
  checkedAt?: number;
  /** Secrets from before are accepted until then. */
  graceUntil?: number;
  /** What its channel has. */
  can: { subscribe: boolean; unsubscribe: boolean; register: boolean; rotate: boolean; templates: TemplateMeans };
  /** Messages and turns that wait for it. */
  waiting: number;
  rejections: RejectionRow[];
  createdAt: number;
}

export interface RejectionRow {
  id: string;
  cause: string;
  source: string;
  count: number;
  firstAt: number;
  lastAt: number;
}

interface Row {
  id: string;
  plugin: string;
  name: string;
  description: string;
  state: RunState;
  state_reason: string | null;
  state_at: number;
  declared: boolean | number;
  version: number;
  checks: string | null;
  last_event_at: number | null;
}

const select =
  'select c.id, c.plugin, c.name, c.description, c.state, c.state_reason, c.state_at, c.declared, c.version, c.checks, ' +
  '(select d.received_at from delivery d where d.connection_id = c.id and d.tenant_id = c.tenant_id order by d.id desc limit 1) as last_event_at ' +
  'from connection c where c.tenant_id = ? and c.deleted_at is null';

export async function connectionRows(parts: WorkspaceParts, tenantId: string): Promise<ConnectionRow[]> {
  const runtime = parts.runtime();
  const rows = await runtime.db.read((sql) => sql.all<Row>(`${select} order by c.name, c.id`, [tenantId]));
  const numbers = await numberNames(runtime, tenantId);
  return rows.map((row) => rowOf(runtime, row, numbers));
}

async function numberNames(runtime: Runtime, tenantId: string): Promise<(NumberName & { connectionId: string })[]> {
  const rows = await runtime.db.em(tenantId).find(Num, { deletedAt: null }, { orderBy: { id: 'asc' } });
  return rows.map(({ id, displayName, line, account, active, connectionId }) => ({ id, name: displayName, line, account, active, connectionId }));
}

function rowOf({ plugins }: Runtime, row: Row, numbers: readonly (NumberName & { connectionId: string })[]): ConnectionRow {
  const channel = plugins.channel(row.plugin);
  return {
    id: row.id,
    plugin: row.plugin,
    channel: channel?.title ?? row.plugin,
    loaded: channel !== undefined,
    name: row.name,
    description: row.description,
    state: row.state,
    ...reasonIn(row.state_reason),
    ...reasonLineOf(channel, row),
    stateAt: row.state_at,
    declared: Boolean(row.declared),
    numbers: numbers.flatMap(({ connectionId, ...number }) => (connectionId === row.id ? [number] : [])),
    ...(row.last_event_at !== null && { lastEventAt: row.last_event_at }),
    version: row.version,
  };
}

export async function connectionDetail(parts: WorkspaceParts, tenantId: string, id: string): Promise<ConnectionDetail> {
  const runtime = parts.runtime();
  const em = runtime.db.em(tenantId);
  const entity = await connectionRow(em, id);
  const { rows, waiting } = await runtime.db.read(async (sql) => ({ rows: await sql.all<Row>(`${select} and c.id = ?`, [tenantId, id]), waiting: await waitingFor(sql, tenantId, `connection:${id}`) }));
  const rejections = await em.find(Rejection, { connectionId: id }, { orderBy: { lastAt: 'desc' }, limit: 100 });
  const channel = runtime.plugins.channel(entity.plugin);
  const [row] = rows;
  return {
    ...rowOf(runtime, row ?? rowFrom(entity), await numberNames(runtime, tenantId)),
    can: {
      subscribe: channel?.subscribe !== undefined,
      unsubscribe: channel?.subscribe?.clear !== undefined,
      register: channel?.register !== undefined,
      rotate: channel !== undefined && canRotate(channel),
      templates: templateMeans(channel),
    },
    ...((entity.previousUntil ?? 0) > runtime.clock.now() && { graceUntil: entity.previousUntil ?? 0 }),
    settings: channel ? maskSettings(channel.settings, openable(parts, channel.settings, entity)) : {},
    checks: [...linesSince(entity, linesOf(entity.checks ?? null)), ...(channel ? await knownLines(runtime, em, entity) : [])],
    ...(typeof entity.checkedAt === 'number' && { checkedAt: entity.checkedAt }),
    waiting,
    rejections: rejections.map(rejectionOf),
    createdAt: entity.createdAt,
  };
}

type Entity = Awaited<ReturnType<typeof connectionRow>>;

/** It was removed between two reads: what is known of it is shown once more. */
function rowFrom(entity: Entity): Row {
  const { id, plugin, name, description, state, stateReason, stateAt, declared, version, checks } = entity;
  return { id, plugin, name, description, state, state_reason: stateReason ?? null, state_at: stateAt, declared, version, checks: JSON.stringify(checks ?? null), last_event_at: null };
}

function openable(parts: WorkspaceParts, schema: Parameters<typeof maskSettings>[0], entity: Entity) {
  try {
    return openConnectionSettings(parts.sealer, schema, entity);
  } catch {
    return withoutSecrets(schema, entity.settings);
  }
}

/** The doctor's line whose sentence became the reason. */
function reasonLineOf(channel: Channel | undefined, { state, state_reason, checks }: Row): Pick<ConnectionRow, 'reasonLine'> {
  const { reason } = reasonIn(state_reason);
  const line = state === 'error' && checks !== null ? linesOf(JSON.parse(checks)).find((one) => englishLine(channel, one) === reason) : undefined;
  return line ? { reasonLine: line } : {};
}

/** The row without what is not for pages. */
function rejectionOf({ id, cause, source, count, firstAt, lastAt }: RejectionRow): RejectionRow {
  return { id, cause, source, count, firstAt, lastAt };
}

export function connectionKinds(parts: WorkspaceParts): ConnectionKind[] {
  const reachable = parts.server().publicUrl !== undefined;
  return parts.runtime().plugins.all.flatMap((plugin) => {
    if (plugin.kind !== 'channel') return [];
    return [{
      plugin: plugin.name,
      title: plugin.title,
      accountTitle: plugin.account.title,
      ...(plugin.mark && { mark: plugin.mark }),
      needsPublicUrl: plugin.requires?.includes('publicUrl') === true && !reachable,
      simulator: plugin.simulate !== undefined,
      offers: plugin.numbers !== undefined,
      ...(plugin.signIn && { signIn: missing(signInMissing(parts, plugin)) }),
    }];
  });
}

const missing = (why: string | undefined): NonNullable<ConnectionKind['signIn']> => (why === undefined ? {} : { missing: why });
