import type { Guide } from '#plugin';

export const guide: Guide = {
  before: [
    'A business portfolio at Meta in which you are an administrator.',
    'A phone number that takes a code by SMS or call and is not in use in a WhatsApp app. Meta’s test number does to begin with; it writes to five people at most.',
    'The public https address of this installation (PUBLIC_URL).',
  ],
  steps: [
    {
      title: 'Make an app with WhatsApp',
      does: [
        'https://developers.facebook.com/apps › Create app. Choose the use case “Connect with customers through WhatsApp” and your business portfolio.',
        'In the app, open WhatsApp › API Setup, and add and verify the phone number.',
      ],
      fields: {
        appId: 'At the top of the App Dashboard. Digits.',
        appSecret: 'App settings › Basic › App secret › Show. 32 digits or letters from a to f.',
        businessAccountId: 'WhatsApp › API Setup, “WhatsApp Business Account ID”; or Business settings › Accounts › WhatsApp accounts.',
        phoneNumberIds: 'WhatsApp › API Setup, “Phone number ID” below “From”. Digits, but not the phone number. Connecting a number adds it here by itself.',
      },
    },
    {
      title: 'Generate a token that lasts',
      does: [
        'https://business.facebook.com/settings › Users › System users › Add, with the role Admin.',
        'Assign assets: the app and the WhatsApp account, each with full control. A token made before that does not reach the account.',
        'Generate token: choose the app, expiry Never, and the permissions whatsapp_business_messaging and whatsapp_business_management.',
      ],
      fields: { accessToken: 'Shown once, at the end of Generate token. Begins with EAA. The token on the API Setup page ends within a day.' },
    },
    {
      title: 'Connect the number here',
      does: [
        'WhatsApp › Connect New Number › Meta Cloud. Paste the access token, the app secret and the business account ID.',
        'List the numbers and choose one, or type its phone number ID. Give it a name and an agent, then Connect Number.',
      ],
    },
    {
      title: 'Have messages sent here',
      does: [
        'In the app, WhatsApp › Configuration › Webhook › Edit: paste the callback URL and the verify token of the Hand-off tab, then Verify and save.',
        'Webhook fields › Manage: subscribe to messages. To hear of templates and of the account too: message_template_status_update, message_template_quality_update, template_category_update, phone_number_quality_update, account_update, account_alerts, user_preferences and smb_message_echoes.',
        'On the connection’s Doctor tab, press Subscribe, so that the app hears of this WhatsApp account.',
        'Publish the app: before that only tests of the console arrive.',
      ],
      fields: { verifyToken: 'Made here; Meta does not give it. It stands on the Hand-off tab.' },
    },
    {
      title: 'Register the number',
      does: [
        'If the doctor says that the number is not registered: Doctor tab › Register a number, with the six digits of its two-step verification.',
        'A number without a PIN gets the one that you type. A forgotten one is changed in WhatsApp Manager › Phone numbers › the number › Two-step verification.',
        'Meta allows ten tries in 72 hours. A number that stays in the WhatsApp Business app is not registered.',
      ],
    },
    {
      title: 'Where it is needed',
      does: ['These stand under Advanced. Most leave them as they are.'],
      fields: {
        apiVersion: 'App settings › Advanced › Upgrade API version lists them. A newer one is not needed.',
        apiBaseUrl: 'https://graph.facebook.com. Another is for an emulator or a proxy.',
        messagesPerSecond: 'WhatsApp Manager › Phone numbers › the number › Insights names its throughput: 80, 1,000 after an upgrade, 20 for a number that stays in the app.',
        previousAppSecret: 'The old app secret, while App settings › Basic › Reset replaces it. Empty it afterwards.',
      },
    },
  ],
  handOff: [
    'Open the app at https://developers.facebook.com/apps; its App ID stands on this page, if it is known.',
    'WhatsApp › Configuration › Webhook › Edit: paste the callback URL and the verify token, then Verify and save. If this page has no verify token, ask for it.',
    'Webhook fields › Manage: subscribe to messages. To pass on news of templates and the account: message_template_status_update, message_template_quality_update, template_category_update, phone_number_quality_update, account_update, account_alerts, user_preferences and smb_message_echoes.',
    'Publish the app: before that only tests of the console arrive.',
    'Write to the number from a phone. It is there at once, for those who gave you this page.',
  ],
};
