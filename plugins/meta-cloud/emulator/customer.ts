/** What Meta would say in a webhook if a person did this on their phone. */
import type { Content } from '#plugin';

export interface Written {
  /** The person's phone number in digits; leave it out for somebody who is known by user id alone. */
  from?: string;
  /** The person's business-scoped user id, for example ID.13491208655302741918. */
  userId?: string;
  name?: string;
  username?: string;
  /** The phone number id it is written to; the first of the emulator's unless told. */
  to?: string;
  text?: string;
  content?: Content;
  /** The body of `messages[]` as Meta would word it, in place of `text` and `content`. */
  message?: object;
  /** The id of the message it answers. */
  replyTo?: string;
  forwarded?: boolean;
  /** A wamid of one's own, so that the same message can be sent twice. */
  id?: string;
  /** Milliseconds; now unless told. */
  at?: number;
}

export function messageFrom(written: Written, id: string): { message: object; contact: object } {
  const { from, userId, name, username, replyTo, forwarded, at = Date.now() } = written;
  const context = {
    ...(replyTo !== undefined && { id: replyTo }),
    ...(forwarded === true && { forwarded }),
  };
  return {
    contact: { profile: { ...(name !== undefined && { name }), ...(username !== undefined && { username }) }, ...(from !== undefined && { wa_id: from }), ...(userId !== undefined && { user_id: userId }) },
    message: {
      ...(from !== undefined && { from }),
      ...(userId !== undefined && { from_user_id: userId }),
      id,
      timestamp: String(Math.floor(at / 1000)),
      ...(written.message ?? wire(written.content ?? { kind: 'text', text: written.text ?? '' }, replyTo)),
      ...(Object.keys(context).length > 0 && { context }),
    },
  };
}

function wire(content: Content, replyTo: string | undefined): object {
  switch (content.kind) {
    case 'text':
      return { type: 'text', text: { body: content.text } };
    case 'choice': {
      const { id, text: title, description } = content;
      if (content.of === 'template') return { type: 'button', button: { text: title, payload: id } };
      const type = content.of === 'button' ? 'button_reply' : 'list_reply';
      return { type: 'interactive', interactive: { type, [type]: { id, title, ...(description !== undefined && { description }) } } };
    }
    case 'voice':
    case 'audio':
      return { type: 'audio', audio: { id: content.media.ref, mime_type: content.media.mime ?? 'audio/ogg; codecs=opus', voice: content.kind === 'voice' } };
    case 'image':
    case 'video':
    case 'document':
    case 'sticker': {
      const { ref, mime, name, sha256 } = content.media;
      const about = { id: ref, ...(mime !== undefined && { mime_type: mime }), ...(name !== undefined && { filename: name }), ...(sha256 !== undefined && { sha256 }) };
      return { type: content.kind, [content.kind]: { ...about, ...(content.caption !== undefined && { caption: content.caption }) } };
    }
    case 'location': {
      const { kind: type, ...place } = content;
      return { type, location: place };
    }
    case 'contacts':
      return {
        type: 'contacts',
        contacts: content.contacts.map(({ name, phones, emails }) => ({ name: { formatted_name: name }, phones: phones.map((phone) => ({ phone })), emails: emails.map((email) => ({ email })) })),
      };
    case 'order':
      return {
        type: 'order',
        order: {
          catalog_id: content.catalog,
          text: content.text,
          product_items: content.items.map(({ product, quantity, price, currency }) => ({ product_retailer_id: product, quantity, item_price: price, currency })),
        },
      };
    case 'form':
      return { type: 'interactive', interactive: { type: 'nfm_reply', nfm_reply: { name: content.name ?? 'flow', body: content.text ?? 'Sent', response_json: JSON.stringify(content.answers) } } };
    case 'reaction':
      return { type: 'reaction', reaction: { message_id: replyTo, ...(content.emoji !== undefined && { emoji: content.emoji }) } };
    case 'system':
      return { type: 'system', system: { type: content.what, body: content.text } };
    case 'unsupported':
      return { type: 'unsupported', unsupported: { type: content.what }, errors: [{ code: 131051, title: 'Message type unknown' }] };
    default:
      return content satisfies never;
  }
}
