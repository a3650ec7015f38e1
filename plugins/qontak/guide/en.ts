import type { Guide } from '#plugin';

export const guide: Guide = {
  before: [
    'An organization at Mekari Qontak with a connected WhatsApp number.',
    'Entry to https://developers.mekari.com: the right to it is given by Mekari’s support.',
    'The public https address of this installation (PUBLIC_URL).',
  ],
  steps: [
    {
      title: 'Make an application at Mekari',
      does: [
        'https://developers.mekari.com › Applications › New application.',
        'Scope: Qontak chat. Validation: HMAC.',
        'Copy its client ID and client secret.',
      ],
      fields: {
        auth: 'Mekari Developer, for an application made like this. The older open API only if your account still has a token of it.',
        clientId: 'developers.mekari.com › Applications › your application.',
        clientSecret: 'Beside the client ID.',
        apiBaseUrl: 'Mekari: https://api.mekari.com/qontak/chat/v1. Its sandbox: https://sandbox-api.mekari.com/qontak/chat/v1. Older open API: https://service-chat.qontak.com/api/open/v1.',
      },
    },
    {
      title: 'Or copy the bot token of the older open API',
      does: ['In the settings of Qontak, copy the bot token. With a user token the endpoint cannot be registered.'],
      fields: { accessToken: 'The settings of Qontak: the bot token. Empty for Mekari Developer.' },
    },
    {
      title: 'Connect the number here',
      does: [
        'WhatsApp › Connect New Number › Qontak. Paste the credentials.',
        'List the numbers: Qontak shows the IDs of its channels nowhere else. Choose one, give it a name and an agent, then Connect Number.',
      ],
      fields: {
        channelIntegrationIds: 'Only in the list of numbers, beside the phone number. Connecting a number adds it here by itself.',
        organizationId: 'The Doctor tab names it once the credentials are right. Enter it then: webhooks of another organization are refused.',
      },
    },
    {
      title: 'Register the endpoint',
      does: [
        'On the connection’s Doctor tab, press Register endpoint. It can be pressed again at any time.',
        'Qontak keeps one address for all channels of an organization. If another stands there, you are asked first, and it is put back when this one is taken away.',
      ],
    },
    {
      title: 'Where it is needed',
      does: ['Most leave these as they are.'],
      fields: {
        quietWhenAssigned: 'Your decision: may the agent here answer in a room while a person in Qontak has it?',
        sendAs: 'Bot for an application or a bot token. User only for a user token.',
        ownSenderId: 'Only for “User”: the sender_id of that user, as it stands in a webhook of a message that the user sent.',
        requestsPerMinute: 'What Mekari granted your organization. Its documents say 100.',
      },
    },
  ],
  handOff: [
    'Nothing has to be pasted where those who gave you this page have the credentials: they register the callback URL themselves.',
    'By hand: PUT /message_interactions of Qontak’s API for the organization, with the callback URL as url, and receive_message_from_customer, receive_message_from_agent, status_message and broadcast_log_status set to true. Then PUT /room_interactions with the same url and room_resolved set to true.',
    'Qontak keeps one address for all channels of an organization. Ask before you replace another.',
    'The callback URL is the secret, because Qontak signs nothing. Pass it on to nobody else.',
    'Write to the number from a phone. It is there at once, for those who gave you this page.',
  ],
};
