import { Type, type Static } from '#plugin';

/**
 * A secret of Twilio's: something must stand there, and white space pasted along with it is no part of it. `form`, here and below, is
 * what the page shows when the pattern does not fit: signs that need no language.
 */
const secret = { writeOnly: true, minLength: 1, maxLength: 256, pattern: '^\\S+$', form: '0–9 a–z' };
const sid = (prefix: string) => ({ pattern: `^${prefix}[0-9a-fA-F]{32}$`, form: `${prefix}…`, examples: [`${prefix}0123456789abcdef0123456789abcdef`] });

export const settings = Type.Object({
  accountSid: Type.String({
    ...sid('AC'),
    title: 'Account SID',
    description: 'Console start page › Account Info. Of the subaccount that owns the sender, if there is one.',
  }),
  authToken: Type.String({
    ...secret,
    title: 'Auth token',
    description: 'Console start page › Account Info › Show. The primary one: it signs the webhooks, so it is needed beside an API key too.',
  }),
  keySid: Type.Optional(
    Type.String({
      ...sid('SK'),
      advanced: true,
      title: 'API key SID',
      description: 'Account › API keys & tokens. With its secret, calls are made with the key in place of the auth token.',
    }),
  ),
  keySecret: Type.Optional(
    Type.String({
      ...secret,
      advanced: true,
      title: 'API key secret',
      description: 'Shown once, when the key is made.',
    }),
  ),
  messagingServiceSid: Type.Optional(
    Type.String({
      ...sid('MG'),
      advanced: true,
      title: 'Messaging Service SID',
      description: 'Messaging › Services. Only if the senders are in a Messaging Service; its inbound URL then goes before theirs.',
    }),
  ),
  senders: Type.Optional(
    Type.Array(Type.String({ pattern: '^whatsapp:\\+[1-9][0-9]{5,14}$', form: 'whatsapp:+…', examples: ['whatsapp:+14155550100'] }), {
      title: 'Senders',
      description: 'The WhatsApp senders of this account that are used here, for example whatsapp:+14155550100.',
      maxItems: 200,
      uniqueItems: true,
      accounts: true,
    }),
  ),
  previousAuthToken: Type.Optional(
    Type.String({
      ...secret,
      advanced: true,
      title: 'Previous auth token',
      description: 'Accepted beside the auth token while you promote a new one. Empty it afterwards.',
    }),
  ),
  messagesPerSecond: Type.Integer({
    minimum: 1,
    maximum: 400,
    default: 80,
    advanced: true,
    title: 'Messages per second',
    description: 'Per sender. Twilio’s default is 80; what your account has is in the console.',
  }),
  connectionOverrides: Type.String({
    pattern: '^([a-z]{2}=[0-9a-z,]{1,40}(&[a-z]{2}=[0-9a-z,]{1,40}){0,7})?$',
    form: 'rc=5&rp=all',
    maxLength: 200,
    default: 'rc=5&rp=all',
    advanced: true,
    title: 'Connection overrides',
    description: 'Put behind our webhook URLs as #…: how often Twilio tries again. Without it Twilio gives up after one try that failed.',
  }),
  apiBaseUrl: Type.String({
    pattern: '^(https?://[^\\s/?#@]+)?$',
    form: 'https://…',
    maxLength: 300,
    default: '',
    advanced: true,
    title: 'API base URL',
    description: 'Stands for all three of Twilio’s hosts. Leave it empty; it is for an emulator or a proxy.',
  }),
});

export type Settings = Static<typeof settings>;
