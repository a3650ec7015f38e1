/** WhatsApp through Twilio: signed webhooks in, one Messages call per message out. */
import { defineChannel } from '#plugin';
import { parseAccount, sandbox } from './address.ts';
import { origins } from './api.ts';
import { check } from './check.ts';
import { explain } from './errors.ts';
import { find } from './find.ts';
import { media } from './media.ts';
import { numbers } from './numbers.ts';
import { parse } from './parse.ts';
import { prepare, prepares, send } from './send.ts';
import { settings } from './settings.ts';
import { readSubscription, subscribe, unsubscribe } from './subscribe.ts';
import { validate } from './template-draft.ts';
import { create, list, remove } from './templates.ts';
import { texts } from './texts/index.ts';
import { typing } from './typing.ts';
import { proofHeaders, verify } from './verify.ts';

const megabyte = 1_000_000;

/** Read when somebody opens one. */
const guides = { en: () => import('./guide/en.ts'), es: () => import('./guide/es.ts'), id: () => import('./guide/id.ts') };

export default defineChannel({
  name: 'twilio',
  title: 'Twilio',
  mark: 'recommended',
  contract: 1,
  settings,
  texts,
  requires: ['publicUrl'],
  origins,
  can: {
    webhook: 'signed',
    // Not links, contacts, reactions and location requests: Twilio has no way to send them that is sure to work without approval.
    sends: ['text', 'buttons', 'list', 'location', 'template', 'image', 'video', 'audio', 'voice', 'document', 'sticker'],
    statuses: ['sent', 'delivered', 'read', 'failed'],
    replyWindowHours: 24,
    maxText: 1600,
    // WhatsApp allows 1,024 characters; header and footer, 60 each, go into the text here.
    buttons: { max: 3, title: 20, id: 200, text: 900 },
    list: { max: 10, title: 24, description: 72, id: 200, text: 900, button: 20 },
    flatLists: true,
    media: {
      image: { maxBytes: 5 * megabyte, mime: ['image/jpeg', 'image/png'] },
      sticker: { maxBytes: 500_000, mime: ['image/webp'] },
      video: { maxBytes: 16 * megabyte, mime: ['video/mp4'] },
      audio: { maxBytes: 16 * megabyte, mime: ['audio/ogg', 'audio/amr', 'audio/3gpp', 'audio/aac', 'audio/mpeg'] },
      voice: { maxBytes: 16 * megabyte, mime: ['audio/ogg'] },
      document: {
        // Twilio has no words beside a document.
        caption: false,
        maxBytes: 16 * megabyte,
        mime: [
          'application/pdf', 'application/msword', 'text/vcard',
          'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
          'application/vnd.openxmlformats-officedocument.presentationml.presentation',
          'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
        ],
      },
    },
  },
  account: { title: 'Sender', parse: parseAccount },
  verify,
  proofHeaders,
  parse,
  prepare,
  prepares,
  send,
  find,
  media,
  check,
  numbers,
  // What one person may be sent is WhatsApp's limit, whoever passes it on: a message in six seconds, with bursts of 45 that are paid back.
  limits: ({ messagesPerSecond }, account) => ({ perSecond: account === sandbox ? 1 / 3 : messagesPerSecond, pair: { everyMs: 6000, burst: 45 } }),
  templates: { list, validate, create, delete: remove },
  subscribe: { read: readSubscription, set: subscribe, clear: unsubscribe },
  typing,
  markRead: typing,
  explain,
  guide: async (locale) => (await guides[locale]()).guide,
  tells: () => ['accountSid', 'messagingServiceSid'],
});
