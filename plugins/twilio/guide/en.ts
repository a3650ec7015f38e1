import type { Guide } from '#plugin';

export const guide: Guide = {
  before: [
    'A Twilio account: a paid one for a WhatsApp sender of your own, or any for the sandbox, which is for trying out.',
    'The public https address of this installation (PUBLIC_URL). Its host name may have no underscore: Twilio refuses those.',
  ],
  steps: [
    {
      title: 'Copy the credentials',
      does: [
        'Sign in at https://console.twilio.com and choose the account, or the subaccount, that owns the WhatsApp sender.',
        'On the start page, under Account Info, copy the Account SID, and the auth token behind Show. Test credentials do not work with WhatsApp.',
      ],
      fields: {
        accountSid: 'Start page of the console › Account Info. AC and 32 digits or letters from a to f.',
        authToken: 'Beside it, behind Show. The primary one: Twilio signs its webhooks with it, so an API key does not take its place.',
      },
    },
    {
      title: 'Have a WhatsApp sender',
      does: [
        'Messaging › Senders › WhatsApp senders › Create new sender, and follow the steps with Meta.',
        'To try it out, Messaging › Try it out › Send a WhatsApp message opens the sandbox. Each person first sends its join code, and again every three days.',
      ],
      fields: { senders: 'Messaging › Senders › WhatsApp senders, written like whatsapp:+14155550100. Connecting a number adds it here by itself.' },
    },
    {
      title: 'Connect the number here',
      does: [
        'WhatsApp › Connect New Number › Twilio. Paste the Account SID and the auth token.',
        'List the numbers and choose the sender, or type it. Give it a name and an agent, then Connect Number.',
      ],
    },
    {
      title: 'Have messages sent here',
      does: [
        'On the connection’s Doctor tab, press Subscribe: the sender, or the Messaging Service it is in, then sends here what contacts write.',
        'By hand: paste the callback URL of the Hand-off tab at the sender, as webhook URL for incoming messages, method POST, with #rc=5&rp=all behind it. Without that Twilio tries once only.',
        'The sandbox is always set by hand: Messaging › Try it out › Send a WhatsApp message › Sandbox settings, “When a message comes in”.',
        'Statuses need nothing: each message brings its own address for them.',
      ],
    },
    {
      title: 'Where it is needed',
      does: ['These stand under Advanced. Most accounts leave them as they are.'],
      fields: {
        messagingServiceSid: 'Messaging › Services › the service. MG and 32 digits or letters. Only if the senders are in a service.',
        keySid: 'Account › API keys & tokens › Create API key. SK and 32 digits or letters.',
        keySecret: 'Shown once, when the key is made.',
        previousAuthToken: 'The old primary token, while a secondary one is promoted under Account › API keys & tokens. Empty it afterwards.',
        messagesPerSecond: 'What your account may send from one sender: Messaging › Senders › the sender, or ask Twilio. The default is 80.',
        connectionOverrides: 'Found nowhere in the console. It says how often Twilio tries a webhook again; rc=5&rp=all means five times, whatever went wrong.',
        apiBaseUrl: 'Leave it empty. It is for an emulator or a proxy.',
      },
    },
  ],
  handOff: [
    'Sign in at https://console.twilio.com and choose the account whose Account SID stands on this page.',
    'Messaging › Senders › WhatsApp senders › the sender: set the webhook URL for incoming messages to the callback URL, method POST, with #rc=5&rp=all behind it.',
    'Is the sender in a Messaging Service: Messaging › Services › the service › Integration › Send a webhook, with the same URL.',
    'Leave the status callback URL as it is: each message brings its own.',
    'Write to the number from a phone. It is there at once, for those who gave you this page.',
  ],
};
