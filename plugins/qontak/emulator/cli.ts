/** `switchboard emulate qontak`: the emulator as a command. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { command, usualOptions } from '../../emulator/command.ts';
import { startEmulator } from './server.ts';

const options = {
  ...usualOptions,
  'access-token': { type: 'string', multiple: true },
  'client-id': { type: 'string' },
  'client-secret': { type: 'string' },
  organization: { type: 'string' },
  integration: { type: 'string', multiple: true },
} as const;

export const main = command({
  plugin: 'qontak',
  name: 'Qontak',
  about: 'A Qontak on this machine. Point a Qontak connection\'s "API base URL" at it, then register the endpoint from the connection.',
  port: 4050,
  fault: '{"kind":"error","status":429,"next":3}',
  own: [
    ['--access-token TEXT', 'what calls may carry; may be repeated (made up and printed unless given)'],
    ['--client-id TEXT', 'what signed calls name (emulated-client)'],
    ['--client-secret TEXT', 'what they are signed with (made up and printed unless given)'],
    ['--organization UUID', 'the organization'],
    ['--integration UUID', 'a channel integration; may be repeated'],
  ],
  routes: ['agent {"from":"628120000002","text":"…"}', 'room {"from":"628120000002","status":"assigned|resolved","session":"open|closed"}', 'template {"id":"…","status":"APPROVED"}'],
  otherwise: ', or register the endpoint from the connection',
  parse: (args) => parseArgs({ args, options, strict: true }).values,
  async start(values, stand) {
    const made = () => randomBytes(16).toString('hex');
    const emulator = await startEmulator({
      ...stand,
      accessToken: values['access-token'] ?? [`tok_${made()}`],
      clientSecret: values['client-secret'] ?? made(),
      ...(values['client-id'] !== undefined && { clientId: values['client-id'] }),
      ...(values.organization !== undefined && { organizationId: values.organization }),
      ...(values.integration && { channelIntegrationIds: values.integration }),
    });
    const { settings, account } = emulator;
    return {
      emulator,
      needs: [
        ['API base URL', settings.apiBaseUrl],
        ['access token', settings.accessToken ?? ''],
        ['client ID, secret', `${account.clientId}, ${account.clientSecret}`],
        ['organization ID', account.organization],
        ['channel integration IDs', account.integrations.map(({ id }) => id).join(', ')],
      ],
    };
  },
});
