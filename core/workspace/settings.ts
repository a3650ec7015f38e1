/**
 * Settings between what is typed, what is stored and what a plugin gets: checked by the plugin's schema, secrets sealed. A
 * connection keeps everything in one record; an agent keeps its secrets apart from its versions, so that going back to an
 * older version never brings back a revoked key.
 */
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { AnyPlugin, Json } from '../plugin/contract/plugin.ts';
import { fieldShapes, maskedSecret, storedAt, type FieldShape, type Typed } from '../plugin/fields.ts';
import { fieldFaults, readForm, withGenerated } from '../plugin/form.ts';
import { openSettings, sealSettings, type Sealer } from '../plugin/secrets.ts';
import { checkSettings, fault, isRecord, wordsOf } from '../plugin/settings.ts';
import { Refused, type FieldFault } from './refused.ts';

/** A submitted form (names as `fields` gave them; an empty secret keeps the stored one), or settings as data (a secret left out is kept, null takes it away). */
export type GivenSettings = { form: Typed; pasted?: Pasted } | { data: Record<string, Json> };

/** Secrets of an earlier try with something new, by the names of the form, and the origins that they were pasted for. */
export interface Pasted {
  secrets: Record<string, string>;
  origins: string[];
}

/** Settings without their secrets: each is its last four characters, or '' when it is too short to show any. */
export type MaskedSettings = Record<string, Json>;

export type Settings = Record<string, Json>;

/** @throws Refused with the faults by field */
export function readGiven(schema: TSchema, given: GivenSettings, stored?: Settings): Settings {
  if ('form' in given) {
    const read = readForm(schema, given.form, stored);
    if ('errors' in read) throw new Refused(read.errors, { code: 'SETTINGS_INVALID' });
    return settingsOf(read.settings);
  }
  const secrets = secretsOf(schema);
  const taken = secrets.filter(({ path }) => storedAt(given.data, path) === null);
  const data = structuredClone(given.data);
  for (const { path } of taken) take(data, path);
  if (stored) keepSecrets(data, secrets.filter((secret) => !taken.includes(secret)), stored);
  const checked = checkSettings(schema, withGenerated(schema, data, stored));
  // What core makes is always there; it can be made anew, not taken away.
  const missing = taken.flatMap(({ path, words }) => (words.generate === true ? [fault(path, 'required')] : []));
  if ('errors' in checked || missing.length > 0) throw new Refused(fieldFaults(schema, [...missing, ...('errors' in checked ? checked.errors : [])]), { code: 'SETTINGS_INVALID' });
  return settingsOf(checked.settings);
}

/**
 * Settings in the place of stored ones. Secrets were given for the addresses of then: whoever may change an address must not
 * get them sent there, so that for a new one each is given again.
 * @throws Refused before anybody outside is asked
 */
export function readChanged(plugin: AnyPlugin, given: GivenSettings, stored: Settings | undefined): Settings {
  const settings = readGiven(plugin.settings, given, stored);
  if (stored) refuseKept(plugin, given, settings, originsOf(plugin, stored) ?? []);
  return settings;
}

/** Settings of something new; what this person pasted in an earlier try holds for the addresses of that try. @throws Refused as `readChanged` */
export function readNew(plugin: AnyPlugin, given: GivenSettings): Settings {
  const pasted = 'form' in given ? given.pasted : undefined;
  if (!pasted) return readGiven(plugin.settings, given);
  const kept: Settings = {};
  for (const { name, path } of secretsOf(plugin.settings)) {
    const secret = pasted.secrets[name];
    if (secret !== undefined) put(kept, path, secret);
  }
  const settings = readGiven(plugin.settings, given, kept);
  refuseKept(plugin, given, settings, pasted.origins);
  return settings;
}

function refuseKept(plugin: AnyPlugin, given: GivenSettings, settings: Settings, trusted: readonly string[]): void {
  // Where the plugin cannot say which origins it calls, nothing is called.
  if ((originsOf(plugin, settings) ?? []).every((origin) => trusted.includes(origin))) return;
  const kept = secretsOf(plugin.settings).filter((secret) => isText(storedAt(settings, secret.path)) && !isGiven(given, secret) && !isShown(plugin, secret));
  if (kept.length === 0) return;
  throw new Refused(Object.fromEntries(kept.map(({ name }): [string, FieldFault] => [name, { code: 'secretAgain', params: {} }])), { code: 'SETTINGS_INVALID' });
}

const isText = (value: unknown) => typeof value === 'string' && value !== '';

const isGiven = (given: GivenSettings, { name, path }: FieldShape) => isText('form' in given ? given.form[name] : storedAt(given.data, path));

/** What core made for a connection stands open in its hand-off: whoever changes an address has seen it there. */
const isShown = ({ kind }: AnyPlugin, { path, words }: FieldShape) => kind === 'channel' && words.generate === true && path.length === 1;

/** Undefined where the plugin cannot say it of these. */
export function originsOf(plugin: AnyPlugin, settings: Settings): string[] | undefined {
  try {
    return (plugin.origins?.(settings) ?? []).flatMap((typed) => URL.parse(typed)?.origin ?? []);
  } catch {
    return undefined;
  }
}

/** Where a form that may be refused would have sent its secrets. */
export function originsTyped(plugin: AnyPlugin, typed: Typed): string[] {
  const texts = Object.entries(typed).filter((entry): entry is [string, string] => isText(entry[1]));
  return originsOf(plugin, { ...defaultSettings(plugin.settings), ...Object.fromEntries(texts) }) ?? [];
}

/** Secrets that are not given again stay; everything else is as given. */
function keepSecrets(given: Settings, secrets: readonly FieldShape[], stored: Settings): void {
  for (const { path } of secrets) {
    const secret = storedAt(stored, path);
    if (typeof secret === 'string' && storedAt(given, path) === undefined) put(given, path, secret);
  }
}

/** What a form of these settings begins with: defaults, and what core makes. */
export function defaultSettings(schema: TSchema): Settings {
  return settingsOf(withGenerated(schema, Value.Default(schema, {})));
}

// ── connections ──────────────────────────────────────────────────────────────────────────────────────────────────────

export function sealConnectionSettings(sealer: Sealer, schema: TSchema, connectionId: string, settings: Settings): Settings {
  return settingsOf(sealSettings(sealer, schema, settings, `connection:${connectionId}`));
}

/** @throws SwitchboardError UNSEALING_FAILED */
export function openConnectionSettings(sealer: Sealer, schema: TSchema, row: { id: string; settings: Settings }): Settings {
  return withDefaults(schema, settingsOf(openSettings(sealer, schema, row.settings, `connection:${row.id}`)));
}

// ── agents ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `settings` go into a version, `secrets` (sealed, by their place) stay with the agent. */
export function sealAgentSettings(sealer: Sealer, schema: TSchema, agentId: string, settings: Settings): { settings: Settings; secrets: Settings } {
  const open = structuredClone(settings);
  const secrets: Settings = {};
  for (const { name, path } of secretsOf(schema)) {
    const secret = storedAt(open, path);
    if (typeof secret !== 'string' || secret === '') continue;
    secrets[name] = sealer.seal(secret, `agent:${agentId}.${name}`);
    take(open, path);
  }
  return { settings: open, secrets };
}

/** @throws SwitchboardError UNSEALING_FAILED */
export function openAgentSettings(sealer: Sealer, schema: TSchema, agent: { id: string; secrets: Settings }, version: { settings: Settings }): Settings {
  const settings = structuredClone(version.settings);
  for (const { name, path } of secretsOf(schema)) {
    const sealed = agent.secrets[name];
    if (typeof sealed === 'string') put(settings, path, sealer.open(sealed, `agent:${agent.id}.${name}`));
  }
  return withDefaults(schema, settings);
}

// ── for pages ────────────────────────────────────────────────────────────────────────────────────────────────────────

export function maskSettings(schema: TSchema, settings: Settings): MaskedSettings {
  const masked = structuredClone(settings);
  for (const { path } of secretsOf(schema)) {
    const secret = storedAt(masked, path);
    if (typeof secret === 'string' && secret !== '') put(masked, path, maskedSecret(secret));
  }
  return masked;
}

/** What is left when secrets cannot be opened: enough to show the connection, nothing that proves or sends. */
export function withoutSecrets(schema: TSchema, settings: Settings): Settings {
  const bare = structuredClone(settings);
  for (const { path } of secretsOf(schema)) take(bare, path);
  return bare;
}

/** The member that lists the accounts of a connection's numbers (`accounts: true` in the schema), where a channel has one. */
export function accountsMember(schema: TSchema): string | undefined {
  return Object.entries(wordsOf(schema).properties ?? {}).find(([, member]) => wordsOf(member).accounts === true)?.[0];
}

export function listedAccounts(schema: TSchema, settings: Settings): string[] {
  const member = accountsMember(schema);
  const listed = member === undefined ? [] : settings[member];
  return Array.isArray(listed) ? listed.filter((account) => typeof account === 'string') : [];
}

// ── records ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A plugin that has learned a new setting since these were saved fills it in by its default. */
function withDefaults(schema: TSchema, settings: Settings): Settings {
  const checked = checkSettings(schema, settings);
  return 'settings' in checked ? settingsOf(checked.settings) : settings;
}

function secretsOf(schema: TSchema): FieldShape[] {
  return fieldShapes(schema).filter(({ kind }) => kind === 'secret');
}

/** @throws Error when it is no record of data; settings that passed their schema always are */
export function settingsOf(value: unknown): Settings {
  if (!isSettings(value)) throw new Error('settings are not plain data');
  return value;
}

function isSettings(value: unknown): value is Settings {
  return isRecord(value) && Object.values(value).every(isJson);
}

function isJson(value: unknown): value is Json {
  if (value === null || ['string', 'boolean', 'number'].includes(typeof value)) return true;
  return Array.isArray(value) ? value.every(isJson) : isSettings(value);
}

function put(target: Settings, [step, ...rest]: readonly string[], value: Json): void {
  if (step === undefined) return;
  const within = target[step];
  if (rest.length === 0) target[step] = value;
  else if (isSettings(within)) put(within, rest, value);
  else put((target[step] = {}), rest, value);
}

function take(target: Settings, [step, ...rest]: readonly string[]): void {
  if (step === undefined) return;
  const within = target[step];
  if (rest.length === 0) delete target[step];
  else if (isSettings(within)) take(within, rest);
}
