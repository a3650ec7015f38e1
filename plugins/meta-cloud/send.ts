/** Sending: the one call that creates a message, and what Meta's answer means. */
import { Silence, type Answer, type Heard, type Identity, type Json, type Outgoing, type OutContent, type SendResult } from '#plugin';
import { outcomeOf } from './errors.ts';
import { ask, call, graphError, type MetaContext, notGraph } from './graph.ts';
import { digits, identitiesOf } from './identities.ts';
import { type Loose, object, objects, text } from './json.ts';
import { templateBody } from './template.ts';

type Body = { [key: string]: Json };

export async function send(out: Outgoing, _prepared: Json | undefined, ctx: MetaContext): Promise<SendResult> {
  const recipient = recipientOf(out.to.identities);
  if (!recipient) return { rejected: { code: 'no-recipient', said: 'The contact has neither a phone number nor a user id.', scope: 'contact' } };
  const content = bodyOf(out.content);
  if (!content) return { rejected: { code: 'not-sendable', said: `This channel does not send “${out.content.kind}” itself.`, scope: 'message' } };
  const answer = await call(ctx, `${encodeURIComponent(out.account)}/messages`, {
    body: {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      ...recipient,
      ...content,
      // Comes back with every status, so that an answer that got lost still finds its message.
      biz_opaque_callback_data: out.ref,
      ...(out.replyTo !== undefined && { context: { message_id: out.replyTo } }),
    },
  });
  return resultOf(answer, ctx, out.to.identities);
}

/** A phone number wins over a user id, as some messages (one-time codes) go to phone numbers only. */
function recipientOf(identities: readonly Identity[]): Body | undefined {
  const valueOf = (kind: Identity['kind']) => identities.find((identity) => identity.kind === kind)?.value;
  const to = digits(valueOf('phone'));
  if (to !== undefined) return { to };
  const recipient = valueOf('user') ?? valueOf('parent-user');
  return recipient === undefined ? undefined : { recipient };
}

function bodyOf(content: OutContent): Body | undefined {
  switch (content.kind) {
    case 'text':
      return { type: 'text', text: { body: content.text, ...(/https?:\/\//.test(content.text) && { preview_url: true }) } };
    case 'buttons':
      return interactive('button', content, {
        buttons: content.buttons.map(({ id, title }) => ({ type: 'reply', reply: { id, title } })),
      });
    case 'list':
      return interactive('list', content, {
        button: content.button,
        sections: content.sections.map(({ title, rows }, at) => ({
          // Meta wants a title as soon as there is a second section.
          ...((title !== undefined || content.sections.length > 1) && { title: title ?? String(at + 1) }),
          rows: rows.map(({ id, title: name, description }) => ({ id, title: name, ...(description !== undefined && { description }) })),
        })),
      });
    case 'link':
      return interactive('cta_url', content, { name: 'cta_url', parameters: { display_text: content.title, url: content.url } });
    case 'location-request':
      return interactive('location_request_message', content, { name: 'send_location' });
    case 'location': {
      const { latitude, longitude, name, address } = content;
      return { type: 'location', location: { latitude, longitude, ...(name !== undefined && { name }), ...(address !== undefined && { address }) } };
    }
    case 'contacts':
      return {
        type: 'contacts',
        contacts: content.contacts.map(({ name, phones, emails }) => ({
          // Besides the formatted name Meta wants one more part of it.
          name: { formatted_name: name, first_name: name },
          phones: phones.map((phone) => ({ phone })),
          emails: emails.map((email) => ({ email })),
        })),
      };
    case 'reaction':
      return { type: 'reaction', reaction: { message_id: content.to, emoji: content.emoji } };
    case 'template':
      return templateBody(content);
    case 'image':
    case 'video':
    case 'audio':
    case 'voice':
    case 'document':
    case 'sticker':
      return undefined;
    default:
      return content satisfies never;
  }
}

function interactive(type: string, { text: body, header, footer }: { text: string; header?: string; footer?: string }, action: Json): Body {
  return {
    type: 'interactive',
    interactive: {
      type,
      ...(header !== undefined && { header: { type: 'text', text: header } }),
      body: { text: body },
      ...(footer !== undefined && { footer: { text: footer } }),
      action,
    },
  };
}

/** @throws Silence when the answer leaves open whether Meta acted */
export function resultOf(answer: Answer, ctx: MetaContext, known: readonly Identity[] = []): SendResult {
  const { status } = answer;
  if (status >= 200 && status <= 299) {
    const body = object(answer.json());
    if (!object(body?.error)) return accepted(body, known);
  }
  const error = graphError(answer, ctx.settings);
  if (!error && (status >= 500 || status === 408)) throw new Silence(`Meta answered ${status} without saying what happened.`);
  const said = error?.said ?? notGraph(status, ctx.settings);
  // A redirect or "not found" from something that is not the Graph API: nothing can be sent until the base URL is mended.
  if (!error && (status < 400 || status === 404 || status === 405)) return { rejected: { code: 'base-url', said, scope: 'connection' } };
  const code = error && error.code !== 'unknown' ? error.code : `http-${status}`;
  const outcome = outcomeOf({ ...error, code }, status);
  if ('never' in outcome) return { rejected: { code, said, scope: outcome.never } };
  const told = retryAfter(answer.headers['retry-after'], ctx.now());
  return { retry: { code, said, scope: outcome.again, afterMs: Math.min(told ?? outcome.afterMs, longestWait) } };
}

const longestWait = 24 * 60 * 60_000;

/** Retry-After is seconds or a date of HTTP. */
function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function accepted(body: Loose | undefined, known: readonly Identity[]): SendResult {
  const id = text(objects(body?.messages)[0]?.id);
  if (id === undefined) throw new Silence('Meta answered yes, but named no message.');
  const contact = objects(body?.contacts)[0];
  // Some countries write a number in two ways (Brazil, Mexico, Argentina): the one Meta uses is worth knowing.
  const learned = identitiesOf({ phone: contact?.wa_id, user: contact?.user_id, parent: contact?.parent_user_id }).filter(
    ({ kind, value }) => !known.some((one) => one.kind === kind && one.value === value),
  );
  return { accepted: { refs: [id], ...(learned.length > 0 && { learned }) } };
}

/** Marks it and what came before as read. Best effort: core asks once and does not wait for long. */
export async function markRead(heard: Heard, ctx: MetaContext): Promise<void> {
  await tell(heard, {}, ctx);
}

/** "Typing…" vanishes with the reply or after 25 s; Meta allows it only together with marking as read. */
export async function typing(heard: Heard, ctx: MetaContext): Promise<void> {
  await tell(heard, { typing_indicator: { type: 'text' } }, ctx);
}

async function tell({ account, ref }: Heard, more: Body, ctx: MetaContext): Promise<void> {
  await ask(ctx, `${encodeURIComponent(account)}/messages`, {
    body: { messaging_product: 'whatsapp', status: 'read', message_id: ref, ...more },
    timeoutMs: 5000,
  });
}
