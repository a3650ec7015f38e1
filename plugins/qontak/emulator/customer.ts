/** What a customer does on the phone: as Qontak words it, with Meta's own object beside it. */
import { object, text, type Loose } from '#plugin';

export interface Heard {
  /** Qontak's type and text, and the file where there is one. */
  type: string;
  text: string | undefined;
  file: Loose | undefined;
  raw: Loose;
}

export interface Who {
  from: string | undefined;
  userId: string | undefined;
  name: string;
  wamid: string;
  at: number;
  replyTo: string | undefined;
}

/** `content` is the contract's Content, `text` alone a text; `message` is a Meta message of one's own, taken as it is. */
export function heard(given: Loose, who: Who): Heard {
  const content = object(given.content) ?? { kind: 'text', text: text(given.text) ?? '' };
  const told = object(given.message) ?? metaMessage(content, who.replyTo);
  const message = {
    ...(who.from !== undefined && { from: who.from }),
    ...(who.userId !== undefined && { from_user_id: who.userId }),
    id: who.wamid,
    timestamp: String(Math.floor(who.at / 1000)),
    ...told,
    ...(who.replyTo !== undefined && told.type !== 'reaction' && { context: { id: who.replyTo } }),
  };
  const contact = { profile: { name: who.name }, ...(who.from !== undefined && { wa_id: who.from }), ...(who.userId !== undefined && { user_id: who.userId }) };
  const media = object(content.media);
  return {
    type: text(told.type) === 'interactive' || text(told.type) === 'button' ? 'text' : (text(told.type) ?? 'text'),
    text: text(content.text) ?? text(content.caption) ?? text(content.emoji),
    file: media && { url: text(media.ref), filename: text(media.name) ?? 'file', size: media.bytes ?? null, large: { url: null }, medium: { url: null }, small: { url: null } },
    raw: { messaging_product: 'whatsapp', metadata: { phone_number_id: '108100000000001' }, contacts: [contact], messages: [message] },
  };
}

function metaMessage(content: Loose, replyTo: string | undefined): Loose {
  const { kind, ...rest } = content;
  switch (kind) {
    case 'choice': {
      if (content.of === 'template') return { type: 'button', button: { text: content.text, payload: content.id } };
      const type = content.of === 'button' ? 'button_reply' : 'list_reply';
      return { type: 'interactive', interactive: { type, [type]: { id: content.id, title: content.text } } };
    }
    case 'reaction':
      return { type: 'reaction', reaction: { message_id: replyTo, emoji: content.emoji } };
    case 'location':
      return { type: 'location', location: rest };
    case 'voice':
    case 'audio':
      return { type: 'audio', audio: { id: '900003', mime_type: object(content.media)?.mime, voice: kind === 'voice' } };
    case 'image':
    case 'video':
    case 'document':
    case 'sticker':
      return { type: kind, [kind]: { id: '900001', mime_type: object(content.media)?.mime, filename: object(content.media)?.name, caption: content.caption } };
    case 'unsupported':
      return { type: 'unsupported', unsupported: { type: content.what }, errors: [{ code: 131051, title: 'Message type unknown' }] };
    default:
      return { type: 'text', text: { body: content.text ?? '' } };
  }
}
