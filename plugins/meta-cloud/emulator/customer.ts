/** What Meta would say in a webhook if a person did this on their phone. */
import type { Content } from '#plugin';
import type { Written } from '../../emulator/written.ts';

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
