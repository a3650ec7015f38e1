/** `switchboard emulate qontak`: the emulator as a command. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { faultKinds } from '../../meta-cloud/emulator/faults.ts';
import { faultFrom, stopped, whole } from './options.ts';
import { startEmulator } from './server.ts';

const help = `switchboard emulate qontak [options]

A Qontak on this machine. Point a Qontak connection's "API base URL" at it, then register the endpoint from the connection.

  --port N               where it listens (4030; 0 takes a free port)
  --webhook URL          where events are posted until a connection registers: a connection's callback URL
  --access-token TEXT    what calls may carry; may be repeated (made up and printed unless given)
  --client-id TEXT       what signed calls name (emulated-client)
  --client-secret TEXT   what they are signed with (made up and printed unless given)
  --organization UUID    the organization
  --integration UUID     a channel integration; may be repeated
  --no-statuses          report neither sent nor delivered nor read
  --latency N            milliseconds an answer takes
  --duplicate N          post every event N more times
  --fault JSON           for example '{"kind":"error","status":429,"next":3}'; may be repeated
                         kinds: ${faultKinds.join(', ')}
  --quiet                print what it is, but not what it does
  --help

GET / is a page to write as a customer, read every request and switch faults on.
While it runs: GET /emulator/messages · GET /emulator/requests · GET /emulator/deliveries · POST /emulator/faults
POST /emulator/customer {"from":"628120000002","name":"Ana","text":"Halo"} · POST /emulator/agent {"from":"628120000002","text":"…"}
POST /emulator/room {"from":"628120000002","status":"assigned|resolved","session":"open|closed"}
`;

const options = {
  port: { type: 'string', default: '4030' },
  webhook: { type: 'string' },
  'access-token': { type: 'string', multiple: true },
  'client-id': { type: 'string' },
  'client-secret': { type: 'string' },
  organization: { type: 'string' },
  integration: { type: 'string', multiple: true },
  'no-statuses': { type: 'boolean', default: false },
  latency: { type: 'string', default: '0' },
  duplicate: { type: 'string', default: '0' },
  fault: { type: 'string', multiple: true },
  quiet: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Runs until it is told to stop (SIGINT, SIGTERM or `stop`).
 * @throws Error with a plain sentence when an option cannot be used
 */
export async function main(args: string[], stop?: AbortSignal, print: (line: string) => void = console.log): Promise<void> {
  const { values } = parseArgs({ args, options, strict: true });
  if (values.help) {
    print(help);
    return;
  }
  const faults = (values.fault ?? []).map(faultFrom);
  const made = () => randomBytes(16).toString('hex');
  const emulator = await startEmulator({
    port: whole(values.port, 'port'),
    accessToken: values['access-token'] ?? [`tok_${made()}`],
    clientSecret: values['client-secret'] ?? made(),
    statuses: !values['no-statuses'],
    latencyMs: whole(values.latency, 'latency'),
    duplicate: whole(values.duplicate, 'duplicate'),
    ...(values['client-id'] !== undefined && { clientId: values['client-id'] }),
    ...(values.organization !== undefined && { organizationId: values.organization }),
    ...(values.integration && { channelIntegrationIds: values.integration }),
    ...(values.webhook !== undefined && { webhookUrl: values.webhook }),
    ...(!values.quiet && { log: (line: string) => print(`${new Date().toISOString()} ${line}`) }),
  });
  emulator.faults.add(...faults);
  const { settings, account } = emulator;
  print(`Qontak, emulated, at ${emulator.url}`);
  print(`  API base URL             ${settings.apiBaseUrl}`);
  print(`  access token             ${settings.accessToken}`);
  print(`  client ID, secret        ${account.clientId}, ${account.clientSecret}`);
  print(`  organization ID          ${account.organization}`);
  print(`  channel integration IDs  ${account.integrations.map(({ id }) => id).join(', ')}`);
  print(`  events go to             ${emulator.webhookUrl ?? 'nowhere yet: register the endpoint from the connection, or give --webhook'}`);
  await stopped(stop);
  await emulator.close();
}
