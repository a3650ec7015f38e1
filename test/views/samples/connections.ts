/** Settings → Channels. */
import type { ConnectionDetail, ConnectionRow, HandOffPage } from '../../../core/admin/views/connections.ts';
import { metaFields } from './numbers.ts';
import { HOUR, MIN, NOW, at, bandung, sales, support, test, wholesale, type Sample } from './shop.ts';

const connections: ConnectionRow[] = [
  { id: 'c1', name: 'Lestari WABA', channel: 'WhatsApp, Meta Cloud', lamp: 'running', numbers: [sales, wholesale], lastEventAt: NOW - 4_000 },
  { id: 'c2', name: 'Roastery events', channel: 'WhatsApp, Meta Cloud', lamp: 'stopped', numbers: [bandung] },
  { id: 'c3', name: 'Main account', channel: 'WhatsApp, Meta Cloud', lamp: 'error', numbers: [support], reason: 'Error validating access token: Session has expired on Tuesday, 03-Mar-26 04:00:00 PST.', lastEventAt: NOW - 12 * MIN },
  { id: 'c4', name: 'Test phones', channel: 'Simulator', lamp: 'running', numbers: [test], lastEventAt: NOW - 40 * MIN },
];

const connection = (tab: ConnectionDetail['tab']): ConnectionDetail => ({
  id: 'c3', name: 'Main account', channel: 'Meta Cloud', lamp: 'error', numbers: [support], tab, waiting: 18, version: 3, guide: 'meta-cloud', lastEventAt: NOW - 12 * MIN,
  deeds: { start: { possible: false, why: 'It is in error; restart it' }, stop: { possible: true }, restart: { possible: true } },
  failure: { said: 'Meta refused the access token: “Error validating access token: Session has expired”', at: at(13, 54), mend: 'Paste a new token and save.', field: 'accessToken' },
  doctor: {
    checkedAt: NOW - 20_000,
    lines: [
      { id: 'public-url', what: 'Public URL', state: 'ok', said: 'answers from outside in 84 ms.' },
      { id: 'token', what: 'Access token', state: 'broken', said: 'is not accepted. Meta: “Error validating access token” (190).', mend: 'Paste a new one.', field: 'accessToken' },
      { id: 'last-event', what: 'Last event', state: 'doubtful', said: 'came 12 min ago. Usually every 40 s.' },
      { id: 'number 1', what: 'Number', state: 'ok', said: '+1 415 555 0132 is registered.' },
      { id: 'templates', what: 'Templates', state: 'not-yet', said: 'can be compared once the token works.' },
      { id: 'subscription', what: 'Webhook subscription', state: 'broken', said: 'Events go to https://old.lestari.example/hook.', answered: 'override_callback_uri', mend: 'Subscribe here if they should come to this installation.' },
    ],
    subscribe: { label: 'Subscribe', clear: true },
    register: [{ ...support }],
  },
  fields: metaFields.map((field) => (field.input.kind === 'secret' ? { ...field, input: { ...field.input, stored: 'x9Qd' } } : field)),
  errors: {},
  handOff: [
    { label: 'Callback URL', value: 'https://chat.lestari.example/webhooks/q7v2m3n8p4x6' },
    { label: 'Verify token', value: 'vt_5b1f0c7d2e' },
    { label: 'Phone number ID', value: '108100000000001' },
  ],
  rejected: [
    { id: 'r1', at: NOW - 3 * MIN, cause: 'wrong-secret', from: '203.0.113.9', count: 14 },
    { id: 'r2', at: NOW - 3 * HOUR, cause: 'unsigned', from: '198.51.100.7', count: 1 },
  ],
  rejectedCount: 15,
  ...(tab === 'logs' && {
    logs: {
      filter: { level: 'info' as const },
      nextHref: '/app/lestari/settings/channels/c3?tab=logs&before=l5',
      rows: [
        { id: 'l1', at: NOW - 2_000, level: 'info' as const, text: 'It was restarted.', by: 'Ana', details: [] },
        { id: 'l2', at: NOW - 4_000, level: 'warn' as const, text: 'a message was not taken by the provider', details: [{ name: 'outcome', value: 'retry' }, { name: 'message', value: '0192f0c2-7b1e-7c3a-9d55-2c1f2a7b1e01' }] },
        { id: 'l3', at: NOW - 5_000, level: 'error' as const, text: 'It went into error: Meta refused the access token.', details: [] },
        { id: 'l4', at: NOW - 26 * HOUR, level: 'debug' as const, text: 'the templates were read', details: [{ name: 'seen', value: '14' }] },
      ],
    },
  }),
  ...(tab === 'templates' && {
    templates: {
      filter: {}, sync: true, create: true, delete: true, nextHref: '/app/lestari/settings/channels/c3?tab=templates&after=x',
      rows: (['approved', 'pending', 'rejected', 'paused', 'disabled', 'draft'] as const).map((status, n) => ({
        id: `t${n}`, name: `order_ready_${n}`, language: 'es_MX', status, category: 'UTILITY', text: 'Hola {{1}}, tu pedido {{2}} está listo.', updatedAt: NOW - n * HOUR,
        ...(status === 'rejected' && { reason: 'TAG_CONTENT_MISMATCH' }), ...(status === 'paused' && { quality: 'RED' }),
      })),
    },
  }),
  hasTemplates: true,
  proof: 'signed',
  rotate: { graceUntil: NOW + 3 * HOUR },
});

const handOffPage: HandOffPage = {
  id: 'c1', name: 'Lestari WABA', channel: 'Meta Cloud', workspace: 'Lestari Coffee', at: NOW, webhookUrl: 'https://chat.lestari.example/webhooks/q7v2m3n8p4x6',
  values: [{ label: 'Callback URL', value: 'https://chat.lestari.example/webhooks/q7v2m3n8p4x6', secret: false }, { label: 'App ID', value: '501000000000001', secret: false }, { label: 'Phone Number ID', value: '108100000000001', secret: false }],
  secrets: { shown: false, names: ['Verify token'] }, steps: ['Open the app at https://developers.facebook.com/apps.', 'Paste the callback URL.'], proof: 'signed', reachable: true, host: 'chat.lestari.example', calls: ['graph.facebook.com'], mostBytes: 5_242_880,
  link: { days: [1, 7, 30] },
};
const withoutId = ({ id: _id, link: _link, ...page }: HandOffPage): HandOffPage => page;

export const connectionSamples: Sample[] = [
  { page: 'channels', name: 'doctor', data: { connections, connection: connection('doctor') } },
  { page: 'channels', name: 'doctor-asks', data: { connections, connection: { ...connection('doctor'), doctor: { ...connection('doctor').doctor, lines: [{ id: 'subscription', what: 'Webhook subscription', state: 'ok', said: 'Events come here.' }], subscribe: { label: 'Subscribe', clear: true, overwrite: true }, register: [{ ...support, error: 'This does not have the right form: 000000 – 999999.' }] } } } },
  { page: 'channels', name: 'logs', data: { connections, connection: connection('logs') } },
  { page: 'channels', name: 'logs-none', data: { connections, connection: { ...connection('logs'), logs: { filter: { level: 'error', text: 'token' }, rows: [] } } } },
  { page: 'channels', name: 'logs-quiet', data: { connections, connection: { ...connection('logs'), logs: { filter: {}, rows: [] } } } },
  { page: 'channels', name: 'templates', data: { connections, connection: connection('templates') } },
  { page: 'channels', name: 'templates-none', data: { connections, connection: { ...connection('templates'), templates: { filter: {}, rows: [], sync: true, create: true, delete: false, error: 'Application request limit reached' } } } },
  { page: 'channels', name: 'templates-no-match', data: { connections, connection: { ...connection('templates'), templates: { filter: { status: 'paused', search: 'x' }, rows: [], sync: false, create: false, delete: false } } } },
  { page: 'channels', name: 'no-templates', data: { connections, connection: { ...connection('settings'), tab: 'templates', hasTemplates: false } } },
  { page: 'sign-in', name: 'ready', data: { plugin: 'meta-cloud', channel: 'Meta Cloud', attempt: { nonce: 'n', data: { appId: '1', configId: '2', version: 'v25.0', sdkUrl: 'https://connect.facebook.net/en_US/sdk.js', messageOrigins: 'https://www.facebook.com' } } } },
  { page: 'sign-in', name: 'refused', data: { plugin: 'meta-cloud', channel: 'Meta Cloud', error: 'Meta’s code was used already.', attempt: { nonce: 'n', data: { appId: '1', configId: '2', version: 'v25.0', sdkUrl: 'https://connect.facebook.net/en_US/sdk.js', messageOrigins: 'https://www.facebook.com' } } } },
  { page: 'sign-in', name: 'missing', data: { plugin: 'meta-cloud', channel: 'Meta Cloud', missing: 'Meta App ID and App Secret are not configured on the server' } },
  { page: 'channels', name: 'settings', data: { connections, connection: connection('settings') } },
  { page: 'channels', name: 'settings-errors', data: { connections, connection: { ...connection('settings'), errors: { accessToken: 'Paste a token that has not expired.', apiBaseUrl: 'A base URL begins with https://.', form: 'Nothing was saved.' } } } },
  { page: 'channels', name: 'hand-off', data: { connections, connection: connection('hand-off') } },
  { page: 'guide', name: 'full', data: { plugin: 'meta-cloud', channel: 'Meta Cloud', before: ['A business portfolio at Meta.', 'The public https address of this installation (PUBLIC_URL).'], steps: [{ title: 'Make an app', does: ['https://developers.facebook.com/apps › Create app.', 'Add the phone number.'], fields: [{ label: 'App secret', where: 'App settings › Basic › Show.', required: true }, { label: 'App ID', where: 'At the top.', required: false }] }, { title: 'Register the number', does: ['With its PIN.'], fields: [] }, { title: 'Rarely needed', does: [], fields: [{ label: 'API version', where: 'App settings › Advanced.', required: false }] }], handOff: ['Open the app.', 'Paste the callback URL.'], others: [{ plugin: 'twilio', channel: 'Twilio' }] } },
  { page: 'guide', name: 'only', data: { plugin: 'acme', channel: 'Acme', before: ['An account.'], steps: [], handOff: ['Paste the URL.'], others: [] } },
  { page: 'hand-off', name: 'own', data: handOffPage },
  { page: 'hand-off', name: 'secret', data: { ...handOffPage, values: [...handOffPage.values, { label: 'Verify token', value: 'vt_5b1f0c7d2e', secret: true }], secrets: { shown: true, names: ['Verify token'] }, link: { days: [1, 7, 30], made: { url: 'https://chat.lestari.example/hand-off?of=v1.abcdefghijkl.0123456789abcdef.0123456789abcdef', until: NOW + 7 * 86_400_000 } } } },
  { page: 'hand-off', name: 'guest', data: { ...withoutId(handOffPage), guest: { until: NOW + 86_400_000, of: 'v1.abc' } } },
  { page: 'hand-off', name: 'unreachable', data: { ...handOffPage, proof: 'secret-url', reachable: false, steps: [], calls: [], secrets: { shown: false, names: [] } } },
  { page: 'channels', name: 'rejected', data: { connections, connection: connection('rejected') } },
  { page: 'channels', name: 'all-causes', data: { connections, connection: { ...connection('rejected'), rejected: (['unsigned', 'wrong-secret', 'other-url', 'rewritten-body', 'not-configured', 'unknown-key'] as const).map((cause, i) => ({ id: `r${i}`, at: NOW, cause, count: 1 })) } } },
  { page: 'channels', name: 'quiet', data: { connections, connection: { id: 'c2', name: 'Roastery events', channel: 'Meta Cloud', lamp: 'stopped', numbers: [], tab: 'doctor', waiting: 2, version: 1, deeds: { start: { possible: true }, stop: { possible: false }, restart: { possible: false } }, fields: [], errors: {}, handOff: [], rejected: [], rejectedCount: 0 } } },
  { page: 'channels', name: 'quiet-hand-off', data: { connections, connection: { id: 'c4', name: 'Test phones', channel: 'Simulator', lamp: 'running', numbers: [test], tab: 'hand-off', waiting: 0, version: 1, deeds: { start: { possible: false }, stop: { possible: true }, restart: { possible: true } }, fields: [], errors: {}, handOff: [], rejected: [], rejectedCount: 0 } } },
  { page: 'channels', name: 'quiet-rejected', data: { connections, connection: { id: 'c4', name: 'Test phones', channel: 'Simulator', lamp: 'running', numbers: [test], tab: 'rejected', waiting: 0, version: 1, deeds: { start: { possible: false }, stop: { possible: true }, restart: { possible: true } }, fields: [], errors: {}, handOff: [], rejected: [], rejectedCount: 0 } } },
  { page: 'channels', name: 'list', data: { connections } },
  { page: 'channels', name: 'empty', data: { connections: [] } },
];
