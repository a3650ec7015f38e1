/** The body of a message, as section "Messages" of the Cloud API reference has it for each kind. */
import type { Json, OutContent } from '#plugin';
import { templateBody } from './template.ts';

export type Body = { [key: string]: Json };

/** @param upload Meta's id of the file that the content holds, where it holds one */
export function bodyOf(content: OutContent, upload: string | undefined): Body {
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
          ...(phones.length > 0 && { phones: phones.map((phone) => ({ phone })) }),
          ...(emails.length > 0 && { emails: emails.map((email) => ({ email })) }),
        })),
      };
    case 'reaction':
      return { type: 'reaction', reaction: { message_id: content.to, emoji: content.emoji } };
    case 'template':
      return templateBody(content, upload);
    case 'image':
    case 'video':
      return { type: content.kind, [content.kind]: { ...file(upload), ...captioned(content) } };
    case 'document':
      return { type: 'document', document: { ...file(upload), ...captioned(content), ...(content.name !== undefined && { filename: content.name }) } };
    case 'audio':
      return { type: 'audio', audio: file(upload) };
    case 'voice':
      // Shown as a voice note, with its wave, instead of as a file.
      return { type: 'audio', audio: { ...file(upload), voice: true } };
    case 'sticker':
      return { type: 'sticker', sticker: file(upload) };
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

const file = (upload: string | undefined): Body => ({ id: upload ?? '' });
const captioned = ({ caption }: { caption?: string }): Body => (caption === undefined || caption === '' ? {} : { caption });
