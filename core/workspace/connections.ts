/** Provider accounts: asked before they are saved, run, stopped, and taken away. */
import { Binding, Connection, Num, WebhookKey, type IConnection, type RunState } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import { uuid } from '../ids.ts';
import { keep } from '../kept-words.ts';
import type { NumberOnOffer } from '../plugin/contract/channel.ts';
import type { CheckLine, Locale } from '../plugin/contract/plugin.ts';
import { keepTemplateTimers } from '../pipeline/templates.ts';
import { drawFields, type Typed, type Field } from '../plugin/fields.ts';
import { newKey, newWebhookKey } from './address.ts';
import { audit, change, goOn, sameVersion, tell, type By } from './change.ts';
import { offered, refuseObstacles } from './checks.ts';
import { readLog, type LogFilter, type LogRow } from './connection-log.ts';
import { examineSaved, knownLines, linesToKeep } from './doctor.ts';
import { draft, handOff, type HandOff, type Made } from './hand-off.ts';
import { reconcileListed } from './listed.ts';
import { channelOf, connectionRow, nameOf, notDeclared, webhookKeyOf, world, type WorkspaceParts } from './parts.ts';
import { connectionDetail, connectionKinds, connectionRows, type ConnectionDetail, type ConnectionKind, type ConnectionRow } from './reads-connections.ts';
import { together } from './refused.ts';
import { previousAfter, rotate } from './rotation.ts';
import { deedsOf, NotRunnable, type Runs } from './running.ts';
import { openConnectionSettings, readChanged, readGiven, readNew, sealConnectionSettings, type Settings, type GivenSettings } from './settings.ts';
import { share, shared, type SharedHandOff } from './shared-hand-off.ts';
import { subscribe, unsubscribe } from './subscription.ts';

export interface Connections {
  list(tenantId: string): Promise<ConnectionRow[]>;
  get(tenantId: string, id: string): Promise<ConnectionDetail>;
  /** The channel plugins a connection could be made from. */
  kinds(): ConnectionKind[];
  /** The form of a saved connection, or of a new one; `typed` is what was refused and is shown again, but for secrets. */
  fields(tenantId: string, of: { id: string } | { plugin: string }, locale: Locale, typed?: Typed): Promise<Field[]>;
  /**
   * Asks the provider first and saves nothing that it refuses. `start` is true unless told.
   * @throws Refused
   */
  create(tenantId: string, given: NewConnection, by: By): Promise<{ id: string; lines: CheckLine[] }>;
  /**
   * Asks the provider first. Numbers that the settings list and that are not there yet are made, inactive; those no longer listed are made inactive.
   * A running connection works with the new settings at once; one in error stays so until it is started. What proved a webhook
   * before still does for `graceHours` more, none unless told.
   * @throws Refused · SwitchboardError CONFLICT `version` is not the present one
   */
  save(tenantId: string, id: string, given: { name: string; description: string; settings: GivenSettings; version: number; graceHours?: number }, by: By): Promise<{ lines: CheckLine[] }>;
  /**
   * The doctor: of a saved connection (the channel's lines, then core's own; they are kept and shown), or of settings that are
   * not saved. Never throws for what the provider says.
   */
  check(tenantId: string, of: { id: string } | { plugin: string; settings: GivenSettings }): Promise<CheckLine[]>;
  /** The numbers that the provider offers, with who has each already. Works on unsaved settings. */
  offers(tenantId: string, of: { id: string } | { plugin: string; settings: GivenSettings }): Promise<OfferedNumber[]>;
  /** Checks, then runs or is in error with the provider's words. What waited goes on. */
  start(tenantId: string, id: string, by: By): Promise<{ state: RunState; lines: CheckLine[] }>;
  /** What comes in is still stored and shown; nothing is answered or sent. */
  stop(tenantId: string, id: string, by: By): Promise<void>;
  restart(tenantId: string, id: string, by: By): Promise<{ state: RunState; lines: CheckLine[] }>;
  /** Its numbers go with it; conversations stay as history. */
  remove(tenantId: string, id: string, by: By): Promise<void>;
  /** What it did and why it failed, newest first. */
  log(tenantId: string, id: string, filter?: LogFilter): Promise<{ rows: LogRow[]; next?: string }>;
  /**
   * Has the provider send its events here; the doctor's line for it says what became of that. Where they go elsewhere now,
   * `overwrite` must say so, for that other place then receives nothing.
   * @throws SwitchboardError CONFLICT they go elsewhere, and `overwrite` is not true · NOT_FOUND the channel has no such thing
   */
  subscribe(tenantId: string, id: string, given: { overwrite?: boolean }, by: By): Promise<CheckLine>;
  /** Ends it, where the channel can. @throws SwitchboardError NOT_FOUND */
  unsubscribe(tenantId: string, id: string, by: By): Promise<CheckLine>;
  /**
   * New webhook secrets: those that were made here, and the address where the address is the secret. The old ones hold for
   * `graceHours` more, 0 to 24; a grace that still ran ends.
   * @throws Refused `graceHours`, or `''` when the configuration declares it or nothing of it was made here
   */
  rotate(tenantId: string, id: string, given: { graceHours: number }, by: By): Promise<HandOff>;
  /** What the provider's console must be told. */
  handOff(tenantId: string, id: string): Promise<HandOff>;
  /**
   * A link under which somebody who cannot sign in may read the hand-off for `days`, with what is secret in it only if asked
   * for. It ends with them, and as soon as the address or a secret of the connection is another.
   */
  share(tenantId: string, id: string, given: { days: number; secrets: boolean }, by: By): Promise<{ of: string; until: number }>;
  /** What such a link shows; undefined when it is none, or has ended. */
  shared(of: string): Promise<SharedHandOff | undefined>;
  /** What is made here for a connection that is not saved yet, so that the provider's console can be told beforehand; `made` is what an earlier draft made. */
  draft(plugin: string, made?: Made): { made: Made; handOff: Pick<HandOff, 'webhookUrl' | 'tokens'> };
}

export interface NewConnection {
  plugin: string;
  name: string;
  description?: string;
  settings: GivenSettings;
  start?: boolean;
}

export interface OfferedNumber extends NumberOnOffer {
  /** The name under which it is connected here; '' when it is connected in another organisation. */
  taken?: string;
}

type Of = { id: string } | { plugin: string; settings: GivenSettings };

export function connectionsOf(parts: WorkspaceParts): Connections {
  return {
    list: (tenantId) => connectionRows(parts, tenantId),
    get: (tenantId, id) => connectionDetail(parts, tenantId, id),
    kinds: () => connectionKinds(parts),
    fields: (tenantId, of, locale, typed) => fields(parts, tenantId, of, locale, typed),
    create: (tenantId, given, by) => create(parts, tenantId, given, by),
    save: (tenantId, id, given, by) => save(parts, tenantId, id, given, by),
    check: (tenantId, of) => check(parts, tenantId, of),
    offers: (tenantId, of) => offers(parts, tenantId, of),
    ...deedsOf(parts, connectionRuns),
    remove: (tenantId, id, by) => remove(parts, tenantId, id, by),
    async log(tenantId, id, filter = {}) {
      const { id: known } = await connectionRow(parts.runtime().db.em(tenantId), id);
      await parts.connectionLog?.flush();
      return readLog(parts.runtime(), tenantId, known, filter);
    },
    subscribe: (tenantId, id, given, by) => subscribe(parts, tenantId, id, given, by),
    unsubscribe: (tenantId, id, by) => unsubscribe(parts, tenantId, id, by),
    rotate: (tenantId, id, given, by) => rotate(parts, tenantId, id, given, by),
    handOff: (tenantId, id) => handOff(parts, tenantId, id),
    share: (tenantId, id, given, by) => share(parts, tenantId, id, given, by),
    shared: (of) => shared(parts, of),
    draft: (plugin, made) => draft(parts, plugin, made),
  };
}

async function fields(parts: WorkspaceParts, tenantId: string, of: { id: string } | { plugin: string }, locale: Locale, typed?: Typed) {
  const row = 'id' in of ? await connectionRow(parts.runtime().db.em(tenantId), of.id) : undefined;
  const channel = channelOf(parts, row ? row.plugin : 'plugin' in of ? of.plugin : '');
  return drawFields(channel.settings, {
    locale,
    ...(channel.texts && { texts: channel.texts }),
    ...(row && { settings: openConnectionSettings(parts.sealer, channel.settings, row) }),
    ...(typed && { typed }),
  });
}

// ── saved only when the provider agrees ──────────────────────────────────────────────────────────────────────────────

/** A connection that was checked and is not yet written. */
export interface Prepared {
  id: string;
  key: string;
  plugin: string;
  name: string;
  description: string;
  settings: Settings;
  lines: CheckLine[];
}

async function create(parts: WorkspaceParts, tenantId: string, given: NewConnection, by: By) {
  const channel = channelOf(parts, given.plugin);
  const [name, settings] = together(() => nameOf(given.name, 'name'), () => readNew(channel, given.settings));
  const draft = { id: uuid(), key: newKey(), plugin: given.plugin, name, description: given.description?.trim() ?? '' };
  const lines = await examineSaved(parts, channel, settings, draft);
  refuseObstacles(channel, lines, { fresh: true });
  const runtime = parts.runtime();
  const offers = await offered(world(parts), channel, settings, draft);
  await change(runtime, tenantId, async (em) => {
    const row = writeConnection(em, parts, tenantId, { ...draft, settings, lines }, given.start ?? true, by);
    await reconcileListed(em, parts, row, { channel, was: {}, is: settings, offers }, by);
  });
  await keepTemplateTimers(runtime);
  tell(runtime, { tenantId, numbers: true });
  return { id: draft.id, lines };
}

export function writeConnection(em: Em, parts: WorkspaceParts, tenantId: string, { id, key, plugin, name, description, settings, lines }: Prepared, run: boolean, by: By): IConnection {
  const runtime = parts.runtime();
  const now = runtime.clock.now();
  const channel = channelOf(parts, plugin);
  const row = em.create(Connection, {
    id, tenantId, plugin, key: null, name, description, settings: sealConnectionSettings(parts.sealer, channel.settings, id, settings), state: run ? 'running' : 'stopped',
    stateReason: null, stateAt: now, checks: asJson(lines), checkedAt: now, createdAt: now, deletedAt: null,
  });
  em.persist(row);
  em.persist(em.create(WebhookKey, newWebhookKey(parts.sealer, tenantId, id, now, key)));
  audit(em, runtime, tenantId, by, { action: 'connection.create', subject: 'connection', subjectId: id, detail: { plugin, name, state: row.state } });
  return row;
}

async function save(parts: WorkspaceParts, tenantId: string, id: string, given: { name: string; description: string; settings: GivenSettings; version: number; graceHours?: number }, by: By) {
  const runtime = parts.runtime();
  const em = runtime.db.em(tenantId);
  const row = await connectionRow(em, id);
  notDeclared(row);
  await sameVersion(em, row, given.version);
  const channel = channelOf(parts, row.plugin);
  const stored = openConnectionSettings(parts.sealer, channel.settings, row);
  const [name, settings] = together(() => nameOf(given.name, 'name'), () => readChanged(channel, given.settings, stored));
  const subject = { id, key: await webhookKeyOf(em, parts, id) };
  const lines = await examineSaved(parts, channel, settings, subject);
  refuseObstacles(channel, lines);
  const offers = await offered(world(parts), channel, settings, subject);
  await change(runtime, tenantId, async (em) => {
    const fresh = await connectionRow(em, id);
    await sameVersion(em, fresh, given.version);
    const now = runtime.clock.now();
    const sealed = sealConnectionSettings(parts.sealer, channel.settings, id, settings);
    const previous = previousAfter(parts, fresh, { channel, was: stored, is: settings, hours: given.graceHours ?? 0, now });
    Object.assign(fresh, { ...previous, name, description: given.description.trim(), settings: sealed, checks: linesToKeep(fresh, lines), checkedAt: now });
    await reconcileListed(em, parts, fresh, { channel, was: stored, is: settings, offers }, by);
    audit(em, runtime, tenantId, by, { action: 'connection.save', subject: 'connection', subjectId: id, detail: { name, changed: changedMembers(stored, settings) } });
  });
  tell(runtime, { tenantId, numbers: true });
  return { lines };
}

/** Names only: a value may be a secret. */
export function changedMembers(was: Settings, is: Settings): string[] {
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name])).sort();
}

export const asJson = (lines: readonly CheckLine[]) => lines.map((line) => ({ ...line }));

// ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────

async function subjectOf(parts: WorkspaceParts, tenantId: string, of: Of) {
  if ('plugin' in of) {
    const channel = channelOf(parts, of.plugin);
    return { row: undefined, channel, settings: readNew(channel, of.settings), subject: { id: uuid(), key: 'not-saved' } };
  }
  const em = parts.runtime().db.em(tenantId);
  const row = await connectionRow(em, of.id);
  const channel = channelOf(parts, row.plugin);
  return { row, channel, settings: openConnectionSettings(parts.sealer, channel.settings, row), subject: { id: row.id, key: await webhookKeyOf(em, parts, row.id) } };
}

async function check(parts: WorkspaceParts, tenantId: string, of: Of): Promise<CheckLine[]> {
  const { row, channel, settings, subject } = await subjectOf(parts, tenantId, of);
  const lines = await examineSaved(parts, channel, settings, subject);
  if (!row) return lines;
  const runtime = parts.runtime();
  await keepLines(parts, tenantId, row.id, linesToKeep(row, lines));
  return [...lines, ...(await knownLines(runtime, runtime.db.em(tenantId), row))];
}

/** Does not count as a change: a form that is open meanwhile may still be saved. */
async function keepLines(parts: WorkspaceParts, tenantId: string, id: string, lines: CheckLine[]): Promise<void> {
  const { db, clock } = parts.runtime();
  await db.write((sql) => sql.update('connection', ['id', 'tenant_id'], ['checks', 'checked_at'], [[id, tenantId, JSON.stringify(lines), clock.now()]]));
}

async function offers(parts: WorkspaceParts, tenantId: string, of: Of): Promise<OfferedNumber[]> {
  const { channel, settings, subject } = await subjectOf(parts, tenantId, of);
  const list = (await offered(world(parts), channel, settings, subject)) ?? [];
  // Nobody has asked the doctor about these yet.
  if (list.length === 0 && 'plugin' in of) refuseObstacles(channel, await examineSaved(parts, channel, settings, subject), { fresh: true });
  const held = await parts.runtime().db.emOfAll().find(Num, { plugin: channel.name, account: { $in: list.map(({ account }) => account) }, deletedAt: null });
  return list.map((offer) => {
    const number = held.find(({ account }) => account === offer.account);
    return number ? { ...offer, taken: number.tenantId === tenantId ? number.displayName : '' } : offer;
  });
}

// ── running, and taken away ──────────────────────────────────────────────────────────────────────────────────────────

export const connectionRuns: Runs<IConnection> = {
  subject: 'connection',
  row: connectionRow,
  plugin: (parts, row) => parts.runtime().plugins.channel(row.plugin),
  async examine(parts, em, row) {
    const channel = parts.runtime().plugins.channel(row.plugin);
    if (!channel) throw new NotRunnable({ code: 'plugin-missing', params: { plugin: row.plugin } });
    const settings = readGiven(channel.settings, { data: openConnectionSettings(parts.sealer, channel.settings, row) });
    return examineSaved(parts, channel, settings, { id: row.id, key: await webhookKeyOf(em, parts, row.id) });
  },
  keep: (row, lines, now) => void Object.assign(row, { checks: asJson(lines), checkedAt: now }),
};

async function remove(parts: WorkspaceParts, tenantId: string, id: string, by: By): Promise<void> {
  const runtime = parts.runtime();
  const numbers = await change(runtime, tenantId, async (em) => {
    const row = await connectionRow(em, id);
    notDeclared(row);
    const now = runtime.clock.now();
    // Its word of the configuration and its address are free for another.
    Object.assign(row, { deletedAt: now, state: 'stopped', stateAt: now, key: null });
    await em.nativeDelete(WebhookKey, { connectionId: id });
    const numbers = await em.find(Num, { connectionId: id, deletedAt: null });
    for (const number of numbers) Object.assign(number, { deletedAt: now, active: false, declared: false });
    await em.nativeDelete(Binding, { numberId: { $in: numbers.map((number) => number.id) } });
    audit(em, runtime, tenantId, by, { action: 'connection.remove', subject: 'connection', subjectId: id, detail: { name: row.name, numbers: numbers.map(({ account }) => account) } });
    return numbers.map((number) => number.id);
  });
  // What still waited for it is refused now, where people see it, instead of waiting for ever.
  await runtime.db.write(async (sql) => {
    await sql.run("update delivery set state = 'failed', reason = ? where connection_id = ? and tenant_id = ? and state = 'received'", [keep({ code: 'connection-removed' }), id, tenantId]);
    await sql.run('delete from plugin_store where connection_id = ?', [id]);
  });
  await goOn(runtime, 'connection', id);
  await goOn(runtime, 'number', ...numbers);
  tell(runtime, { tenantId, numbers: true });
}
