import { Type, type Static } from '#plugin';

/** White space, pasted along with a secret or alone, is no part of it. `form` is what the page shows when the pattern does not fit. */
const secret = { writeOnly: true, minLength: 1, maxLength: 4096, pattern: '^\\S+$', form: 'A–Z a–z 0–9 …' };
const uuid = {
  pattern: '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$',
  form: 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx',
  examples: ['b3a2ee0b-0000-4000-8000-000000000001'],
};

export const settings = Type.Object({
  auth: Type.Enum(['hmac', 'bearer'], {
    default: 'hmac',
    title: 'Credentials',
    description: 'Client ID and secret of a Mekari Developer application, or a token of the older open API.',
  }),
  clientId: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 512,
      // It stands between quotes in a header.
      pattern: '^[^\\s"\\\\]+$',
      form: 'A–Z a–z 0–9 …',
      title: 'Client ID',
      description: 'developers.mekari.com › Applications › your application, with HMAC validation and the Qontak chat scope.',
    }),
  ),
  clientSecret: Type.Optional(Type.String({ ...secret, title: 'Client secret', description: 'Beside the client ID.' })),
  accessToken: Type.Optional(
    Type.String({ ...secret, title: 'Access token', description: 'Only for the older open API: the bot token of the Qontak settings. The webhook can only be registered with a bot token.' }),
  ),
  apiBaseUrl: Type.String({
    pattern: '^https?://[^\\s/?#@]+(/[^\\s?#]*)?$',
    form: 'https://…',
    examples: ['https://api.mekari.com/qontak/chat/v1'],
    maxLength: 300,
    default: 'https://api.mekari.com/qontak/chat/v1',
    title: 'API base URL',
    description: 'Mekari: https://api.mekari.com/qontak/chat/v1. Older open API: https://service-chat.qontak.com/api/open/v1.',
  }),
  organizationId: Type.Optional(
    Type.String({ ...uuid, title: 'Organization ID', description: 'The check shows it. With it, webhooks that name another organization are refused.' }),
  ),
  channelIntegrationIds: Type.Optional(
    Type.Array(Type.String(uuid), {
      title: 'Channel integration IDs',
      description: 'One for each WhatsApp number in Qontak. Qontak shows them nowhere; they are listed once the credentials are saved.',
      maxItems: 200,
      uniqueItems: true,
      accounts: true,
    }),
  ),
  quietWhenAssigned: Type.Boolean({
    default: true,
    title: 'Keep silent when a Qontak agent has the room',
    description: 'While a person in Qontak is assigned to a room, the agent here does not answer in it.',
  }),
  sendAs: Type.Enum(['bot', 'user'], {
    default: 'bot',
    advanced: true,
    title: 'Send as',
    description: 'Bot token or user token. As a user, messages of people in Qontak can only be told from ours with the sender ID below.',
  }),
  ownSenderId: Type.Optional(
    Type.String({ ...uuid, advanced: true, title: 'Own sender ID', description: 'The sender_id of the user whose token is used; only for “Send as: user”.' }),
  ),
  requestsPerMinute: Type.Integer({
    minimum: 1,
    maximum: 100_000,
    default: 100,
    advanced: true,
    title: 'Requests per minute',
    description: 'What Qontak allows one organization; its documents say 100.',
  }),
});

export type Settings = Static<typeof settings>;
