import { Type, type Static } from '#plugin';

/**
 * A secret of the provider's: something must stand there, and white space, pasted along with it or alone, is no part of it.
 * `form`, here and below, is what the page shows when the pattern does not fit: signs that need no language.
 */
const secret = { writeOnly: true, minLength: 1, maxLength: 1024, pattern: '^\\S+$', form: 'A–Z a–z 0–9 …' };
/** Meta's ids are decimal numbers beyond 2^53: text, never numbers. */
const id = { pattern: '^[0-9]{5,32}$', form: '0–9, ≥ 5' };

export const settings = Type.Object({
  accessToken: Type.String({
    ...secret,
    title: 'Access token',
    description: 'Business settings › Users › System users › Generate token, with both whatsapp_business permissions. Begins with EAA.',
  }),
  appSecret: Type.String({
    ...secret,
    title: 'App secret',
    description: 'App Dashboard › App settings › Basic › Show. Proves that a webhook comes from Meta.',
  }),
  verifyToken: Type.String({
    ...secret,
    generate: true,
    title: 'Verify token',
    description: 'Made here. Paste it beside the callback URL under WhatsApp › Configuration › Webhook.',
  }),
  businessAccountId: Type.Optional(
    Type.String({
      ...id,
      examples: ['102000000000001'],
      title: 'Business account ID',
      description: 'WhatsApp › API Setup. Lists the numbers, subscribes to webhooks and reads templates; sending works without it.',
    }),
  ),
  phoneNumberIds: Type.Optional(
    Type.Array(Type.String({ ...id, examples: ['108100000000001'] }), {
      title: 'Phone number IDs',
      description: 'WhatsApp › API Setup, below the “From” choice. Not the phone number itself.',
      maxItems: 200,
      uniqueItems: true,
      accounts: true,
    }),
  ),
  appId: Type.Optional(
    Type.String({
      ...id,
      examples: ['501000000000001'],
      title: 'App ID',
      description: 'App Dashboard, top bar. Lets the doctor read what the token may do and prove the app secret.',
    }),
  ),
  apiVersion: Type.String({
    pattern: '^v[0-9]{1,3}\\.[0-9]{1,2}$',
    form: 'v23.0',
    examples: ['v23.0'],
    default: 'v23.0',
    advanced: true,
    title: 'API version',
    description: 'The version of the Graph API, for example v23.0.',
  }),
  apiBaseUrl: Type.String({
    pattern: '^https?://[^\\s/?#@]+(/[^\\s?#]*)?$',
    form: 'https://…',
    examples: ['https://graph.facebook.com'],
    maxLength: 300,
    default: 'https://graph.facebook.com',
    advanced: true,
    title: 'API base URL',
    description: 'Where the Graph API is. Change it only for an emulator or a proxy.',
  }),
  messagesPerSecond: Type.Integer({
    minimum: 1,
    maximum: 100_000,
    default: 80,
    advanced: true,
    title: 'Messages per second',
    description: 'Per number: 80, 1,000 after Meta’s upgrade, 20 for a number that stays in the WhatsApp Business app.',
  }),
  previousAppSecret: Type.Optional(
    Type.String({
      ...secret,
      advanced: true,
      title: 'Previous app secret',
      description: 'Accepted beside the app secret while you replace it. Empty it afterwards.',
    }),
  ),
});

export type Settings = Static<typeof settings>;
