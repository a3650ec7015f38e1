import type { Guide } from '#plugin';

export const guide: Guide = {
  before: [
    'The integration sheet that Coster (Jatis Mobile) gave you. Coster publishes no documentation: this guide was pieced together from code of its customers. Where the sheet says otherwise, the sheet is right.',
    'A person at Coster who sets up the webhook of your account.',
    'The public https address of this installation (PUBLIC_URL).',
  ],
  steps: [
    {
      title: 'Choose the API',
      does: ['m2m sends templates and notifications and reports their delivery. bot is for two-way chat through Coster’s helpdesk. A connection uses one of them; make a second one for the other.'],
      fields: { face: 'The sheet names an address: m2m.coster.id is m2m, api.coster.id/bot is bot.' },
    },
    {
      title: 'Copy what the sheet says',
      does: ['Compare each value letter by letter; Coster has no call that tells whether a token is right without sending something.'],
      fields: {
        accessToken: 'The token of the sheet: for m2m behind “Bearer”, for bot as x-access-token.',
        accountCode: 'For m2m: what stands in its address between /v1/ and /messages, usually 32 characters.',
        accountId: 'For bot: account_id.',
        divisionId: 'For bot: division_id, the group of people in Coster’s helpdesk.',
        channelId: 'For bot: channel_id, usually whatsapp-cloud.',
        helpdesk: 'For bot: is_helpdesk. On if people of the division should see the conversation.',
        phoneNumbers: 'Your WhatsApp numbers as the sheet names them: digits with country code, or Meta’s phone number ID. Connecting a number adds it here by itself.',
      },
    },
    {
      title: 'Agree on the proof of a webhook',
      does: [
        'Coster is not known to sign. The least proof is the callback URL itself, which nobody can guess.',
        'Ask whether Coster can send a header with a secret. If so, choose that, and hand the secret over with the callback URL.',
      ],
      fields: {
        callbackProof: 'What Coster’s people say they can send.',
        webhookSecret: 'Made here; Coster does not give it. It stands on the Hand-off tab when a header is the proof.',
        proofHeader: 'The name that you agree on with Coster.',
        signatureKey: 'From Coster’s people, where they pass on Meta’s X-Hub-Signature-256: the app secret of their app.',
      },
    },
    {
      title: 'Connect the number here, and hand over',
      does: [
        'WhatsApp › Connect New Number › Coster. Enter the values, a name and an agent, then Connect Number.',
        'On the connection’s Hand-off tab, open the page to print or send, and give it to your person at Coster.',
        'Send one message to yourself, and answer it, before you rely on it.',
      ],
    },
    {
      title: 'Where it is needed',
      does: ['These stand under Advanced. Some customers have hosts and headers of their own.'],
      fields: {
        authStyle: 'How the sheet’s examples send the token.',
        authHeader: 'The name of that header, for “Another header”.',
        m2mUrl: 'The address of the sheet, with {account_code} where the account code stands.',
        botUrl: 'The address of the sheet to which messages are posted.',
        mediaUrl: 'The address of the sheet from which files come, with {media_id} where the file’s id stands.',
        messagesPerSecond: 'What Coster agreed with you. Its limits are not public.',
      },
    },
  ],
  handOff: [
    'Set the webhook of the account and numbers named on this page to the callback URL: messages of contacts, and delivery reports (sent, delivered, read, failed).',
    'Each is a POST with JSON. A GET without a query is answered 200, to see whether somebody is there.',
    'If a webhook secret stands on this page, send it with each webhook, in the header that is named here, bare or behind “Bearer”.',
    'The callback URL is a secret as well. Pass it on to nobody else.',
    'Answer with your words to those who gave you this page if an account code, an ID or a number is not right.',
  ],
};
