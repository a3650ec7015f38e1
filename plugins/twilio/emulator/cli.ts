/** `switchboard emulate twilio`: the emulator as a command. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { faultKinds, isFault } from '../../meta-cloud/emulator/faults.ts';
import { startEmulator, type StatusDelays } from './server.ts';

const help = `switchboard emulate twilio [options]

Twilio's API on this machine, with a page at its address. Point a Twilio connection's "API base URL" at it, and this at the connection's
webhook URL (or let the connection subscribe).

  --port N              where it listens (4030; 0 takes a free port)
  --webhook URL         where messages are posted: the connection's webhook URL
  --reach PUBLIC=LOCAL  call LOCAL where PUBLIC is meant, for example https://bot.example.test=http://127.0.0.1:3000; may be repeated.
                        Signatures name the public address
  --account-sid SID     the account (made up and printed unless given)
  --auth-token TEXT     signs the webhooks and opens the API (made up and printed unless given)
  --key SID:SECRET      an API key; may be repeated
  --sender ADDRESS      a WhatsApp sender; may be repeated (whatsapp:+14155550100)
  --phone NUMBER        a rented number without WhatsApp; may be repeated
  --service SID         a Messaging Service with all senders in it
  --no-statuses         report neither sent nor delivered nor read
  --delays A,B,C        milliseconds until sent, delivered, read (10,30,60); leave one empty to skip it
  --latency N           milliseconds an answer takes
  --duplicate N         post every webhook N more times
  --reorder             let webhooks go in the opposite order
  --fault JSON          for example '{"kind":"error","code":63018,"next":3}'; may be repeated
                        kinds: ${faultKinds.join(', ')}
  --write TEXT          one message from a customer once it listens, then go on
  --from PHONE          who writes it (628120000002)
  --quiet               print what it is, but not what it does
  --help

While it runs: GET /emulator/messages · GET /emulator/requests · GET /emulator/deliveries · POST /emulator/faults
POST /emulator/customer {"from":"628120000002","name":"Ana","text":"Halo"}
`;

const options = {
  port: { type: 'string', default: '4030' },
  webhook: { type: 'string' },
  reach: { type: 'string', multiple: true },
  'account-sid': { type: 'string' },
  'auth-token': { type: 'string' },
  key: { type: 'string', multiple: true },
  sender: { type: 'string', multiple: true },
  phone: { type: 'string', multiple: true },
  service: { type: 'string' },
  'no-statuses': { type: 'boolean', default: false },
  delays: { type: 'string' },
  latency: { type: 'string' },
  duplicate: { type: 'string', default: '0' },
  reorder: { type: 'boolean', default: false },
  fault: { type: 'string', multiple: true },
  write: { type: 'string' },
  from: { type: 'string', default: '628120000002' },
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
    authToken: values['auth-token'] ?? randomBytes(16).toString('hex'),
    keys: Object.fromEntries((values.key ?? []).map((pair) => parted(pair, ':', 'key'))),
    reach: Object.fromEntries((values.reach ?? []).map((pair) => parted(pair, '=', 'reach').map(originIn))),
    statuses: values['no-statuses'] ? false : values.delays === undefined ? true : delays(values.delays),
    latencyMs: values.latency === undefined ? 0 : whole(values.latency, 'latency'),
    webhooks: { duplicate: whole(values.duplicate, 'duplicate'), reorder: values.reorder },
    ...(values['account-sid'] !== undefined && { accountSid: values['account-sid'] }),
    ...(values.sender && { senders: values.sender }),
    ...(values.phone && { phones: values.phone }),
    ...(values.service !== undefined && { messagingServiceSid: values.service }),
    ...(values.webhook !== undefined && { webhookUrl: values.webhook }),
    ...(!values.quiet && { log: (line: string) => print(`${new Date().toISOString()} ${line}`) }),
  });
  emulator.faults.add(...faults);
  const { settings } = emulator;
  print(`Twilio's API, emulated, at ${emulator.url}`);
  print(`  account SID       ${settings.accountSid}`);
  print(`  auth token        ${settings.authToken}`);
  print(`  senders           ${settings.senders.join(', ')}`);
  print(`  messages go to    ${values.webhook ?? 'nowhere yet: give --webhook, or subscribe from the connection'}`);
  if (values.write !== undefined) void emulator.customer.write({ from: values.from, name: 'Ana', text: values.write });
  await stopped(stop);
  await emulator.close();
}

function stopped(stop: AbortSignal | undefined): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      process.off('SIGINT', end).off('SIGTERM', end);
      done();
    };
    process.once('SIGINT', end).once('SIGTERM', end);
    if (stop?.aborted === true) end();
    else stop?.addEventListener('abort', end, { once: true });
  });
}

function whole(written: string, option: string): number {
  if (!/^\d{1,9}$/.test(written)) throw new Error(`--${option} is a whole number, not “${written}”.`);
  return Number(written);
}

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

function delays(written: string): StatusDelays {
  const [sent, delivered, read] = written.split(',').map((part) => (part.trim() === '' ? undefined : whole(part.trim(), 'delays')));
  return { ...(sent !== undefined && { sent }), ...(delivered !== undefined && { delivered }), ...(read !== undefined && { read }) };
}

function faultFrom(written: string) {
  let fault: unknown;
  try {
    fault = JSON.parse(written);
  } catch {
    throw new Error(`--fault is JSON, for example {"kind":"hang"}, not “${written}”.`);
  }
  if (!isFault(fault)) throw new Error(`--fault names one of these kinds: ${faultKinds.join(', ')}.`);
  return fault;
}
