/** `/app/{tenant}/whatsapp/notifications`: what operators should know. */
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { kept, sayWords } from '../kept-words.ts';
import type { AlertRow } from '../workspace/alerts.ts';
import { asPhone } from './phone.ts';
import { numberName } from './rows.ts';
import { back, form, known, ofOne, ofTenant, query, readingOf, seeOther, show, type Reading, type Site } from './site.ts';
import type { Alert } from './views/alerts.ts';

const address = '/app/:tenant/whatsapp/notifications';
const atOnce = 50;

export function alertPages(app: Site, ctx: AppContext): void {
  const { alerts } = ctx.workspace;
  const reads = { config: { permission: 'alerts.read' as const } };

  const filter = query({ show: Type.Optional(Type.Enum(['unread', 'all'])), after: Type.Optional(Type.String({ maxLength: 300 })) });
  app.get(address, { ...reads, schema: { params: ofTenant, querystring: filter } }, async (request, reply) => {
    const reading = readingOf(ctx, request);
    const shown = request.query.show ?? 'unread';
    const { rows, next } = await alerts.list(reading.tenantId, { unreadOnly: shown === 'unread', limit: atOnce, ...(request.query.after !== undefined && { after: request.query.after }) });
    return show(ctx, request, reply, 'alerts', {
      show: shown,
      alerts: rows.map((row) => alertOf(ctx, reading, row)),
      unread: await alerts.unreadCount(reading.tenantId),
      ...(next !== undefined && { nextHref: `${reading.url.alerts(shown)}&after=${encodeURIComponent(next)}` }),
    });
  });

  app.post(`${address}/read`, { ...reads, schema: { params: ofTenant, body: form({}) } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    await alerts.markAllRead(tenantId);
    return seeOther(reply, back(request, url.alerts()));
  });

  app.post(`${address}/:id/read`, { ...reads, schema: { params: ofOne, body: form({}) } }, async (request, reply) => {
    const { tenantId, url } = readingOf(ctx, request);
    await alerts.markRead(tenantId, known(request.params.id));
    return seeOther(reply, back(request, url.alerts()));
  });
}

function alertOf(ctx: AppContext, reading: Reading, row: AlertRow): Alert {
  const { id, count, at, readAt, conversationId, connectionId, number } = row;
  const href = conversationId !== undefined ? reading.url.conversation(conversationId) : connectionId !== undefined ? reading.url.connection(connectionId) : undefined;
  const connection = connectionId === undefined ? undefined : ctx.runtime.directory.connection(connectionId)?.name;
  const contact = row.contact === undefined ? undefined : asPhone(row.contact);
  return {
    id, count, at,
    kind: row.kind === 'hand-off' || row.kind === 'new-message' ? row.kind : 'failure',
    text: sentenceOf(ctx, reading, row, contact),
    read: readAt !== undefined,
    ...(href !== undefined && { href }),
    ...(contact !== undefined && { contact }),
    ...(connection !== undefined && { connection }),
    ...(number && { number: numberName(number) }),
  };
}

/** The notifier's sentence in the reader's language, with the contact and the alert's own words in its places. */
function sentenceOf({ runtime }: AppContext, { locale }: Reading, { kind, key, text: stored }: AlertRow, contact = '?'): string {
  // What contacts said is never read as words of ours.
  const text = kind === 'new-message' ? stored : sayWords(kept(stored), locale, runtime.plugins.all);
  const name = key.split(':')[0] ?? '';
  for (const { notifier } of runtime.notifiers) {
    const own = [notifier.texts?.[locale], notifier.texts?.en].find((texts) => texts !== undefined && Object.hasOwn(texts, name))?.[name];
    if (own !== undefined) return own.replace(/\{\{(contact|text)\}\}/g, (_, place: string) => (place === 'contact' ? contact : text));
  }
  return text;
}
