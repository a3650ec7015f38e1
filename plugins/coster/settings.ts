import { Type, type Static } from '#plugin';

/** White space, pasted along with a secret or alone, is no part of it. `form` is what the page shows when the pattern does not fit. */
const secret = { writeOnly: true, minLength: 1, maxLength: 4096, pattern: '^\\S+$', form: 'A–Z a–z 0–9 …' };
const address = { pattern: '^https?://[^\\s/?#@]+(/[^\\s#]*)?$', form: 'https://…', maxLength: 500, advanced: true };
const headerName = { pattern: '^[A-Za-z0-9-]{1,64}$', form: 'A–Z a–z 0–9 -', advanced: true };
const code = { pattern: '^[A-Za-z0-9_-]{1,128}$', form: 'A–Z a–z 0–9 - _' };

export const settings = Type.Object({
  face: Type.Enum(['m2m', 'bot'], {
    default: 'm2m',
    title: 'API',
    description: 'Coster publishes no documentation; all this is known from customers’ code. Compare every value with your integration sheet, and try one message before you rely on it.',
  }),
  accessToken: Type.String({ ...secret, title: 'Access token', description: 'Of your integration sheet.' }),
  accountCode: Type.Optional(Type.String({ ...code, title: 'Account code', description: 'For m2m: the part of its address after /v1/, usually 32 characters.', examples: ['0123456789abcdef0123456789abcdef'] })),
  accountId: Type.Optional(Type.String({ ...code, title: 'Account ID', description: 'For bot: account_id.', examples: ['acct-0001'] })),
  divisionId: Type.Optional(Type.String({ ...code, title: 'Division ID', description: 'For bot: division_id, the group of people in Coster’s helpdesk.' })),
  phoneNumbers: Type.Optional(
    Type.Array(Type.String({ pattern: '^[0-9]{5,20}$', form: '0–9, ≥ 5', examples: ['628110000001'] }), {
      title: 'Phone identities',
      description: 'Your WhatsApp numbers as Coster’s webhooks name them: digits with country code.',
      maxItems: 200,
      uniqueItems: true,
      accounts: true,
    }),
  ),
  callbackProof: Type.Enum(['url', 'header', 'meta'], {
    default: 'url',
    title: 'Proof of a webhook',
    description: 'Coster is not known to sign. The address itself is a secret; ask Coster to send a header too, if it can.',
  }),
  webhookSecret: Type.String({ ...secret, generate: true, title: 'Webhook secret', description: 'Made here. What the header must hold: give it to Coster with the webhook URL.' }),
  proofHeader: Type.String({ ...headerName, default: 'x-webhook-secret', title: 'Header of the webhook secret', description: 'Its value is the secret, or “Bearer” and the secret.' }),
  signatureKey: Type.Optional(Type.String({ ...secret, title: 'Key of Meta’s signature', description: 'For “Meta’s signature, passed on” only: the app secret of Coster’s app at Meta, if Coster gives it to you.' })),
  authStyle: Type.Enum(['usual', 'bearer', 'x-access-token', 'header'], {
    default: 'usual',
    advanced: true,
    title: 'Token is sent as',
    description: 'Usual: Authorization: Bearer for m2m, x-access-token for bot.',
  }),
  authHeader: Type.String({ ...headerName, default: 'x-access-token', title: 'Header of the token', description: 'For “Another header” only.' }),
  channelId: Type.String({ ...code, default: 'whatsapp-cloud', advanced: true, title: 'Channel ID', description: 'For bot: channel_id.' }),
  helpdesk: Type.Boolean({ default: false, advanced: true, title: 'Hand over to Coster’s helpdesk', description: 'For bot: is_helpdesk. People of the division then see the conversation.' }),
  m2mUrl: Type.String({ ...address, default: 'https://m2m.coster.id/v1/{account_code}/messages', title: 'Address of m2m', description: '{account_code} is put in.' }),
  botUrl: Type.String({ ...address, default: 'https://api.coster.id/bot/webhook', title: 'Address of bot', description: 'Messages are posted there.' }),
  mediaUrl: Type.String({ ...address, default: 'https://api.coster.id/bot/media/{media_id}', title: 'Address of media', description: '{media_id} is put in.' }),
  messagesPerSecond: Type.Integer({ minimum: 1, maximum: 100_000, default: 10, advanced: true, title: 'Messages per second', description: 'Coster’s limits are not known.' }),
});

export type Settings = Static<typeof settings>;
