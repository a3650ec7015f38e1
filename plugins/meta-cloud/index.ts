/** Meta's WhatsApp Cloud API: signed webhooks in, one Graph call per message out. */
import { defineChannel } from '#plugin';
import { check } from './check.ts';
import { validate } from './draft.ts';
import { explain } from './errors.ts';
import { accepts, media, originsOf, prepare, prepares } from './media.ts';
import { numbers, readSubscription, subscribe, unsubscribe } from './numbers.ts';
import { parse } from './parse.ts';
import { register } from './register.ts';
import { markRead, send, typing } from './send.ts';
import { settings } from './settings.ts';
import * as signIn from './sign-in.ts';
import { create, list, remove } from './templates.ts';
import { texts } from './texts/index.ts';
import { challenge, proofHeaders, verify } from './verify.ts';

/** Read when somebody opens one. */
const guides = { en: () => import('./guide/en.ts'), es: () => import('./guide/es.ts'), id: () => import('./guide/id.ts') };

export default defineChannel({
  name: 'meta-cloud',
  title: 'Meta Cloud',
  // Signing in with Meta takes the place of pasting.
  mark: 'legacy',
  contract: 1,
  settings,
  texts,
  requires: ['publicUrl'],
  origins: originsOf,
  can: {
    webhook: 'signed',
    sends: ['text', 'buttons', 'list', 'link', 'location-request', 'location', 'contacts', 'reaction', 'template', 'image', 'video', 'audio', 'voice', 'document', 'sticker'],
    statuses: ['sent', 'delivered', 'read', 'failed'],
    replyWindowHours: 24,
    maxText: 4096,
    buttons: { max: 3, title: 20, id: 256, text: 1024 },
    list: { max: 10, title: 24, description: 72, id: 200, text: 4096, button: 20 },
    media: accepts,
  },
  account: {
    title: 'Phone number ID',
    parse(typed) {
      const id = typed.trim();
      if (looksLikePhone(id)) return { problem: 'account.phone', field: 'account' };
      return /^[0-9]{5,32}$/.test(id) ? id : { problem: 'account.digits', field: 'account' };
    },
  },
  challenge,
  verify,
  proofHeaders,
  parse,
  prepare,
  prepares,
  send,
  media,
  check,
  numbers,
  // What one person may be sent: a message in six seconds, with bursts of 45 that are paid back.
  limits: ({ messagesPerSecond }) => ({ perSecond: messagesPerSecond, pair: { everyMs: 6000, burst: 45 } }),
  templates: { list, validate, create, delete: remove },
  register,
  subscribe: { read: readSubscription, set: subscribe, clear: unsubscribe },
  signIn: { missing: signIn.missing, origins: signIn.origins, page: signIn.page, finish: signIn.finish },
  markRead,
  typing,
  explain,
  guide: async (locale) => (await guides[locale]()).guide,
  tells: () => ['verifyToken', 'appId', 'businessAccountId'],
});

/** Written as people write one: with a plus, or in groups. The id beside it has digits alone. */
function looksLikePhone(typed: string): boolean {
  return /^\+?[\d\s().-]+$/.test(typed) && /[^\d]/.test(typed) && typed.replace(/\D/g, '').length >= 6;
}
