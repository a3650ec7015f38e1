/** Numbers: plugged in, renamed, switched, taken away. */
import { AgentRow, Binding, Connection, Conversation, Num, WebhookKey, type INumber, type Environment } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import { uuid } from '../ids.ts';
import { hashKey } from '../pipeline/receive.ts';
import { keepTemplateTimers } from '../pipeline/templates.ts';
import type { Channel } from '../plugin/contract/channel.ts';
import type { CheckLine } from '../plugin/contract/plugin.ts';
import { newKey } from './address.ts';
import { answerBy, plugOut } from './bindings.ts';
import { audit, change, goOn, sameVersion, takenIndex, tell, type By } from './change.ts';
import { offered, refuseObstacles } from './checks.ts';
import { writeConnection } from './connections.ts';
import { examineSaved, linesToKeep } from './doctor.ts';
import { readHistory, type HistoryFilter, type HistoryRow } from './history.ts';
import { numberTaken, placeNumber } from './listed.ts';
import { channelOf, connectionRow, isId, nameOf, notDeclared, notFound, numberRow, webhookKeyOf, world, type WorkspaceParts } from './parts.ts';
import { numberBindings, numberConversations, numberRows, type NumberRow } from './reads-numbers.ts';
import { Refused, type FieldFault } from './refused.ts';
import { register } from './subscription.ts';
import { accountsMember, listedAccounts, openConnectionSettings, readNew, sealConnectionSettings, type Settings, type GivenSettings } from './settings.ts';

export interface Numbers {
  /** For the rack. `since` is the start of today in the tenant's zone. */
  list(tenantId: string, since: number): Promise<NumberRow[]>;
  get(tenantId: string, id: string, since: number): Promise<NumberRow>;
  /**
   * Field names in a refusal: `displayName`, `account`, `agentId`, those of the settings, and '' for the whole.
   * @throws Refused NUMBER_TAKEN, INBOUND_TAKEN or INVALID_INPUT
   */
  connect(tenantId: string, given: NewNumber, by: By): Promise<{ id: string; connectionId: string; lines: CheckLine[] }>;
  /** @throws Refused · SwitchboardError CONFLICT */
  edit(tenantId: string, id: string, given: { displayName: string; agentId?: string; active: boolean; version?: number }, by: By): Promise<void>;
  /** @throws Refused `agentId` is missing: an active number needs an agent */
  setActive(tenantId: string, id: string, active: boolean, by: By): Promise<void>;
  /** A mark: conversations stay as history, and connecting it again in the same tenant brings it back. */
  remove(tenantId: string, id: string, by: By): Promise<void>;
  /**
   * Makes it ready to send at the provider, with its six-digit PIN. Never tried again by itself: providers count the tries.
   * @throws Refused `pin` · SwitchboardError NOT_FOUND the channel has no such thing
   */
  register(tenantId: string, id: string, given: { pin: string }, by: By): Promise<CheckLine>;
  conversationsOf(tenantId: string, id: string): Promise<number>;
  /** The templates that were sent from it, newest first. */
  history(tenantId: string, id: string, filter: HistoryFilter): Promise<{ rows: HistoryRow[]; next?: string }>;
  /** The agents that are plugged into it, in the order in which that was done. */
  bindings(tenantId: string, id: string): Promise<{ agentId: string; name: string; environment: Environment; inbound: boolean }[]>;
}

export interface NewNumber {
  /** `webhookKey` is of a draft; where it is used already, or absent, another is made. */
  connection: { id: string } | { plugin: string; settings: GivenSettings; name?: string; description?: string; webhookKey?: string };
  account: string;
  displayName: string;
  /** Who answers; required when active. */
  agentId?: string;
  /** Which version of it answers; absent: the published one. */
  environment?: Environment;
  active: boolean;
}

export function numbersOf(parts: WorkspaceParts): Numbers {
  return {
    list: (tenantId, since) => numberRows(parts, tenantId, since),
    async get(tenantId, id, since) {
      const row = (await numberRows(parts, tenantId, since)).find((number) => number.id === id);
      if (!row) throw notFound();
      return row;
    },
    connect: (tenantId, given, by) => connect(parts, tenantId, given, by),
    edit: (tenantId, id, given, by) => edit(parts, tenantId, id, given, by),
    setActive: (tenantId, id, active, by) => setActive(parts, tenantId, id, active, by),
    remove: (tenantId, id, by) => remove(parts, tenantId, id, by),
    register: (tenantId, id, given, by) => register(parts, tenantId, id, given, by),
    conversationsOf: (tenantId, id) => numberConversations(parts, tenantId, id),
    history: (tenantId, id, filter) => readHistory(parts.runtime(), tenantId, id, filter),
    bindings: (tenantId, id) => numberBindings(parts, tenantId, id),
  };
}

// ── connect ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Where the number will live: a saved connection, or one that is made with it. */
interface Home {
  channel: Channel;
  saved?: { id: string; version: number };
  draft: { id: string; key: string; name: string; description: string };
  /** With the account listed, where the channel lists them. */
  settings: Settings;
  changed: boolean;
}

async function connect(parts: WorkspaceParts, tenantId: string, given: NewNumber, by: By): Promise<{ id: string; connectionId: string; lines: CheckLine[] }> {
  const runtime = parts.runtime();
  const { home, account } = await typed(parts, tenantId, given);
  const displayName = given.displayName.trim();
  const held = await runtime.db.emOfAll().findOne(Num, { plugin: home.channel.name, account, deletedAt: null });
  if (held) throw numberTaken(held, tenantId, 'account');
  const lines = await examineSaved(parts, home.channel, home.settings, home.draft);
  refuseObstacles(home.channel, lines, { account, fresh: home.saved === undefined });
  const offers = await offered(world(parts), home.channel, home.settings, home.draft);
  const offer = offers?.find((one) => one.account === account);
  if (offers && offers.length > 0 && !offer && !offers.some(({ uncertain }) => uncertain)) throw new Refused({ account: { code: 'numberUnknown', params: { account } } }, { lines });
  try {
    const number = await change(runtime, tenantId, async (em) => {
      const connection = home.saved ? await savedConnection(em, parts, home) : writeConnection(em, parts, tenantId, { ...home.draft, plugin: home.channel.name, settings: home.settings, lines }, true, by);
      Object.assign(connection, { checks: linesToKeep(connection, lines), checkedAt: runtime.clock.now() });
      const number = await placeNumber(em, parts, { connection, account, displayName, phone: offer?.phone, active: given.active });
      await em.flush();
      // A number that came back finds its conversations, also when it lives on another connection now.
      await em.nativeUpdate(Conversation, { numberId: number.id }, { connectionId: connection.id });
      if (given.agentId) await answerBy(em, parts, number, given.agentId, by, given.environment ?? 'published');
      audit(em, runtime, tenantId, by, { action: 'number.connect', subject: 'number', subjectId: number.id, detail: { account, displayName, active: given.active } });
      return { id: number.id, connectionId: connection.id };
    });
    await keepTemplateTimers(runtime);
    tell(runtime, { tenantId, numbers: true });
    return { ...number, lines };
  } catch (error) {
    // Of two submits of one form the second finds the account, or the drafted key, taken.
    if (/account|hash/.test(takenIndex(error))) throw numberTaken({ tenantId: '', displayName: '' }, tenantId, 'account');
    throw error;
  }
}

/** Everything that is wrong with what was typed is told at once, before anybody outside is asked. */
async function typed(parts: WorkspaceParts, tenantId: string, given: NewNumber): Promise<{ home: Home; account: string }> {
  const faults: Record<string, FieldFault> = {};
  const note = async <T>(read: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      Object.assign(faults, error.faults);
      return undefined;
    }
  };
  const em = parts.runtime().db.em(tenantId);
  await note(() => nameOf(given.displayName, 'displayName'));
  await note(() => agentFor(em, given));
  const row = 'id' in given.connection ? await connectionRow(em, given.connection.id) : undefined;
  const channel = channelOf(parts, row ? row.plugin : 'plugin' in given.connection ? given.connection.plugin : '');
  const account = await note(() => accountOf(channel, given.account));
  const listing = account === undefined ? [] : [account];
  const home = await note(async (): Promise<Home> => {
    if (row) {
      const stored = openConnectionSettings(parts.sealer, channel.settings, row);
      const settings = withAccounts(channel, stored, listing);
      return { channel, saved: { id: row.id, version: row.version }, draft: { id: row.id, key: await webhookKeyOf(em, parts, row.id), name: row.name, description: row.description }, settings, changed: settings !== stored };
    }
    if (!('plugin' in given.connection)) throw notFound();
    const settings = withAccounts(channel, readNew(channel, given.connection.settings), listing);
    const name = given.connection.name?.trim() || given.displayName.trim() || channel.title;
    return { channel, draft: { id: uuid(), key: await unusedKey(parts, given.connection.webhookKey), name: name.slice(0, 200), description: given.connection.description?.trim() ?? '' }, settings, changed: true };
  });
  if (Object.keys(faults).length > 0 || !home || account === undefined) throw new Refused(faults);
  return { home, account };
}

/** A form that was sent before, and is sent again for another number, brings the key of the first. */
async function unusedKey(parts: WorkspaceParts, drafted: string | undefined): Promise<string> {
  if (drafted === undefined) return newKey();
  return (await parts.runtime().db.emOfAll().findOne(WebhookKey, { hash: hashKey(drafted) })) ? newKey() : drafted;
}

function accountOf(channel: Channel, typed: string): string {
  if (typed.trim() === '') throw new Refused({ account: { code: 'required', params: {} } });
  const account = channel.account.parse(typed);
  if (typeof account !== 'string') throw new Refused({ account: { code: 'plugin', params: { plugin: channel.name, text: account.problem } } });
  if (account.length > 255) throw new Refused({ account: { code: 'tooLong', params: { max: 255 } } });
  return account;
}

/** @throws Refused an active number needs an agent, and only one that is enabled for WhatsApp */
async function agentFor(em: Em, { agentId, environment, active }: { agentId?: string; environment?: Environment; active: boolean }): Promise<void> {
  if (agentId === undefined || agentId === '') {
    if (active) throw new Refused({ agentId: { code: 'agentRequired', params: {} } });
    return;
  }
  const agent = isId(agentId) ? await em.findOne(AgentRow, { id: agentId, deletedAt: null }) : null;
  if (!agent) throw new Refused({ agentId: { code: 'agentUnknown', params: {} } });
  if (!agent.channels.includes('whatsapp')) throw new Refused({ agentId: { code: 'agentChannel', params: { name: agent.name } } });
  if (environment === 'draft' && !agent.draftId) throw new Refused({ environment: { code: 'noDraft', params: { name: agent.name } } });
}

/** The same object when nothing had to be added. */
function withAccounts(channel: Channel, settings: Settings, accounts: readonly string[]): Settings {
  const member = accountsMember(channel.settings);
  if (member === undefined) return settings;
  const listed = listedAccounts(channel.settings, settings);
  const all = [...new Set([...listed, ...accounts])];
  return all.length === listed.length ? settings : { ...settings, [member]: all };
}

async function savedConnection(em: Em, parts: WorkspaceParts, { saved, channel, settings, changed }: Home) {
  const connection = await em.findOneOrFail(Connection, { id: saved?.id ?? '', deletedAt: null }, { failHandler: notFound });
  await sameVersion(em, connection, saved?.version);
  // Of a declared connection the file says what is listed; the number works all the same.
  if (changed && !connection.declared) connection.settings = sealConnectionSettings(parts.sealer, channel.settings, connection.id, settings);
  return connection;
}

// ── afterwards ───────────────────────────────────────────────────────────────────────────────────────────────────────

async function edit(parts: WorkspaceParts, tenantId: string, id: string, given: { displayName: string; agentId?: string; active: boolean; version?: number }, by: By): Promise<void> {
  const runtime = parts.runtime();
  const { started, unplugged } = await change(runtime, tenantId, async (em) => {
    const number = await numberRow(em, id);
    notDeclared(number);
    await sameVersion(em, number, given.version);
    const displayName = nameOf(given.displayName, 'displayName');
    await agentFor(em, given);
    const started = given.active && !number.active;
    Object.assign(number, { displayName, active: given.active });
    const unplugged = given.agentId ? await answerBy(em, parts, number, given.agentId, by) : await plugOut(em, parts, number, by);
    audit(em, runtime, tenantId, by, { action: 'number.edit', subject: 'number', subjectId: id, detail: { displayName, active: given.active } });
    return { started, unplugged };
  });
  if (unplugged !== undefined) await goOn(runtime, 'agent', unplugged);
  if (started) await goOn(runtime, 'number', id);
  tell(runtime, { tenantId, numbers: true });
}

async function setActive(parts: WorkspaceParts, tenantId: string, id: string, active: boolean, by: By): Promise<void> {
  const runtime = parts.runtime();
  await change(runtime, tenantId, async (em) => {
    const number = await numberRow(em, id);
    if (number.active === active) return;
    if (active && (await em.count(Binding, { numberId: id })) === 0) throw new Refused({ agentId: { code: 'agentRequired', params: {} } });
    number.active = active;
    audit(em, runtime, tenantId, by, { action: active ? 'number.start' : 'number.stop', subject: 'number', subjectId: id, detail: { account: number.account } });
  });
  if (active) await goOn(runtime, 'number', id);
  tell(runtime, { tenantId, numbers: true });
}

async function remove(parts: WorkspaceParts, tenantId: string, id: string, by: By): Promise<void> {
  const runtime = parts.runtime();
  await change(runtime, tenantId, async (em) => {
    const number = await numberRow(em, id);
    notDeclared(number);
    Object.assign(number, { deletedAt: runtime.clock.now(), active: false });
    await em.nativeDelete(Binding, { numberId: id });
    await unlist(em, parts, number);
    audit(em, runtime, tenantId, by, { action: 'number.remove', subject: 'number', subjectId: id, detail: { account: number.account, displayName: number.displayName } });
  });
  await goOn(runtime, 'number', id);
  tell(runtime, { tenantId, numbers: true });
}

/** Or the next save of its connection would plug it in again. */
async function unlist(em: Em, parts: WorkspaceParts, number: INumber): Promise<void> {
  const channel = parts.runtime().plugins.channel(number.plugin);
  const member = channel && accountsMember(channel.settings);
  const connection = member === undefined ? null : await em.findOne(Connection, { id: number.connectionId, deletedAt: null });
  if (!channel || member === undefined || !connection || connection.declared) return;
  const listed = listedAccounts(channel.settings, connection.settings);
  if (listed.includes(number.account)) connection.settings = { ...connection.settings, [member]: listed.filter((account) => account !== number.account) };
}
