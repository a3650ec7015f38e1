/** What a customer does on the phone: as Qontak words it, with Meta's own object beside it. */
import { object, text, type Loose } from '#plugin';
import type { Written } from '../../emulator/written.ts';
import { messageFrom } from '../../meta-cloud/emulator/customer.ts';

export interface Heard {
  /** Qontak's type and text, and the file where there is one. */
  type: string;
  text: string | undefined;
  file: Loose | undefined;
  /** The value of Meta's `messages` change. */
  raw: Loose;
}

export function heard(written: Written, id: string): Heard {
  // Meta's object names the file by Meta's id, Qontak's by an address of its own.
  const content = object(written.content);
  const media = object(content?.media);
  const { contact, message } = messageFrom(written.content && 'media' in written.content ? { ...written, content: { ...written.content, media: { ...written.content.media, ref: '900001' } } } : written, id);
  const type = text(object(message)?.type) ?? 'text';
  return {
    type: type === 'interactive' || type === 'button' ? 'text' : type,
    text: content ? (text(content.text) ?? text(content.caption) ?? text(content.emoji)) : text(written.text),
    file: media && { url: text(media.ref), filename: text(media.name) ?? 'file', size: media.bytes ?? null, large: { url: null }, medium: { url: null }, small: { url: null } },
    raw: { messaging_product: 'whatsapp', metadata: { phone_number_id: '108100000000001' }, contacts: [contact], messages: [message] },
  };
}
