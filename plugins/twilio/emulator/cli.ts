/** `switchboard emulate twilio`: the emulator as a command. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { command, usualOptions } from '../../emulator/command.ts';
import { startEmulator } from './server.ts';

const options = {
  ...usualOptions,
  reach: { type: 'string', multiple: true },
  'account-sid': { type: 'string' },
  'auth-token': { type: 'string' },
  key: { type: 'string', multiple: true },
  sender: { type: 'string', multiple: true },
  phone: { type: 'string', multiple: true },
  service: { type: 'string' },
} as const;

export const main = command({
  plugin: 'twilio',
  name: 'Twilio’s API',
  about: `Twilio's API on this machine. Point a Twilio connection's "API base URL" at it, and this at the connection's webhook URL (or let
the connection subscribe).`,
  port: 4030,
  fault: '{"kind":"error","code":63018,"next":3}',
  own: [
    ['--reach PUBLIC=LOCAL', 'call LOCAL where PUBLIC is meant, for example https://bot.example.test=http://127.0.0.1:3000; may be'],
    ['', 'repeated. Signatures name the public address'],
    ['--account-sid SID', 'the account (made up and printed unless given)'],
    ['--auth-token TEXT', 'signs the webhooks and opens the API (made up and printed unless given)'],
    ['--key SID:SECRET', 'an API key; may be repeated'],
    ['--sender ADDRESS', 'a WhatsApp sender; may be repeated (whatsapp:+14155550100)'],
    ['--phone NUMBER', 'a rented number without WhatsApp; may be repeated'],
    ['--service SID', 'a Messaging Service with all senders in it'],
  ],
  routes: ['template {"id":"HX…","status":"approved"} · POST /emulator/status {"id":"SM…","status":"failed","code":63024}'],
  otherwise: ', or subscribe from the connection',
  parse: (args) => parseArgs({ args, options, strict: true }).values,
  async start(values, stand) {
    const emulator = await startEmulator({
      ...stand,
      authToken: values['auth-token'] ?? randomBytes(16).toString('hex'),
      keys: Object.fromEntries((values.key ?? []).map((pair) => parted(pair, ':', 'key'))),
      reach: Object.fromEntries((values.reach ?? []).map((pair) => parted(pair, '=', 'reach').map(originIn))),
      ...(values['account-sid'] !== undefined && { accountSid: values['account-sid'] }),
      ...(values.sender && { senders: values.sender }),
      ...(values.phone && { phones: values.phone }),
      ...(values.service !== undefined && { messagingServiceSid: values.service }),
    });
    const { settings } = emulator;
    return {
      emulator,
      needs: [
        ['account SID', settings.accountSid],
        ['auth token', settings.authToken],
        ['senders', settings.senders.join(', ')],
      ],
    };
  },
});

function parted(written: string, sign: string, option: string): [string, string] {
  const at = written.indexOf(sign);
  if (at < 1 || at === written.length - 1) throw new Error(`--${option} has two parts with “${sign}” between them, not “${written}”.`);
  return [written.slice(0, at), written.slice(at + 1)];
}

function originIn(written: string): string {
  const origin = URL.parse(written)?.origin;
  if (origin === undefined) throw new Error(`--reach names addresses such as http://127.0.0.1:3000, not “${written}”.`);
  return origin;
}
