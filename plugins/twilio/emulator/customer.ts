/** What Twilio would put into a webhook if a person did this on their phone. */
import type { Content } from '#plugin';
import { newSid, type State } from './state.ts';

export interface Written {
  /** The person's phone number in digits; leave it out for somebody who is known by user id alone. */
  from?: string;
  /** The person's business-scoped user id, for example ID.4500000000000001. */
  userId?: string;
  name?: string;
  username?: string;
  /** The sender it is written to; the first of the emulator's unless told. */
  to?: string;
  text?: string;
  /** Of media, `media.ref` is the SID of a stored file, or a whole address. */
  content?: Content;
  /** Parameters as Twilio would name them, in place of those that `content` brings. */
  fields?: Record<string, string>;
  /** The SID of the message it answers. */
  replyTo?: string;
  forwarded?: boolean;
  /** A SID of one's own, so that the same message can be sent twice. */
  id?: string;
}

export function fieldsFrom(written: Written, account: string, state: State): { id: string; fields: Record<string, string> } {
  const { from, userId, name, username, replyTo, forwarded, content = { kind: 'text', text: written.text ?? '' } } = written;
  const isMedium = 'media' in content;
  const id = written.id ?? newSid(isMedium ? 'MM' : 'SM');
  return {
    id,
    fields: {
      SmsMessageSid: id,
      NumMedia: '0',
      ...(name !== undefined && { ProfileName: name }),
      ...(from !== undefined && { WaId: from }),
      ...(userId !== undefined && { ExternalUserId: userId }),
      ...(username !== undefined && { ProfileUsername: username }),
      SmsStatus: 'received',
      Body: '',
      To: account,
      NumSegments: '1',
      ReferralNumMedia: '0',
      MessageSid: id,
      SmsSid: id,
      AccountSid: state.accountSid,
      ...(state.service && { MessagingServiceSid: state.service.sid }),
      From: `whatsapp:${from === undefined ? (userId ?? '') : `+${from}`}`,
      ApiVersion: '2010-04-01',
      ...(forwarded === true && { Forwarded: 'true', FrequentlyForwarded: 'false' }),
      ...(replyTo !== undefined && { OriginalRepliedMessageSid: replyTo, OriginalRepliedMessageSender: account }),
      ...wire(content, id, state),
      ...written.fields,
    },
  };
}

function wire(content: Content, message: string, state: State): Record<string, string> {
  switch (content.kind) {
    case 'text':
      return { Body: content.text, MessageType: 'text' };
    case 'choice': {
      const { id, text, description } = content;
      if (content.of === 'list') return { Body: text, ListId: id, ListTitle: text, ...(description !== undefined && { ListDescription: description }), MessageType: 'interactive' };
      return { Body: text, ButtonText: text, ButtonPayload: id, MessageType: content.of === 'template' ? 'button' : 'interactive' };
    }
    case 'image':
    case 'video':
    case 'audio':
    case 'voice':
    case 'document':
    case 'sticker': {
      const { ref, mime } = content.media;
      const url = URL.canParse(ref) ? ref : `${state.url}/2010-04-01/Accounts/${state.accountSid}/Messages/${message}/Media/${ref}`;
      return {
        NumMedia: '1', MediaUrl0: url, MediaContentType0: mime ?? state.files.get(ref)?.mime ?? 'application/octet-stream',
        MessageType: content.kind === 'voice' ? 'audio' : content.kind, ...(content.caption !== undefined && { Body: content.caption }),
      };
    }
    case 'location': {
      const { latitude, longitude, name, address } = content;
      return { Latitude: String(latitude), Longitude: String(longitude), ...(name !== undefined && { Label: name }), ...(address !== undefined && { Address: address }), MessageType: 'location' };
    }
    case 'form':
      return { Body: content.text ?? '', InteractiveData: JSON.stringify(content.answers), MessageType: 'interactive' };
    case 'reaction':
      return { Body: content.emoji ?? '', MessageType: 'reaction' };
    case 'order':
      return { Body: content.text ?? '', MessageType: 'order' };
    case 'contacts':
    case 'system':
      return { MessageType: content.kind };
    case 'unsupported':
      return { MessageType: content.what };
    default:
      return content satisfies never;
  }
}
