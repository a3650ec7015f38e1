/** `/app/{tenant}/settings/channels`: connections, their doctor, settings, hand-off and what was rejected. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { SwitchboardError } from '../errors.ts';
import type { Typed } from '../plugin/fields.ts';
import type { ConnectionDetail as Detail, ConnectionRow as Read } from '../workspace/index.ts';
import { Refused } from '../workspace/refused.ts';
import { tell } from './chrome.ts';
import { numberName } from './rows.ts';
import { byOf, form, known, ofOne, ofTenant, openForm, query, readingOf, seeOther, show, type Reading, type Site } from './site.ts';
import { comparedWith, ownFields, settingsIn } from './settings-form.ts';
import type { ChannelsPage, ConnectionDetail, ConnectionRow, ConnectionTab, FieldErrors, Rejection } from './views.ts';
import { checkTitle, fieldErrors } from './wording.ts';

const address = '/app/:tenant/settings/channels/:id';
const tabs = ['doctor', 'settings', 'hand-off', 'rejected'] as const;

export function channelPages(app: Site, ctx: AppContext): void {
  const { connections } = ctx.workspace;
  const reads = { config: { permission: 'connections.read' as const } };
  const edits = { config: { permission: 'connections.edit' as const } };

  app.get('/app/:tenant/settings/channels', { ...reads, schema: { params: ofTenant } }, (request, reply) => showChannels(ctx, request, reply));
  app.get(address, { ...reads, schema: { params: ofOne, querystring: query({ tab: Type.Optional(Type.Enum([...tabs])) }) } }, (request, reply) =>
    showChannels(ctx, request, reply, { id: known(request.params.id), tab: request.query.tab ?? 'doctor' }));

  app.post(address, { ...edits, schema: { params: ofOne, querystring: query({ tab: Type.Optional(Type.Enum([...tabs])) }), body: openForm } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    const id = known(request.params.id);
    const { name, description, version, settings } = settingsIn(request.body);
    try {
      await connections.save(tenantId, id, { name, description, settings: { form: settings }, version }, byOf(request));
    } catch (error) {
      return showChannels(ctx, request, reply, { id, tab: 'settings', failed: { typed: request.body, error } });
    }
    tell(ctx, reply, 'says:notice.saved');
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
}

interface Chosen {
  id: string;
  tab: ConnectionTab;
  failed?: { typed: Typed; error: unknown };
}

async function showChannels(ctx: AppContext, request: FastifyRequest, reply: FastifyReply, chosen?: Chosen): Promise<FastifyReply> {
  const reading = readingOf(ctx, request);
  const rows = await ctx.workspace.connections.list(reading.tenantId);
  const page: ChannelsPage = { connections: rows.map(rowOf).sort((a, b) => a.channel.localeCompare(b.channel) || a.name.localeCompare(b.name)) };
  if (!chosen) return show(ctx, request, reply, 'channels', page);
  const { connection, status } = await detailOf(ctx, reading, chosen);
  return show(ctx, request, reply, 'channels', { ...page, connection }, status);
}

function rowOf({ id, name, channel, state, numbers, reason, lastEventAt }: Read): ConnectionRow {
  return { id, name, channel, lamp: state, numbers: numbers.map(numberName), ...(reason !== undefined && { reason }), ...(lastEventAt !== undefined && { lastEventAt }) };
}

async function detailOf(ctx: AppContext, reading: Reading, { id, tab, failed }: Chosen): Promise<{ connection: ConnectionDetail; status: number }> {
  const detail = await ctx.workspace.connections.get(reading.tenantId, id);
  const broken = detail.checks.find((line) => line.state === 'broken');
  const connection: ConnectionDetail = {
    ...rowOf(detail),
    tab,
    waiting: detail.waiting,
    version: detail.version,
    declared: detail.declared,
    deeds: deedsOf(detail, reading),
    ...(detail.state === 'error' && {
      failure: { said: detail.reason ?? '', at: detail.stateAt, ...(broken?.mend !== undefined && { mend: broken.mend }), ...(broken?.field !== undefined && { field: broken.field }) },
    }),
    doctor: { lines: detail.checks.map((line) => ({ ...line, what: checkTitle(ctx.runtime.plugins, detail.plugin, line.what, reading) })), ...(detail.checkedAt !== undefined && { checkedAt: detail.checkedAt }) },
    fields: [],
    errors: {},
    handOff: tab === 'hand-off' ? await handOffOf(ctx, reading, detail) : [],
    rejected: detail.rejections.map(rejectionOf),
    rejectedCount: detail.rejections.reduce((sum, { count }) => sum + count, 0),
    log: detail.log.map((line) => logLine(line, reading)),
  };
  const status = tab === 'settings' && detail.loaded ? await fillForm(ctx, reading, connection, detail, failed) : 200;
  return { connection, status };
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

async function handOffOf(ctx: AppContext, { tenantId }: Reading, { id, loaded, plugin }: Detail): Promise<ConnectionDetail['handOff']> {
  const channel = ctx.runtime.plugins.channel(plugin);
  if (!loaded || !channel || channel.simulate) return [];
  const { webhookUrl, tokens, accounts } = await ctx.workspace.connections.handOff(tenantId, id);
  return [
    { label: 'callback-url', value: webhookUrl },
    ...tokens.map(({ value }) => ({ label: 'verify-token' as const, value })),
    ...accounts.map((value) => ({ label: 'account' as const, value })),
  ];
}

const causes = ['unsigned', 'wrong-secret', 'other-url', 'rewritten-body', 'not-configured', 'unknown-key'] as const;

function rejectionOf({ id, cause, source, count, lastAt }: Detail['rejections'][number]): Rejection {
  return { id, cause: causes.find((one) => one === cause) ?? 'unsigned', count, at: lastAt, from: source };
}

function logLine({ at, action, by, said }: Detail['log'][number], { t }: Reading): ConnectionDetail['log'][number] {
  const deed = action.split('.')[1] ?? action;
  const who = by ?? t('says:log.system');
  if (deed === 'error') return { at, level: 'error', text: t('says:log.error', { said: said ?? '' }) };
  const sentences = ['create', 'save', 'start', 'stop', 'restart', 'remove'];
  return { at, level: 'info', text: sentences.includes(deed) ? t(`says:log.${deed}`, { who }) : t('says:log.other', { who, action }) };
}
