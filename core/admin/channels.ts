/** `/app/{tenant}/settings/channels`: connections, their doctor, logs, templates, settings, hand-off and what was rejected. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import type { AppContext } from '../context.ts';
import { SwitchboardError } from '../errors.ts';
import { exportLogs, exportTemplates, noHead } from '../http/exports.ts';
import { sayWords } from '../kept-words.ts';
import type { Typed } from '../plugin/fields.ts';
import type { ConnectionDetail as Detail, ConnectionRow as Read } from '../workspace/reads-connections.ts';
import { Refused } from '../workspace/refused.ts';
import { tell } from './chrome.ts';
import { formats } from './format.ts';
import { handOffValues, isReachable } from './hand-off.ts';
import { logFilter, logsOf } from './logs.ts';
import { numberName } from './rows.ts';
import { byOf, form, known, ofOne, ofTenant, openForm, query, readingOf, seeOther, show, type Reading, type Site } from './site.ts';
import { comparedWith, ownFields, settingsIn } from './settings-form.ts';
import { templateFilter, templatesOf, templateStatuses } from './template-list.ts';
import type { ChannelsPage, ConnectionDetail, ConnectionRow, ConnectionTab, Rejection } from './views/connections.ts';
import type { FieldErrors } from './views/every-page.ts';
import { fieldErrors, pluginSays, sayLine } from './wording.ts';

const address = '/app/:tenant/settings/channels/:id';
const tabs = ['doctor', 'logs', 'templates', 'settings', 'hand-off', 'rejected'] as const;
/** Forms without a choice send it empty. */
const askedLogs = { level: Type.Optional(Type.Enum(['', 'info', 'warn', 'error'])), text: Type.Optional(Type.String({ maxLength: 200 })) };
const askedTemplates = { status: Type.Optional(Type.Enum(['', ...templateStatuses])), search: Type.Optional(Type.String({ maxLength: 200 })) };
const asked = query({
  tab: Type.Optional(Type.Enum([...tabs])),
  ...askedLogs,
  before: Type.Optional(Type.String({ maxLength: 36 })),
  ...askedTemplates,
  after: Type.Optional(Type.String({ maxLength: 2_000 })),
});
type Asked = Static<typeof asked>;

export function channelPages(app: Site, ctx: AppContext): void {
  const { connections } = ctx.workspace;
  const reads = { config: { permission: 'connections.read' as const } };
  const edits = { config: { permission: 'connections.edit' as const } };

  app.get('/app/:tenant/settings/channels', { ...reads, schema: { params: ofTenant } }, (request, reply) => showChannels(ctx, request, reply));
  app.get(address, { ...reads, schema: { params: ofOne, querystring: asked } }, (request, reply) =>
    showChannels(ctx, request, reply, { id: known(request.params.id), tab: request.query.tab ?? 'doctor', asked: request.query }));

  const exports = { ...reads, ...noHead };
  app.get(`${address}/logs.csv`, { ...exports, schema: { params: ofOne, querystring: query(askedLogs) } }, (request, reply) =>
    exportLogs(ctx, reply, readingOf(ctx, request).tenantId, known(request.params.id), logFilter(request.query)));
  app.get(`${address}/templates.csv`, { ...exports, schema: { params: ofOne, querystring: query(askedTemplates) } }, async (request, reply) => {
    const { tenantId } = readingOf(ctx, request);
    const { id } = await connections.get(tenantId, known(request.params.id));
    return exportTemplates(ctx, reply, tenantId, { connectionId: id, ...templateFilter(request.query) });
  });

  app.post(address, { ...edits, schema: { params: ofOne, querystring: query({ tab: Type.Optional(Type.Enum([...tabs])) }), body: openForm } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    const { name, description, version, settings } = settingsIn(request.body);
    try {
      const graceHours = Number([request.body['_grace'] ?? ''].flat()[0]) || 0;
      await connections.save(tenantId, id, { name, description, settings: { form: settings }, version, graceHours }, byOf(request));
    } catch (error) {
      return showChannels(ctx, request, reply, { id, tab: 'settings', failed: { typed: request.body, error } });
    }
    // What is right now does not go on by itself.
    const { state } = await connections.get(tenantId, id);
    tell(ctx, reply, state === 'error' ? 'says:notice.savedStart' : 'says:notice.saved');
    return seeOther(reply, url.connection(id, 'settings'));
  });

  app.post(`${address}/state`, { ...edits, schema: { params: ofOne, body: form({ deed: Type.Enum(['start', 'stop', 'restart']) }) } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    // What the provider says of it stands on the page that follows.
    await connections[request.body.deed](tenantId, id, byOf(request));
    return seeOther(reply, url.connection(id));
  });

  app.post(`${address}/check`, { ...edits, schema: { params: ofOne, body: form({}) } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    await connections.check(tenantId, { id });
    return seeOther(reply, url.connection(id, 'doctor'));
  });

  const subscribing = form({ deed: Type.Enum(['subscribe', 'unsubscribe']), overwrite: Type.Optional(Type.Literal('on')) });
  app.post(`${address}/subscribe`, { ...edits, schema: { params: ofOne, body: subscribing } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    const { deed, overwrite } = request.body;
    try {
      // What became of it is a line of the doctor, on the page that follows.
      if (deed === 'unsubscribe') await connections.unsubscribe(tenantId, id, byOf(request));
      else await connections.subscribe(tenantId, id, { overwrite: overwrite === 'on' }, byOf(request));
    } catch (error) {
      if (!(error instanceof SwitchboardError) || error.code !== 'CONFLICT') throw error;
      // The line says by now where the events go.
      await connections.check(tenantId, { id });
      return showChannels(ctx, request, reply, { id, tab: 'doctor', overwrite: true });
    }
    return seeOther(reply, url.connection(id, 'doctor'));
  });

  app.post('/app/:tenant/whatsapp/numbers/:id/register', { ...edits, schema: { params: ofOne, body: form({ pin: Type.String({ maxLength: 20 }) }) } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const number = known(request.params.id);
    const { connection } = await ctx.workspace.numbers.get(tenantId, number, 0);
    try {
      await ctx.workspace.numbers.register(tenantId, number, { pin: request.body.pin }, byOf(request));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return showChannels(ctx, request, reply, { id: connection.id, tab: 'doctor', registering: { number, error } });
    }
    return seeOther(reply, url.connection(connection.id, 'doctor'));
  });

  app.post(`${address}/rotate`, { ...edits, schema: { params: ofOne, body: form({ graceHours: Type.Number() }) } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    try {
      await connections.rotate(tenantId, id, { graceHours: request.body.graceHours }, byOf(request));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return showChannels(ctx, request, reply, { id, tab: 'hand-off', rotating: error });
    }
    tell(ctx, reply, 'says:notice.rotated');
    return seeOther(reply, url.connection(id, 'hand-off'));
  });
}

export interface Chosen {
  id: string;
  tab: ConnectionTab;
  asked?: Asked;
  failed?: { typed: Typed; error: unknown };
  /** Somebody must say that events may be taken from another address. */
  overwrite?: boolean;
  registering?: { number: string; error: Refused };
  rotating?: Refused;
  /** Why templates could not be read or one not deleted. */
  templates?: Refused;
}

export async function showChannels(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, chosen?: Chosen): Promise<FastifyReply> {
  const reading = readingOf(ctx, request);
  const rows = await ctx.workspace.connections.list(reading.tenantId);
  const page: ChannelsPage = { connections: rows.map((row) => rowOf(ctx, reading, row)).sort((a, b) => a.channel.localeCompare(b.channel) || a.name.localeCompare(b.name)) };
  if (!chosen) return show(ctx, request, reply, 'channels', page);
  const { connection, status } = await detailOf(ctx, reading, chosen);
  return show(ctx, request, reply, 'channels', { ...page, connection }, status);
}

function rowOf(ctx: AppContext, reading: Reading, { id, name, channel, plugin, state, numbers, reasonWords, reasonLine, lastEventAt }: Read): ConnectionRow {
  const said = reasonLine ? sayLine(ctx.runtime.plugins, plugin, reasonLine, earOf(reading)).said : reasonWords && sayWords(reasonWords, reading.locale, ctx.runtime.plugins.all);
  return { id, name, channel, lamp: state, numbers: numbers.map(numberName), ...(said !== undefined && { reason: said }), ...(lastEventAt !== undefined && { lastEventAt }) };
}

async function detailOf(ctx: AppContext, reading: Reading, chosen: Chosen): Promise<{ connection: ConnectionDetail; status: number }> {
  const { id, tab, failed } = chosen;
  const detail = await ctx.workspace.connections.get(reading.tenantId, id);
  const row = rowOf(ctx, reading, detail);
  const connection: ConnectionDetail = {
    ...row,
    tab,
    waiting: detail.waiting,
    version: detail.version,
    declared: detail.declared,
    deeds: deedsOf(detail, reading),
    ...(detail.state === 'error' && { failure: failureOf(ctx, reading, detail, row.reason) }),
    doctor: doctorOf(ctx, reading, detail, chosen),
    ...(detail.can.templates && { hasTemplates: true }),
    ...(ctx.runtime.plugins.channel(detail.plugin)?.guide && { guide: detail.plugin }),
    ...proofOf(ctx, detail),
    fields: [],
    errors: {},
    handOff: [],
    rejected: detail.rejections.map(rejectionOf),
    rejectedCount: detail.rejections.reduce((sum, { count }) => sum + count, 0),
  };
  if (tab === 'logs') connection.logs = await logsOf(ctx, reading, id, chosen.asked ?? {});
  if (tab === 'templates' && detail.can.templates) connection.templates = await templatesOf(ctx, reading, id, detail.can.templates, chosen.asked ?? {}, chosen.templates);
  if (tab === 'hand-off') await fillHandOff(ctx, reading, connection, detail, chosen.rotating);
  if (tab === 'settings' && detail.loaded) return { connection, status: await fillForm(ctx, reading, connection, detail, failed) };
  const refused = chosen.registering ?? chosen.rotating ?? chosen.templates;
  return { connection, status: refused ? 422 : chosen.overwrite ? 409 : 200 };
}

/** A simulated phone has no provider who could be told anything. */
function proofOf({ runtime: { plugins } }: AppContext, { plugin }: Detail): Pick<ConnectionDetail, 'proof'> {
  const channel = plugins.channel(plugin);
  return channel && !channel.simulate ? { proof: channel.can.webhook } : {};
}

const earOf = ({ t, locale, timeZone, now }: Reading) => ({ t, locale, moment: formats(locale, timeZone, now).moment });

/** The line that is the reason, in the reader's language; else what the state says of itself. */
function failureOf(ctx: AppContext, reading: Reading, { plugin, reasonLine, stateAt }: Detail, reason = ''): NonNullable<ConnectionDetail['failure']> {
  if (!reasonLine) return { said: reason, at: stateAt };
  const { id, said, answered, mend, field } = sayLine(ctx.runtime.plugins, plugin, reasonLine, earOf(reading));
  return {
    said: answered === undefined ? said : `${said} “${answered}”`, at: stateAt,
    ...(mend !== undefined && { mend }), ...(field !== undefined && { field }), ...(id === 'refused' && { inSettings: true }),
  };
}

function doctorOf({ runtime: { plugins } }: AppContext, reading: Reading, { plugin, checks, checkedAt, can, numbers }: Detail, { overwrite, registering }: Chosen): NonNullable<ConnectionDetail['doctor']> {
  const own = pluginSays(plugins, plugin, 'subscribe.deed', reading.locale);
  const faults = registering && Object.values(fieldErrors(registering.error, reading, plugins)).join(' ');
  return {
    lines: checks.map((line) => sayLine(plugins, plugin, line, earOf(reading))),
    ...(checkedAt !== undefined && { checkedAt }),
    ...(can.subscribe && { subscribe: { label: own === 'subscribe.deed' ? reading.t('says:subscribe') : own, clear: can.unsubscribe, ...(overwrite && { overwrite }) } }),
    ...(can.register && numbers.length > 0 && { register: numbers.slice(0, 50).map((number) => ({ ...numberName(number), ...(number.id === registering?.number && { error: faults ?? '' }) })) }),
  };
}

/** Returns the status of the answer: taken, refused, or meanwhile changed by somebody else. */
async function fillForm(ctx: AppContext, reading: Reading, connection: ConnectionDetail, detail: Detail, failed: Chosen['failed']): Promise<number> {
  const { tenantId, locale } = reading;
  const typed = failed && settingsIn(failed.typed);
  const stored = await ctx.workspace.connections.fields(tenantId, { id: detail.id }, locale);
  const fields = failed ? await ctx.workspace.connections.fields(tenantId, { id: detail.id }, locale, typed?.settings) : stored;
  connection.fields = [...ownFields(reading, { name: typed?.name ?? detail.name, description: typed?.description ?? detail.description }), ...fields];
  if (!failed) return 200;
  const { error } = failed;
  if (error instanceof Refused) {
    connection.errors = errorsOf(error, reading, ctx, connection);
    return 422;
  }
  if (!(error instanceof SwitchboardError) || error.code !== 'CONFLICT') throw error;
  connection.errors = comparedWith(reading, connection.fields, [...ownFields(reading, detail), ...stored]);
  return 409;
}

/** A fault of a field that the form does not draw is told for the whole. */
function errorsOf(error: Refused, reading: Reading, ctx: AppContext, { fields }: ConnectionDetail): FieldErrors {
  const errors = fieldErrors(error, reading, ctx.runtime.plugins, (field) => (field === 'name' ? '_name' : field));
  const shown = new Set(fields.map((field) => field.name));
  const lost = Object.entries(errors).filter(([field]) => field !== 'form' && !shown.has(field)).map(([, sentence]) => sentence);
  return { ...errors, ...(lost.length > 0 && { form: [errors['form'], ...lost].filter(Boolean).join(' ') }) };
}

function deedsOf({ state }: Detail, { t }: Reading): ConnectionDetail['deeds'] {
  const idle = state === 'stopped';
  const runs = state === 'running' || state === 'starting';
  return {
    start: runs ? { possible: false, why: t('agent.running') } : { possible: true },
    stop: idle ? { possible: false, why: t('agent.stopped') } : { possible: true },
    restart: idle ? { possible: false, why: t('agent.stopped') } : { possible: true },
  };
}

async function fillHandOff(ctx: AppContext, reading: Reading, connection: ConnectionDetail, detail: Detail, rotating: Refused | undefined): Promise<void> {
  const { id, loaded, plugin, can, declared, graceUntil } = detail;
  const { plugins } = ctx.runtime;
  const channel = plugins.channel(plugin);
  if (!loaded || !channel || channel.simulate) return;
  const handOff = await ctx.workspace.connections.handOff(reading.tenantId, id);
  connection.handOff = handOffValues(ctx, reading, detail, handOff);
  if (!isReachable(handOff)) connection.unreachable = true;
  if (can.rotate && !declared) connection.rotate = { ...(graceUntil !== undefined && { graceUntil }), ...(rotating && { error: Object.values(fieldErrors(rotating, reading, plugins)).join(' ') }) };
}

const causes = ['unsigned', 'wrong-secret', 'other-url', 'rewritten-body', 'not-configured', 'unknown-key'] as const;

function rejectionOf({ id, cause, source, count, lastAt }: Detail['rejections'][number]): Rejection {
  return { id, cause: causes.find((one) => one === cause) ?? 'unsigned', count, at: lastAt, from: source };
}
