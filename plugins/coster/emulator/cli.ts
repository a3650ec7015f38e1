/** `switchboard emulate coster`: the emulator as a command. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { faultKinds } from '../../meta-cloud/emulator/faults.ts';
import { faultFrom, stopped, whole } from '../../qontak/emulator/options.ts';
import { startEmulator, type Wrapping } from './server.ts';

const help = `switchboard emulate coster [options]

A Coster on this machine, after what customers' code shows. Green against it is no evidence for the real one.

  --port N               where it listens (4040; 0 takes a free port)
  --webhook URL          where events are posted: the connection's callback URL
  --face m2m|bot         which API the printed settings are for (m2m); both answer
  --access-token TEXT    what calls must carry (made up and printed unless given)
  --account-code TEXT    of m2m's address
  --account-id TEXT      account_id of bot
  --phone DIGITS         the number (628110000001)
  --webhook-secret TEXT  sent with every webhook in x-webhook-secret
  --wrapping KIND        of Meta's words in bot's webhooks: envelope, entry or value (envelope)
  --no-statuses          report neither sent nor delivered nor read
  --latency N            milliseconds an answer takes
  --duplicate N          post every event N more times
  --fault JSON           for example '{"kind":"error","code":1015,"status":429}'; may be repeated
                         kinds: ${faultKinds.join(', ')}
  --quiet                print what it is, but not what it does
  --help

GET / is a page to write as a customer, read every request and switch faults on.
While it runs: GET /emulator/messages · GET /emulator/requests · GET /emulator/deliveries · POST /emulator/faults
POST /emulator/customer {"from":"628120000002","name":"Ana","text":"Halo"}
`;

const options = {
  port: { type: 'string', default: '4040' },
  webhook: { type: 'string' },
  face: { type: 'string', default: 'm2m' },
  'access-token': { type: 'string' },
  'account-code': { type: 'string' },
  'account-id': { type: 'string' },
  phone: { type: 'string' },
  'webhook-secret': { type: 'string' },
  wrapping: { type: 'string', default: 'envelope' },
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
  const emulator = await startEmulator({
    port: whole(values.port, 'port'),
    face: choice('face', values.face, ['m2m', 'bot'] as const),
    accessToken: values['access-token'] ?? randomBytes(16).toString('hex'),
    wrapping: choice('wrapping', values.wrapping, ['envelope', 'entry', 'value'] satisfies Wrapping[]),
    statuses: !values['no-statuses'],
    latencyMs: whole(values.latency, 'latency'),
    duplicate: whole(values.duplicate, 'duplicate'),
    ...(values['account-code'] !== undefined && { accountCode: values['account-code'] }),
    ...(values['account-id'] !== undefined && { accountId: values['account-id'] }),
    ...(values.phone !== undefined && { phone: values.phone }),
    ...(values['webhook-secret'] !== undefined && { webhookSecret: values['webhook-secret'] }),
    ...(values.webhook !== undefined && { webhookUrl: values.webhook }),
    ...(!values.quiet && { log: (line: string) => print(`${new Date().toISOString()} ${line}`) }),
  });
  emulator.faults.add(...faults);
  const { settings } = emulator;
  print(`Coster, emulated, at ${emulator.url}`);
  print(`  address of m2m, bot   ${settings.m2mUrl}, ${settings.botUrl}`);
  print(`  address of media      ${settings.mediaUrl}`);
  print(`  access token          ${settings.accessToken}`);
  print(`  account code, ID      ${settings.accountCode ?? ''}, ${settings.accountId ?? ''}`);
  print(`  phone identity        ${settings.phoneNumbers?.join(', ') ?? ''}`);
  print(`  events go to          ${emulator.webhookUrl ?? 'nowhere yet: give --webhook'}`);
  await stopped(stop);
  await emulator.close();
}

/** @throws Error with a plain sentence */
function choice<const T extends string>(option: string, written: string, offered: readonly T[]): T {
  const found = offered.find((one) => one === written);
  if (found === undefined) throw new Error(`--${option} is one of ${offered.join(', ')}, not “${written}”.`);
  return found;
}
