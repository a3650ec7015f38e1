/** Sending: Meta's message inside Coster's wrapping, over either of its two APIs; and what an answer means. */
import { Silence, jsonIn, object, objects, short, text, type Answer, type Context, type Json, type Loose, type OutContent, type Outgoing, type SendResult } from '#plugin';
import { isKnown, outcomeOf } from './errors.ts';
import { digits } from './phone.ts';
import type { Settings } from './settings.ts';
import { components } from './template.ts';

export type CosterContext = Context<Settings>;
type Body = { [key: string]: Json };

/** How long the file of a template's header may be fetched. */
const headerMs = 24 * 60 * 60_000;

export async function send(out: Outgoing, _prepared: Json | undefined, ctx: CosterContext): Promise<SendResult> {
  const { settings } = ctx;
  const missing = missingFor(settings);
  if (missing !== undefined) return refuse('incomplete', `The connection has no ${missing}.`);
  const to = out.to.identities.flatMap(({ kind, value }) => (kind === 'phone' ? (digits(value) ?? []) : []))[0];
  if (to === undefined) return refuse('no-phone', 'Coster sends to phone numbers, and this contact has none.');
  const content = contentOf(out.content, ctx);
  if (!content) return refuse('not-sendable', `This channel does not send “${out.content.kind}” itself.`);
  const body = settings.face === 'm2m' ? { xid: out.ref, to, ...content } : wrapped(out.ref, { messaging_product: 'whatsapp', recipient_type: 'individual', to, ...content }, settings);
  const answer = await ctx.fetch(sendUrl(settings), { method: 'POST', headers: { 'content-type': 'application/json', ...tokenHeader(settings) }, body: JSON.stringify(body) });
  return resultOf(answer, out, ctx);
}

/** The field of the settings without which nothing can be sent. */
export function missingFor({ face, accountCode, accountId, m2mUrl }: Settings): 'accountCode' | 'accountId' | undefined {
  if (face === 'bot') return accountId === undefined ? 'accountId' : undefined;
  return accountCode === undefined && m2mUrl.includes('{account_code}') ? 'accountCode' : undefined;
}

export function sendUrl({ face, m2mUrl, botUrl, accountCode = '' }: Settings): string {
  return face === 'bot' ? botUrl : m2mUrl.replaceAll('{account_code}', encodeURIComponent(accountCode));
}

export function tokenHeader({ face, authStyle, authHeader, accessToken }: Settings): Record<string, string> {
  const style = authStyle === 'usual' ? (face === 'm2m' ? 'bearer' : 'x-access-token') : authStyle;
  if (style === 'bearer') return { authorization: `Bearer ${accessToken}` };
  return { [style === 'header' ? authHeader.toLowerCase() : 'x-access-token']: accessToken };
}

function wrapped(xid: string, data: Body, { channelId, accountId = '', divisionId, helpdesk }: Settings): Body {
  return { xid, channel_id: channelId, account_id: accountId, ...(divisionId !== undefined && { division_id: divisionId }), is_helpdesk: helpdesk, message_type: 'outbound', data };
}

/** Templates were seen on m2m, texts on bot; that each takes the other is our assumption, and nothing else is assumed. */
function contentOf(content: OutContent, ctx: CosterContext): Body | undefined {
  if (content.kind === 'text') return { type: 'text', text: { body: content.text } };
  if (content.kind !== 'template') return undefined;
  const { name, language, media } = content;
  const parts = components(content, media && ctx.mediaUrl(media.id, headerMs, media.name));
  return { type: 'template', template: { name, language: { policy: 'deterministic', code: language }, ...(parts.length > 0 && { components: parts }) } };
}

// ── what came of it ──────────────────────────────────────────────────────────────────────────────────────────────────

function refuse(code: string, said: string): Extract<SendResult, { rejected: unknown }> {
  const outcome = outcomeOf(code);
  return { rejected: { code, said, scope: 'never' in outcome ? outcome.never : 'message' } };
}

/**
 * The body decides, whatever the HTTP status: a bank's tester saw a wrong parameter refused with 500.
 * @throws Silence when the answer leaves open whether Coster acted
 */
function resultOf(answer: Answer, out: Outgoing, ctx: CosterContext): SendResult {
  const { status } = answer;
  const body = object(jsonIn(answer.text()));
  const error = body && errorIn(body, status, ctx.settings);
  if (error) {
    const outcome = outcomeOf(error.code);
    // Words that the catalogue does not know, beside a server fault, settle nothing.
    if (status >= 500 && !isKnown(error.code)) throw new Silence(`Coster answered ${status}: ${error.said}`);
    return 'never' in outcome ? { rejected: { ...error, scope: outcome.never } } : { retry: { ...error, scope: outcome.again, afterMs: outcome.afterMs } };
  }
  if (status >= 200 && status <= 299) return accepted(body, out, ctx.settings);
  if (status >= 500 || status === 408) throw new Silence(`Coster answered ${status} without saying what happened.`);
  const said = `${URL.parse(sendUrl(ctx.settings))?.origin ?? 'The address'} answered ${status} without words of Coster’s.`;
  if (status < 400 || status === 404 || status === 405) return refuse('base-url', said);
  const code = `http-${status}`;
  const outcome = outcomeOf(code);
  return 'again' in outcome ? { retry: { code, said, scope: outcome.again, afterMs: outcome.afterMs } } : { rejected: { code, said, scope: outcome.never } };
}

/** `errors` of m2m, `error` as Meta words it, or a `code` beside a `message` of bot. */
function errorIn(body: Loose, status: number, settings: Settings): { code: string; said: string } | undefined {
  const [first] = objects(body.errors);
  const error = first ?? object(body.error);
  if (error) {
    const words = [error.title, error.details ?? object(error.error_data)?.details ?? error.message].flatMap((part) => short(part) ?? []).join(': ');
    return { code: codeOf(text(error.code), status), said: withoutSecrets(words || 'Coster gave no words.', settings) };
  }
  const code = text(body.code);
  if (code === undefined || isSuccess(code)) return status > 399 && text(body.message) !== undefined ? { code: `http-${status}`, said: withoutSecrets(short(body.message) ?? '', settings) } : undefined;
  return { code: codeOf(code, status), said: withoutSecrets(short(body.message) ?? 'Coster gave no words.', settings) };
}

/** A code that nobody knows says less than these statuses do. */
function codeOf(code: string | undefined, status: number): string {
  const plain = code === undefined || (!isKnown(code) && [401, 403, 429].includes(status));
  return plain ? `http-${status}` : code.slice(0, 32);
}

function isSuccess(code: string): boolean {
  return /^(0|2\d\d)$/.test(code);
}

function withoutSecrets(said: string, { accessToken, webhookSecret, signatureKey }: Settings): string {
  return [accessToken, webhookSecret, signatureKey].reduce<string>((clean, secret) => (secret ? clean.replaceAll(secret, '…') : clean), said).slice(0, 500);
}

/** m2m names the message; bot answers with a code alone, and our `xid` is then all that a report can name. */
function accepted(body: Loose | undefined, out: Outgoing, { face }: Settings): SendResult {
  const data = object(body?.data);
  const named = objects(body?.messages)[0] ?? objects(data?.messages)[0];
  const id = text(named?.id) ?? text(data?.mid);
  if (id === undefined && (face === 'm2m' || !isSuccess(text(body?.code) ?? ''))) throw new Silence('Coster answered yes in no form that we know.');
  const phone = digits(text(objects(body?.contacts)[0]?.wa_id) ?? '');
  const isNew = phone !== undefined && !out.to.identities.some(({ kind, value }) => kind === 'phone' && value === phone);
  return { accepted: { refs: id === undefined ? [out.ref] : [id], ...(isNew && { learned: [{ kind: 'phone', value: phone }] }) } };
}
