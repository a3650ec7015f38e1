/**
 * What a webhook says. Twilio brings one message or one status in each; it carries no time of its own, so the time is when it came
 * in. Whatever is not known is kept as `unsupported` or `ignored`, never thrown.
 */
import { createHash } from 'node:crypto';
import { jsonIn, object, short, text, type Content, type Event, type Identity, type Referral, type ReportedStatus, type WebhookRequest } from '#plugin';
import { accountOf, identityOf, isWhatsApp, phoneOf, userOf } from './address.ts';
import { contentsOf } from './content.ts';
import { carriedBy, queryOf, reader, type Parameters } from './form.ts';

type Read = (name: string) => string | undefined;

export function parse(request: WebhookRequest): Event[] {
  const carried = carriedBy(request);
  if (carried.by === 'body') return [ignored(request, request.body.length === 0 ? 'There is nothing in it.' : 'It is no form: neither a message nor a status.')];
  const read = withMetadata(carried.parameters);
  const sid = messageSid(read);
  if (sid === undefined) return [ignored(request, 'It names no message.')];
  const status = read('MessageStatus') ?? (read('SmsStatus') === 'received' ? undefined : read('SmsStatus'));
  return status === undefined || status === 'received' ? messageEvents(sid, read, request) : [statusEvent(sid, status, read, request)];
}

/** WhatsApp's own fields stand in the parameters, and once more in a JSON of `ChannelMetadata`. */
function withMetadata(parameters: Parameters): Read {
  const read = reader(parameters);
  const context = object(object(object(jsonIn(read('ChannelMetadata')))?.data)?.context);
  return (name) => read(name) ?? (text(context?.[name])?.replaceAll('\u0000', '') || undefined);
}

function messageSid(read: Read): string | undefined {
  const sid = read('MessageSid') ?? read('SmsMessageSid') ?? read('SmsSid');
  return sid === undefined || sid.length <= 200 ? sid : `digest:${digestOf(sid)}`;
}

// ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function messageEvents(sid: string, read: Read, request: WebhookRequest): Event[] {
  const at = request.receivedAt;
  const account = accountOf(read('To'));
  if (!isWhatsApp(read('To')) && !isWhatsApp(read('From'))) return [ignored(request, 'It did not come over WhatsApp.')];
  const from = senderOf(read);
  const stamp = account === undefined ? { at } : { at, account };
  const [first, ...others] = from;
  if (first === undefined) return [{ kind: 'ignored', id: sid, ...stamp, why: 'It does not say who wrote.' }];
  const of = read('OriginalRepliedMessageSid');
  // A reaction is not documented to come at all; where it does, it names the message it is about.
  if (read('MessageType')?.toLowerCase() === 'reaction' && of !== undefined) {
    const emoji = read('Body');
    return [{ kind: 'change', id: sid, ...stamp, from, of, change: 'reaction', ...(emoji !== undefined && { emoji }) }];
  }
  const about = aboutOf(read, of);
  return contentsOf(read).map((content: Content, nth): Event => ({ kind: 'message', id: nth === 0 ? sid : `${sid}:${nth}`, ...stamp, from: [first, ...others], content, ...about }));
}

/** Everything that one webhook says about who wrote, each identity once. */
function senderOf(read: Read): Identity[] {
  const username = read('ProfileUsername') ?? read('Username');
  return distinct([
    identityOf(read('From')),
    phoneOf(read('WaId')),
    userOf(read('ExternalUserId')),
    userOf(read('ParentExternalUserId')),
    username === undefined ? undefined : named(username),
  ]);
}

function named(username: string): Identity | undefined {
  const value = username.replace(/^@/, '').trim();
  return value === '' || value.length > 200 ? undefined : { kind: 'username', value };
}

function distinct(identities: readonly (Identity | undefined)[]): Identity[] {
  const found = new Map<string, Identity>();
  for (const identity of identities) if (identity && !found.has(`${identity.kind} ${identity.value}`)) found.set(`${identity.kind} ${identity.value}`, identity);
  return [...found.values()];
}

function aboutOf(read: Read, replyTo: string | undefined): { name?: string; replyTo?: string; forwarded?: true; referral?: Referral } {
  const name = short(read('ProfileName'), 256);
  const forwarded = read('Forwarded') === 'true' || read('FrequentlyForwarded') === 'true';
  const referral = referralOf(read);
  return { ...(name !== undefined && { name }), ...(replyTo !== undefined && { replyTo }), ...(forwarded && { forwarded }), ...(referral && { referral }) };
}

/** `ReferralNumMedia` stands on every message, so the advertisement's own id or address says whether there is one. */
function referralOf(read: Read): Referral | undefined {
  const url = short(read('ReferralSourceUrl'), 2000);
  if (read('ReferralSourceId') === undefined && url === undefined) return undefined;
  const headline = short(read('ReferralHeadline'));
  const said = short(read('ReferralBody'), 1000);
  const clickId = short(read('ReferralCtwaClid'), 500);
  return {
    source: short(read('ReferralSourceType'), 64) ?? 'unknown',
    ...(url !== undefined && { url }),
    ...(headline !== undefined && { headline }),
    ...(said !== undefined && { text: said }),
    ...(clickId !== undefined && { clickId }),
  };
}

// ── statuses ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What a status means; `on its way` is said of a message that has only been queued. */
function reported(status: string): ReportedStatus | 'on its way' | undefined {
  switch (status) {
    case 'sent':
    case 'delivered':
    case 'read':
    case 'failed':
      return status;
    case 'undelivered':
    case 'canceled':
      return 'failed';
    case 'accepted':
    case 'scheduled':
    case 'queued':
    case 'sending':
      return 'on its way';
    default:
      return undefined;
  }
}

function statusEvent(sid: string, word: string, read: Read, request: WebhookRequest): Event {
  const account = accountOf(read('From'));
  const stamp = { id: `${sid}:${word.slice(0, 40)}`, at: request.receivedAt, ...(account !== undefined && { account }) };
  const status = reported(word);
  if (status === 'on its way') return { kind: 'ignored', ...stamp, why: `The message is ${word}; nothing has become of it yet.` };
  if (status === undefined) return { kind: 'ignored', ...stamp, why: `Twilio’s status “${short(word, 40) ?? ''}” is not known here.` };
  const to = distinct([identityOf(read('To')), userOf(read('ExternalUserId'))]);
  // Our own reference stands in the address that Twilio was given for this message.
  const ref = new URLSearchParams(queryOf(request.url)).get('ref')?.replaceAll('\u0000', '').slice(0, 64);
  const event: Event = { kind: 'status', ...stamp, refs: [sid], status };
  if (ref) event.ref = ref;
  if (to.length > 0) event.to = to;
  if (status === 'failed') {
    event.error = { code: read('ErrorCode')?.slice(0, 32) ?? 'unknown', said: short(read('ChannelStatusMessage') ?? read('ErrorMessage')) ?? `Twilio gave no reason; its status is ${short(word, 40)}.` };
  }
  return event;
}

// ── everything else ──────────────────────────────────────────────────────────────────────────────────────────────────

function ignored(request: WebhookRequest, why: string): Event {
  const what = request.body.length > 0 ? request.body : queryOf(request.url);
  return { kind: 'ignored', id: `body:${digestOf(what)}`, at: request.receivedAt, why };
}

function digestOf(what: string | Buffer): string {
  return createHash('sha256').update(what).digest('base64url');
}
