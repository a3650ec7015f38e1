/** The form that plugs a number in: connection → name → number. It stands in the dialog and on an agent's Channels tab; nothing is saved that the provider refuses. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import type { Environment } from '../db/entities/index.ts';
import { SwitchboardError } from '../errors.ts';
import type { Typed, Field } from '../plugin/fields.ts';
import { maskedSecret } from '../plugin/fields.ts';
import type { Made } from '../workspace/hand-off.ts';
import type { NewNumber } from '../workspace/numbers.ts';
import type { OfferedNumber } from '../workspace/connections.ts';
import type { ConnectionKind, ConnectionRow } from '../workspace/reads-connections.ts';
import { Refused, type FieldFault } from '../workspace/refused.ts';
import { originsTyped, type Pasted } from '../workspace/settings.ts';
import { startOfDay } from './day.ts';
import { operatorOf } from './guard.ts';
import { colourOf } from './rows.ts';
import { byOf, readingOf, type Reading } from './site.ts';
import type { ConnectForm } from './views/numbers.ts';
import { missingWords } from './sign-in.ts';
import { fieldErrors, pluginSays, sayLine, type SaidLine } from './wording.ts';

/** Before the names of a plugin's fields, so that none is mistaken for one of the form's own. */
const ofPlugin = 'set.';
/** What was pasted is kept for the next try, sealed, for as long as somebody looks for a typing error. */
const keptMs = 3_600_000;

/** In the address of a form that nobody has sent yet. */
export const chosenWay = { way: Type.Optional(Type.String({ maxLength: 100, pattern: '^(connection|plugin):' })), typed: Type.Optional(Type.Literal('1')) };
type Way = { connection: ConnectionRow; kind: ConnectionKind | undefined } | { connection: undefined; kind: ConnectionKind };

/** Who answers the number, as the page around the form decides. */
export interface Answering {
  agentId: string;
  environment?: Environment;
  active: boolean;
}

export interface Asked {
  way: string | undefined;
  typed: Typed;
  /** Of the plugin, without the prefix; with what was kept. */
  fields: Typed;
  /** What was kept of an earlier try. */
  pasted?: Pasted;
  /** What the page showed to paste at the provider. */
  made?: Made | undefined;
  /** False: the number is typed, the provider's list is not asked for. */
  list?: boolean;
  /** The form comes back as it was typed, and nothing is wrong with it. */
  again?: boolean;
  refused?: Refused;
}

export const askedFor = ({ way, typed }: { way?: string; typed?: '1' }): Asked => ({ way, typed: {}, fields: {}, ...(typed && { list: false }) });

/** Connection, number and binding in one, or the form to show again. */
export async function takeConnect(ctx: AppContext, request: FastifyRequest, typed: Typed, { agentId, environment, active }: Answering): Promise<{ connectionId: string; untold: boolean } | Asked> {
  const reading = readingOf(ctx, request);
  const { secrets, origins, made } = unseal(ctx, request, typed['kept']);
  const fresh = fieldsIn(typed);
  const pasted: Pasted = { secrets, origins };
  const asked = { way: one(typed['way']), typed, fields: { ...secrets, ...fresh }, pasted, made };
  const chosen = await wayOf(ctx, reading, asked.way);
  if (!chosen) return { ...asked, way: undefined };
  // Not yet: first the provider's list for what was pasted, or the number typed after all.
  if (typed['deed'] !== undefined && !chosen.connection) return { ...asked, again: true, list: one(typed['deed']) === 'list' };
  const given: NewNumber = {
    connection: chosen.connection ? { id: chosen.connection.id } : { plugin: chosen.kind.plugin, settings: { form: { ...made?.settings, ...fresh }, pasted }, ...(made && { webhookKey: made.webhookKey }) },
    account: one(typed['account']),
    displayName: one(typed['displayName']),
    active,
    ...(agentId && { agentId }),
    ...(environment && { environment }),
  };
  try {
    const { connectionId } = await ctx.workspace.numbers.connect(reading.tenantId, given, byOf(request));
    // A provider must now be told where to send; a phone in the browser need not.
    return { connectionId, untold: !chosen.connection && !chosen.kind.simulator };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { ...asked, refused: error };
  }
}

/** `around`: fields of the page around it, which shows their errors itself. */
export async function drawConnect(ctx: AppContext, request: FastifyRequest, asked: Asked, around: readonly string[] = []): Promise<ConnectForm> {
  const reading = readingOf(ctx, request);
  const chosen = asked.way === undefined ? undefined : await wayOf(ctx, reading, asked.way);
  const numbers = await ctx.workspace.numbers.list(reading.tenantId, startOfDay(reading.timeZone, reading.now));
  const page: ConnectForm = {
    ways: await waysOf(ctx, reading),
    ...(chosen && asked.way !== undefined && { way: asked.way }),
    fields: [],
    displayName: one(asked.typed['displayName']),
    errors: {},
    line: colourOf(numbers.length + 1),
  };
  if (!chosen) return page;
  const refused = asked.again && asked.list && !chosen.connection ? await listPasted(ctx, reading, page, chosen.kind, asked) : undefined;
  if (refused) asked = { ...asked, refused };
  await fillIn(ctx, request, reading, page, chosen, asked);
  if (asked.refused) blame(ctx, reading, page, chosen, asked.refused, around);
  page.refused = asked.refused !== undefined;
  return page;
}

/** What the chosen way asks for. */
async function fillIn(ctx: AppContext, request: FastifyRequest, reading: Reading, page: ConnectForm, { connection, kind }: Way, asked: Asked): Promise<void> {
  const label = kind ? pluginSays(ctx.runtime.plugins, kind.plugin, kind.accountTitle, reading.locale) : '';
  page.account = { label, value: one(asked.typed['account']), ...(page.account?.offers && { offers: page.account.offers }), ...(!connection && kind.offers && { listable: true }) };
  if (connection) {
    if (kind?.offers && asked.list !== false) await listNumbers(ctx, reading, page, connection, kind);
    return;
  }
  // A form that nobody has sent yet shows the defaults: an unticked box in it means nothing.
  const fields = await ctx.workspace.connections.fields(reading.tenantId, { plugin: kind.plugin }, reading.locale, asked.refused || asked.again ? asked.fields : undefined);
  const secrets: Record<string, string> = {};
  // What was refused may be left out the next time, which an empty field could not say of what is kept.
  const leavable = (field: Field) => !field.required && asked.refused?.faults[field.name] !== undefined;
  const origins = originsNow(ctx, kind, asked);
  // Whatever else is refused: what was kept for other addresses is not kept for these.
  const moved = !origins.every((origin) => asked.pasted?.origins.includes(origin));
  page.fields = fields
    // What is made here needs no typing, and one number needs no list of numbers: both stand under the connection's settings.
    .filter((field) => field.generate !== true && (field.required || field.input.kind !== 'list'))
    .map((field): Field => {
      const typed = one(asked.fields[field.name]);
      if (field.input.kind !== 'secret' || typed === '' || leavable(field) || (moved && one(asked.typed[ofPlugin + field.name]) === '')) return { ...field, name: ofPlugin + field.name };
      secrets[field.name] = typed;
      return { ...field, name: ofPlugin + field.name, input: { kind: 'secret', stored: maskedSecret(typed) } };
    });
  if (ctx.runtime.plugins.channel(kind.plugin)?.guide) page.guide = kind.plugin;
  if (kind.signIn) page.signIn = { plugin: kind.plugin, channel: kind.title, ...(kind.signIn.missing !== undefined && { missing: missingWords(ctx, reading, kind.plugin, kind.signIn.missing) }) };
  const { made, handOff } = ctx.workspace.connections.draft(kind.plugin, asked.made);
  page.kept = seal(ctx, request, { secrets, origins, made });
  if (Object.keys(secrets).length > 0) page.secrets = 'kept';
  const [token] = handOff.tokens;
  if (!kind.simulator) page.handOff = { callbackUrl: handOff.webhookUrl, ...(token && { verifyToken: token.value }) };
}

/** Of an address that cannot be read nothing is known: what was kept before holds for the addresses of then, what is new for none. */
function originsNow({ runtime: { plugins } }: AppContext, { plugin }: ConnectionKind, { fields, pasted }: Asked): string[] {
  const channel = plugins.channel(plugin);
  const now = channel ? originsTyped(channel, fields) : [];
  return now.length > 0 ? now : (pasted?.origins ?? []);
}

/** The provider's list, with who has each; where it says no, the number can still be typed. */
async function listNumbers(ctx: AppContext, reading: Reading, page: ConnectForm, connection: ConnectionRow, kind: ConnectionKind): Promise<void> {
  try {
    const offers = await ctx.workspace.connections.offers(reading.tenantId, { id: connection.id });
    if (page.account && offers.some((offer) => offer.taken === undefined)) page.account.offers = offersOf(ctx, reading, kind, offers);
  } catch (error) {
    if (!(error instanceof SwitchboardError)) throw error;
    page.refusal = { who: kind.title, said: error instanceof Refused ? Object.values(fieldErrors(error, reading, ctx.runtime.plugins)).join(' ') : error.message };
  }
}

/** The list for credentials that are not saved. */
async function listPasted(ctx: AppContext, reading: Reading, page: ConnectForm, kind: ConnectionKind, { made, typed, pasted }: Asked): Promise<Refused | undefined> {
  try {
    const offers = await ctx.workspace.connections.offers(reading.tenantId, { plugin: kind.plugin, settings: { form: { ...made?.settings, ...fieldsIn(typed) }, ...(pasted && { pasted }) } });
    if (offers.some((offer) => offer.taken === undefined)) page.account = { label: '', value: '', offers: offersOf(ctx, reading, kind, offers) };
    else page.errors['account'] = reading.t(offers.length > 0 ? 'says:connect.allTaken' : 'says:connect.noneListed');
    return undefined;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return error;
  }
}

function offersOf(ctx: AppContext, { locale }: Reading, { plugin }: ConnectionKind, offers: readonly OfferedNumber[]): NonNullable<NonNullable<ConnectForm['account']>['offers']> {
  return offers.map(({ account, title, phone, note, taken }) => ({ value: account, name: [title, phone, note && pluginSays(ctx.runtime.plugins, plugin, note, locale)].filter(Boolean).join(' · '), ...(taken !== undefined && { taken }) }));
}

function blame(ctx: AppContext, reading: Reading, page: ConnectForm, { kind }: Way, refused: Refused, around: readonly string[]): void {
  const broken = refused.lines.find((line) => line.state === 'broken');
  const line = broken && kind && sayLine(ctx.runtime.plugins, kind.plugin, broken, { ...reading, moment: String });
  // What is wrong with an address is ours to say, beside its field.
  if (line && line.id !== 'address') page.refusal = { who: kind.title, ...(line.answered === undefined ? { ours: line.said } : { said: line.answered }) };
  const own = new Set(['displayName', 'account', 'form', ...around]);
  const errors = fieldErrors(withoutWords(refused, line), reading, ctx.runtime.plugins, (field) => (field === 'agentId' ? 'agent' : field));
  const shown = new Set(page.fields.map((field) => field.name));
  for (const [field, sentence] of Object.entries(errors)) {
    const name = own.has(field) ? field : ofPlugin + field;
    // A fault of a field that this form does not show is told for the whole.
    if (own.has(field) || shown.has(name)) page.errors[name] = sentence;
    else page.errors['form'] = [page.errors['form'], sentence].filter(Boolean).join(' ');
  }
}

/** What the banner quotes is not said again under the field: there stands what mends it. */
function withoutWords(refused: Refused, quoted: SaidLine | undefined): Refused {
  const faults = Object.entries(refused.faults).map(([field, fault]): [string, FieldFault] =>
    [field, fault.code === 'refused' && quoted !== undefined && fault.params['what'] === quoted.id ? { code: 'refused', params: { said: quoted.answered === undefined ? '' : quoted.said, mend: quoted.mend ?? '' } } : fault]);
  return new Refused(Object.fromEntries(faults), { code: refused.code, lines: refused.lines });
}

async function wayOf(ctx: AppContext, { tenantId }: Reading, asked: string): Promise<Way | undefined> {
  const kinds = ctx.workspace.connections.kinds();
  const [what, name = ''] = asked.split(/:(.*)/s);
  if (what === 'plugin') {
    const kind = kinds.find((one) => one.plugin === name);
    return kind && { connection: undefined, kind };
  }
  const connection = (await ctx.workspace.connections.list(tenantId)).find((row) => row.id === name);
  return connection && { connection, kind: kinds.find((one) => one.plugin === connection.plugin) };
}

async function waysOf(ctx: AppContext, { tenantId, t }: Reading): Promise<ConnectForm['ways']> {
  const connections = await ctx.workspace.connections.list(tenantId);
  return [
    ...connections.filter((row) => row.loaded).map((row) => ({ value: `connection:${row.id}`, title: row.name, note: t('says:connect.existing', { channel: row.channel }) })),
    ...ctx.workspace.connections.kinds().map((kind) => ({ value: `plugin:${kind.plugin}`, title: kind.title, note: t(kind.needsPublicUrl ? 'says:connect.unreachable' : 'says:connect.fresh'), ...(kind.mark && { mark: kind.mark }) })),
  ];
}

export const one = (typed: string | string[] | undefined): string => (Array.isArray(typed) ? (typed[0] ?? '') : (typed ?? ''));

function fieldsIn(typed: Typed): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(typed)) {
    // An empty secret means: the one that was kept.
    if (name.startsWith(ofPlugin) && value !== undefined && value !== '') fields[name.slice(ofPlugin.length)] = value;
  }
  return fields;
}

// Only this login can open it, and not for long; the page holds nothing that anybody could read.
const place = (request: FastifyRequest) => `connect/${operatorOf(request).loginId}`;

interface Kept extends Pasted {
  made?: Made;
}

function seal(ctx: AppContext, request: FastifyRequest, { secrets, origins, made }: Kept): string {
  return ctx.sealer.seal(JSON.stringify({ until: ctx.runtime.clock.now() + keptMs, secrets, origins, made }), place(request));
}

/** What was made here is good as long as the login: by now it may stand in the provider's console. */
function unseal(ctx: AppContext, request: FastifyRequest, kept: string | string[] | undefined): Kept {
  if (typeof kept !== 'string' || kept === '') return { secrets: {}, origins: [] };
  try {
    const { until, secrets, origins, made } = JSON.parse(ctx.sealer.open(kept, place(request))) as Kept & { until: number };
    return { secrets: until > ctx.runtime.clock.now() ? secrets : {}, origins, ...(made && { made }) };
  } catch {
    return { secrets: {}, origins: [] };
  }
}
