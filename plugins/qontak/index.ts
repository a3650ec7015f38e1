/** Mekari Qontak: a guest in an omnichannel inbox. Messages live in its rooms, templates go out as broadcasts. */
import { defineChannel } from '#plugin';
import { check } from './check.ts';
import { create, validate } from './draft.ts';
import { explain } from './errors.ts';
import { find } from './find.ts';
import { media } from './media.ts';
import { numbers } from './numbers.ts';
import { parse } from './parse.ts';
import { prepare, send } from './send.ts';
import { settings } from './settings.ts';
import { list } from './template.ts';
import { texts } from './texts/index.ts';
import { verify } from './verify.ts';
import { readSubscription, subscribe, unsubscribe } from './webhook.ts';

/** WhatsApp's sizes and types; Qontak names none of its own. */
const mebibyte = 1_048_576;
const audio = { maxBytes: 16 * mebibyte, mime: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'], caption: false as const };

/** Read when somebody opens one. */
const guides = { en: () => import('./guide/en.ts'), es: () => import('./guide/es.ts'), id: () => import('./guide/id.ts') };

export default defineChannel({
  name: 'qontak',
  title: 'Qontak',
  contract: 1,
  settings,
  texts,
  requires: ['publicUrl'],
  origins: ({ apiBaseUrl }) => [new URL(apiBaseUrl).origin],
  can: {
    webhook: 'secret-url',
    sends: ['text', 'buttons', 'list', 'image', 'video', 'audio', 'voice', 'document', 'template'],
    statuses: ['sent', 'delivered', 'read', 'failed'],
    replyWindowHours: 24,
    maxText: 4096,
    buttons: { max: 3, title: 20, id: 256, text: 1024 },
    list: { max: 10, title: 24, description: 72, id: 200, text: 4096, button: 20 },
    media: {
      image: { maxBytes: 5 * mebibyte, mime: ['image/jpeg', 'image/png'] },
      video: { maxBytes: 16 * mebibyte, mime: ['video/mp4', 'video/3gpp'] },
      audio,
      voice: audio,
      document: {
        maxBytes: 100 * mebibyte,
        mime: [
          'text/plain',
          'application/pdf',
          'application/msword',
          'application/vnd.ms-excel',
          'application/vnd.ms-powerpoint',
          'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
          'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
          'application/vnd.openxmlformats-officedocument.presentationml.presentation',
        ],
      },
    },
  },
  account: {
    title: 'Channel integration ID',
    parse(typed) {
      const id = typed.trim().toLowerCase();
      if (/^\+?[0-9][0-9\s()-]{5,}$/.test(id)) return { problem: 'account.phone', field: 'account' };
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : { problem: 'account.uuid', field: 'account' };
    },
  },
  verify,
  parse,
  prepare,
  prepares: (content) => content.kind === 'template' && content.media !== undefined,
  send,
  find,
  media,
  check,
  numbers,
  limits: ({ requestsPerMinute }) => ({ perSecond: requestsPerMinute / 60, per: 'connection' }),
  templates: { list, validate, create },
  subscribe: { read: readSubscription, set: subscribe, clear: unsubscribe },
  explain,
  guide: async (locale) => (await guides[locale]()).guide,
  tells: () => ['organizationId'],
});
