/** What Twilio would put into a webhook if a person did this on their phone. */
import type { Content } from '#plugin';
import type { Written } from '../../emulator/written.ts';
import { newSid, type State } from './state.ts';

/** Of media, `media.ref` is the SID of a stored file, or a whole address. */
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
