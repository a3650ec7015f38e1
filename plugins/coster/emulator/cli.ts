/** `switchboard emulate coster`: the emulator as a command. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { choice, command, usualOptions } from '../../emulator/command.ts';
import { startEmulator, type Wrapping } from './server.ts';

const options = {
  ...usualOptions,
  face: { type: 'string', default: 'm2m' },
  'access-token': { type: 'string' },
  'account-code': { type: 'string' },
  'account-id': { type: 'string' },
  phone: { type: 'string' },
  'webhook-secret': { type: 'string' },
  wrapping: { type: 'string', default: 'envelope' },
} as const;

export const main = command({
  plugin: 'coster',
  name: 'Coster',
  about: 'A Coster on this machine, after what customers\' code shows. Green against it is no evidence for the real one.',
  port: 4040,
  fault: '{"kind":"error","code":1015,"status":429}',
  own: [
    ['--face m2m|bot', 'which API the printed settings are for (m2m); both answer'],
    ['--access-token TEXT', 'what calls must carry (made up and printed unless given)'],
    ['--account-code TEXT', 'of m2m\'s address'],
    ['--account-id TEXT', 'account_id of bot'],
    ['--phone DIGITS', 'the number (628110000001)'],
    ['--webhook-secret TEXT', 'sent with every webhook in x-webhook-secret'],
    ['--wrapping KIND', 'of Meta\'s words in bot\'s webhooks: envelope, entry or value (envelope)'],
  ],
  parse: (args) => parseArgs({ args, options, strict: true }).values,
  async start(values, stand) {
    const emulator = await startEmulator({
      ...stand,
      face: choice('face', values.face, ['m2m', 'bot'] as const),
      accessToken: values['access-token'] ?? randomBytes(16).toString('hex'),
      wrapping: choice('wrapping', values.wrapping, ['envelope', 'entry', 'value'] satisfies Wrapping[]),
      ...(values['account-code'] !== undefined && { accountCode: values['account-code'] }),
      ...(values['account-id'] !== undefined && { accountId: values['account-id'] }),
      ...(values.phone !== undefined && { phone: values.phone }),
      ...(values['webhook-secret'] !== undefined && { webhookSecret: values['webhook-secret'] }),
    });
    const { settings } = emulator;
    return {
      emulator,
      needs: [
        ['address of m2m, bot', `${settings.m2mUrl}, ${settings.botUrl}`],
        ['address of media', settings.mediaUrl],
        ['access token', settings.accessToken],
        ['account code, ID', `${settings.accountCode ?? ''}, ${settings.accountId ?? ''}`],
        ['phone identity', settings.phoneNumbers?.join(', ') ?? ''],
      ],
    };
  },
});
