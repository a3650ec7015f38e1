/** Coster: WhatsApp through Jatis Mobile's platform. Nothing of it is documented in public, so every address and header is a setting. */
import { defineChannel } from '#plugin';
import { check } from './check.ts';
import { explain } from './errors.ts';
import { media } from './media.ts';
import { parse } from './parse.ts';
import { digits } from './phone.ts';
import { send } from './send.ts';
import { settings } from './settings.ts';
import { create, list, remove, validate } from './template.ts';
import { texts } from './texts/index.ts';
import { challenge, proofHeaders, verify } from './verify.ts';

/** Read when somebody opens one. */
const guides = { en: () => import('./guide/en.ts'), es: () => import('./guide/es.ts'), id: () => import('./guide/id.ts') };

export default defineChannel({
  name: 'coster',
  title: 'Coster',
  contract: 1,
  settings,
  texts,
  requires: ['publicUrl'],
  origins: ({ m2mUrl, botUrl, mediaUrl }) => [...new Set([m2mUrl, botUrl, mediaUrl].map((url) => new URL(url.replaceAll(/[{}]/g, '')).origin))],
  can: {
    // The least that every connection has; a connection may ask for more (`callbackProof`).
    webhook: 'secret-url',
    sends: ['text', 'template'],
    statuses: ['sent', 'delivered', 'read', 'failed'],
    replyWindowHours: 24,
    maxText: 4096,
  },
  account: {
    title: 'Phone identity',
    parse: (typed) => digits(typed.trim()) ?? { problem: 'account.digits', field: 'account' },
  },
  challenge,
  verify,
  proofHeaders,
  parse,
  send,
  media,
  check,
  limits: ({ messagesPerSecond }) => ({ perSecond: messagesPerSecond }),
  templates: { list, validate, create, delete: remove },
  explain,
  guide: async (locale) => (await guides[locale]()).guide,
  tells: ({ face, callbackProof }) => [...(face === 'm2m' ? ['accountCode'] : ['accountId', 'divisionId', 'channelId']), ...(callbackProof === 'header' ? ['proofHeader', 'webhookSecret'] : [])],
});
