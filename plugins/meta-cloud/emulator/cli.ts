/** `switchboard emulate meta-cloud`: the emulator as a command. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { command, usualOptions, whole } from '../../emulator/command.ts';
import { startEmulator } from './server.ts';

const options = {
  ...usualOptions,
  'app-secret': { type: 'string' },
  'access-token': { type: 'string', multiple: true },
  'verify-token': { type: 'string' },
  number: { type: 'string', multiple: true },
  waba: { type: 'string' },
  'other-account': { type: 'string', multiple: true },
  'app-id': { type: 'string' },
  batch: { type: 'string', default: '1' },
  handshake: { type: 'boolean', default: false },
} as const;

export const main = command({
  plugin: 'meta-cloud',
  name: 'Meta’s Graph API',
  about: 'A Graph API on this machine. Point a Meta Cloud connection\'s "API base URL" at it, and this at the connection\'s callback URL.',
  port: 4020,
  fault: '{"kind":"error","code":130429,"next":3}',
  own: [
    ['--app-secret TEXT', 'signs the events (made up and printed unless given)'],
    ['--access-token TEXT', 'what calls must carry; may be repeated (made up and printed unless given)'],
    ['--verify-token TEXT', 'what the handshake names (made up and printed unless given)'],
    ['--number ID', 'a phone number ID; may be repeated (108100000000001)'],
    ['--waba ID', 'the business account ID (102000000000001)'],
    ['--other-account ID=N', 'another business account and its numbers, with commas; may be repeated'],
    ['--app-id ID', 'the app ID (670000000000001)'],
    ['--batch N', 'put N events into one delivery'],
    ['--handshake', 'shake hands with the webhook once it listens'],
  ],
  routes: [
    'number {"id":"108100000000001","status":"PENDING"} · POST /emulator/token {"token":"EAA…","revoked":true}',
    'template {"id":"…","status":"APPROVED"} · POST /emulator/file {"mime":"image/png","base64":"…"} · POST /emulator/sign-in {}',
  ],
  otherwise: ', or subscribe from the connection',
  parse: (args) => parseArgs({ args, options, strict: true }).values,
  async start(values, stand, print) {
    const made = () => randomBytes(16).toString('hex');
    const emulator = await startEmulator({
      ...stand,
      webhooks: { ...stand.webhooks, batch: Math.max(1, whole(values.batch, 'batch')) },
      appSecret: values['app-secret'] ?? made(),
      accessToken: values['access-token'] ?? [`EAA${made()}`],
      verifyToken: values['verify-token'] ?? made(),
      ...(values.number && { phoneNumberIds: values.number }),
      ...(values.waba !== undefined && { businessAccountId: values.waba }),
      ...(values['other-account'] && { otherAccounts: Object.fromEntries(values['other-account'].map(account)) }),
      ...(values['app-id'] !== undefined && { appId: values['app-id'] }),
    });
    const { settings } = emulator;
    if (values.handshake) print((await emulator.handshake()).ok ? 'The webhook answered the challenge.' : 'The webhook did not answer the challenge.');
    return {
      emulator,
      needs: [
        ['access token', settings.accessToken],
        ['app secret', settings.appSecret],
        ['verify token', settings.verifyToken],
        ['phone number IDs', settings.phoneNumberIds.join(', ')],
        ['business account ID', settings.businessAccountId],
      ],
    };
  },
});

function account(written: string): [string, string[]] {
  const [, id, numbers = ''] = /^(\d+)(?:=([\d,]*))?$/.exec(written) ?? [];
  if (id === undefined) throw new Error(`--other-account is like 102000000000002=108200000000001, not “${written}”.`);
  return [id, numbers.split(',').filter((number) => number !== '')];
}
