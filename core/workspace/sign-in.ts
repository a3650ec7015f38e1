/**
 * Signing in with a provider instead of pasting credentials. What the browser brings is a hint: the channel asks the provider
 * itself. An attempt belongs to the login that began it, holds for a quarter of an hour and is used once.
 */
import { createHash, randomBytes } from 'node:crypto';
import { Num } from '../db/entities/index.ts';
import { SwitchboardError } from '../errors.ts';
import { uuid } from '../ids.ts';
import { keepTemplateTimers } from '../pipeline/templates.ts';
import { scrubberOf } from '../plugin/context.ts';
import type { Channel } from '../plugin/contract/channel.ts';
import type { CheckLine, Json } from '../plugin/contract/plugin.ts';
import { isRecord } from '../plugin/settings.ts';
import { newKey } from './address.ts';
import { audit, change, goOn, tell, type By } from './change.ts';
import { asJson, changedMembers, writeConnection } from './connections.ts';
import { passingContext } from './contexts.ts';
import { publicUrlLines } from './doctor.ts';
import { reconcileListed } from './listed.ts';
import { channelOf, connectionRow, notDeclared, notFound, signInMissing, world, type WorkspaceParts } from './parts.ts';
import { Refused } from './refused.ts';
import { accountsMember, defaultSettings, listedAccounts, openConnectionSettings, originsOf, readGiven, sealConnectionSettings, settingsOf, type Settings } from './settings.ts';
import { subscribe } from './subscription.ts';

export interface SignIn {
  /**
   * Begins an attempt of this login, good for a quarter of an hour and one `finish`.
   * @throws SwitchboardError NOT_FOUND the channel has no sign-in · Refused '' it is not configured, with the channel's words
   */
  begin(tenantId: string, plugin: string, loginId: string): Promise<{ nonce: string; page: Record<string, string>; origins: { script: string[]; frame: string[] } }>;
  /**
   * `input` is what the browser brought. Makes a connection, running, with the accounts as inactive numbers.
   * @throws SwitchboardError FOREIGN_FORM the attempt is not this login's, was used or is too old · Refused '' in the provider's words
   */
  finish(tenantId: string, plugin: string, given: { nonce: string; input: Json }, loginId: string, by: By): Promise<{ id: string; lines: CheckLine[] }>;
}

const attemptMs = 15 * 60_000;
/** A code lives half a minute; what is asked after it may take a little. */
const finishMs = 45_000;

export function signInOf(parts: WorkspaceParts): SignIn {
  return {
    begin: (tenantId, plugin, loginId) => begin(parts, tenantId, plugin, loginId),
    finish: (tenantId, plugin, given, loginId, by) => finish(parts, tenantId, plugin, given, loginId, by),
  };
}

function offered(parts: WorkspaceParts, plugin: string): { channel: Channel; signIn: NonNullable<Channel['signIn']> } {
  const channel = channelOf(parts, plugin);
  if (!channel.signIn) throw notFound();
  const missing = signInMissing(parts, channel);
  if (missing !== undefined) throw new Refused({ '': { code: 'signInMissing', params: { plugin, text: missing } } });
  return { channel, signIn: channel.signIn };
}

// ── one attempt of one login ─────────────────────────────────────────────────────────────────────────────────────────

/** A copy of the database lets nobody finish what another began. */
const keyOf = (nonce: string) => `sign-in:${createHash('sha256').update(nonce).digest('hex').slice(0, 48)}`;

async function begin(parts: WorkspaceParts, tenantId: string, plugin: string, loginId: string) {
  const { signIn } = offered(parts, plugin);
  const { db, clock } = parts.runtime();
  const nonce = randomBytes(24).toString('base64url');
  const now = clock.now();
  await db.write(async (sql) => {
    await sql.run("delete from installation where key like 'sign-in:%' and updated_at < ?", [now - attemptMs]);
    await sql.insert('installation', ['key', 'value', 'updated_at'], [[keyOf(nonce), JSON.stringify({ tenantId, plugin, loginId }), now]]);
  });
  return { nonce, page: signIn.page({ ...parts.signIn }), origins: signIn.origins };
}

/** @throws SwitchboardError FOREIGN_FORM */
async function useUp(parts: WorkspaceParts, nonce: string, whose: { tenantId: string; plugin: string; loginId: string }): Promise<void> {
  const { db, clock } = parts.runtime();
  const [row] = await db.write((sql) => sql.all<{ value: string; updated_at: number }>('delete from installation where key = ? returning value, updated_at', [keyOf(nonce)]));
  const begun: unknown = row ? JSON.parse(row.value) : undefined;
  const own = isRecord(begun) && begun['tenantId'] === whose.tenantId && begun['plugin'] === whose.plugin && begun['loginId'] === whose.loginId;
  if (!own || !row || row.updated_at < clock.now() - attemptMs) throw new SwitchboardError('FOREIGN_FORM', 'This sign-in was begun by another login, was finished already, or took too long. Begin it again.');
}

// ── what the provider says of it ─────────────────────────────────────────────────────────────────────────────────────

async function finish(parts: WorkspaceParts, tenantId: string, plugin: string, { nonce, input }: { nonce: string; input: Json }, loginId: string, by: By): Promise<{ id: string; lines: CheckLine[] }> {
  const { channel, signIn } = offered(parts, plugin);
  await useUp(parts, nonce, { tenantId, plugin, loginId });
  const draft = { id: uuid(), key: newKey() };
  const start = defaultSettings(channel.settings);
  const signal = AbortSignal.timeout(finishMs);
  const answer = await inWords(channel, start, () => signIn.finish(input, { ...parts.signIn }, passingContext(world(parts), channel, start, { ...draft, signal })));
  const settings = readGiven(channel.settings, { data: settingsOf(answer.settings) });
  const lines = [...(answer.lines ?? []), ...(await publicUrlLines(parts, channel))];
  const known = await knownConnection(parts, tenantId, plugin, answer.accounts);
  const id = known ?? draft.id;
  if (known === undefined) await connect(parts, tenantId, { ...draft, channel, settings, lines }, by);
  else await renew(parts, tenantId, known, { channel, settings, lines, start }, by);
  await keepTemplateTimers(parts.runtime());
  tell(parts.runtime(), { tenantId, numbers: true });
  return { id, lines: [...lines, ...(await sentHere(parts, tenantId, id, channel, by))] };
}

/** The channel's sentence: a key of its texts where the error carries one, else its message without secrets. */
async function inWords<T>(channel: Channel, settings: Settings, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const key = error instanceof Error && 'problem' in error && typeof error.problem === 'string' ? error.problem : undefined;
    const params = error instanceof Error && 'params' in error && isRecord(error.params) ? error.params : {};
    const said = scrubberOf(channel, settings).text(error instanceof Error ? error.message : String(error)).slice(0, 500);
    const words = Object.fromEntries(Object.entries(params).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : [])));
    throw new Refused({ '': { code: 'plugin', params: { ...words, plugin: channel.name, text: key ?? said, said } } });
  }
}

/** Somebody signs in again because a token ended: the connection stays, with its numbers and its address. */
async function knownConnection(parts: WorkspaceParts, tenantId: string, plugin: string, accounts: readonly string[]): Promise<string | undefined> {
  const held = await parts.runtime().db.em(tenantId).findOne(Num, { plugin, account: { $in: [...accounts] }, deletedAt: null });
  return held?.connectionId;
}

interface Signed {
  channel: Channel;
  settings: Settings;
  lines: CheckLine[];
}

async function connect(parts: WorkspaceParts, tenantId: string, { id, key, channel, settings, lines }: Signed & { id: string; key: string }, by: By): Promise<void> {
  await change(parts.runtime(), tenantId, async (em) => {
    const row = writeConnection(em, parts, tenantId, { id, key, plugin: channel.name, name: channel.title, description: '', settings, lines }, true, by);
    await reconcileListed(em, parts, row, { channel, was: {}, is: settings }, by);
  });
}

/** What the sign-in brought takes the place of what was stored; what was told to the provider, and what people chose, stays. */
async function renew(parts: WorkspaceParts, tenantId: string, id: string, { channel, settings, lines, start }: Signed & { start: Settings }, by: By): Promise<void> {
  const runtime = parts.runtime();
  const listed = accountsMember(channel.settings);
  await change(runtime, tenantId, async (em) => {
    const row = await connectionRow(em, id);
    notDeclared(row);
    const stored = openConnectionSettings(parts.sealer, channel.settings, row);
    const brought = Object.fromEntries(changedMembers(start, settings).flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]] as const])));
    const { kept, line } = keptOf(channel, settings, stored);
    const renewed: Settings = { ...kept, ...brought };
    if (listed !== undefined) renewed[listed] = [...new Set([...listedAccounts(channel.settings, stored), ...listedAccounts(channel.settings, settings)])];
    const now = runtime.clock.now();
    Object.assign(row, { settings: sealConnectionSettings(parts.sealer, channel.settings, id, renewed), state: 'running', stateReason: null, stateAt: now, checks: asJson([...line, ...lines]), checkedAt: now });
    await reconcileListed(em, parts, row, { channel, was: stored, is: renewed }, by);
    audit(em, runtime, tenantId, by, { action: 'connection.save', subject: 'connection', subjectId: id, detail: { changed: changedMembers(stored, renewed) } });
  });
  await goOn(runtime, 'connection', id);
}

/**
 * Of stored settings, what may stand beside what the sign-in brought: no address that somebody typed in before, or a new token, and the
 * secret of the server's own app, would go there.
 */
function keptOf(channel: Channel, signed: Settings, stored: Settings): { kept: Settings; line: CheckLine[] } {
  const trusted = originsOf(channel, signed) ?? [];
  let kept = signed;
  for (const [name, value] of Object.entries(stored)) {
    const next = { ...kept, [name]: value };
    if (originsOf(channel, next)?.every((origin) => trusted.includes(origin))) kept = next;
  }
  const dropped = (originsOf(channel, stored) ?? []).filter((origin) => !trusted.includes(origin));
  if (dropped.length === 0) return { kept, line: [] };
  return { kept, line: [{ what: 'address', state: 'doubtful', said: 'says:doctor.address.dropped', mend: 'says:doctor.address.paste', params: { was: dropped.join(', '), is: trusted.join(', ') } }] };
}

/** Now that the connection can answer a handshake. Events that go elsewhere stay there until a person says otherwise. */
async function sentHere(parts: WorkspaceParts, tenantId: string, id: string, channel: Channel, by: By): Promise<CheckLine[]> {
  if (!channel.subscribe || parts.server().publicUrl === undefined) return [];
  try {
    return [await subscribe(parts, tenantId, id, { overwrite: 'unseen' }, by)];
  } catch (error) {
    if (!(error instanceof SwitchboardError) || error.code !== 'CONFLICT') throw error;
    return [{ what: 'subscription', state: 'doubtful', said: 'says:doctor.subscription.elsewhere', mend: 'says:doctor.subscription.take' }];
  }
}
