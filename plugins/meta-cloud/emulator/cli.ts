/** `switchboard emulate meta-cloud`: the emulator as a command. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { StatusDelays } from './emulator.ts';
import { faultKinds, isFault } from './faults.ts';
import { startEmulator } from './server.ts';

const help = `switchboard emulate meta-cloud [options]

A Graph API on this machine. Point a Meta Cloud connection's "API base URL" at it, and this at the connection's callback URL.

  --port N              where it listens (4020; 0 takes a free port)
  --webhook URL         where events are posted: the connection's callback URL
  --app-secret TEXT     signs the events (made up and printed unless given)
  --access-token TEXT   what calls must carry; may be repeated (made up and printed unless given)
  --verify-token TEXT   what the handshake names (made up and printed unless given)
  --number ID           a phone number ID; may be repeated (108100000000001)
  --waba ID             the business account ID (102000000000001)
  --other-account ID=N  another business account and its numbers, with commas; may be repeated
  --app-id ID           the app ID (670000000000001)
  --no-statuses         report neither sent nor delivered nor read
  --delays A,B,C        milliseconds until sent, delivered, read (10,30,60); leave one empty to skip it
  --latency N           milliseconds an answer takes
  --duplicate N         post every event N more times
  --batch N             put N events into one delivery
  --reorder             let events go in the opposite order
  --fault JSON          for example '{"kind":"error","code":130429,"next":3}'; may be repeated
                        kinds: ${faultKinds.join(', ')}
  --handshake           shake hands with the webhook once it listens
  --write TEXT          one message from a customer once it listens, then go on
  --from PHONE          who writes it (628120000002)
  --quiet               print what it is, but not what it does
  --help

While it runs its page is at the address it prints, and scripts use
GET /emulator/messages · GET /emulator/requests · GET /emulator/deliveries · GET /emulator/state · POST /emulator/faults
POST /emulator/customer {"from":"628120000002","name":"Ana","text":"Halo"}
POST /emulator/number {"id":"108100000000001","status":"PENDING"} · POST /emulator/token {"token":"EAA…","revoked":true}
POST /emulator/template {"id":"…","status":"APPROVED"} · POST /emulator/file {"mime":"image/png","base64":"…"} · POST /emulator/sign-in {}
`;

const options = {
  port: { type: 'string', default: '4020' },
  webhook: { type: 'string' },
  'app-secret': { type: 'string' },
  'access-token': { type: 'string', multiple: true },
  'verify-token': { type: 'string' },
  number: { type: 'string', multiple: true },
  waba: { type: 'string' },
  'other-account': { type: 'string', multiple: true },
  'app-id': { type: 'string' },
  'no-statuses': { type: 'boolean', default: false },
  delays: { type: 'string' },
  latency: { type: 'string' },
  duplicate: { type: 'string', default: '0' },
  batch: { type: 'string', default: '1' },
  reorder: { type: 'boolean', default: false },
  fault: { type: 'string', multiple: true },
  handshake: { type: 'boolean', default: false },
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
  const made = () => randomBytes(16).toString('hex');
  const emulator = await startEmulator({
    port: whole(values.port, 'port'),
    appSecret: values['app-secret'] ?? made(),
    accessToken: values['access-token'] ?? [`EAA${made()}`],
    verifyToken: values['verify-token'] ?? made(),
    statuses: values['no-statuses'] ? false : values.delays === undefined ? true : delays(values.delays),
    latencyMs: values.latency === undefined ? 0 : whole(values.latency, 'latency'),
    webhooks: { duplicate: whole(values.duplicate, 'duplicate'), batch: Math.max(1, whole(values.batch, 'batch')), reorder: values.reorder },
    ...(values.number && { phoneNumberIds: values.number }),
    ...(values.waba !== undefined && { businessAccountId: values.waba }),
    ...(values['other-account'] && { otherAccounts: Object.fromEntries(values['other-account'].map(account)) }),
    ...(values['app-id'] !== undefined && { appId: values['app-id'] }),
    ...(values.webhook !== undefined && { webhookUrl: values.webhook }),
    ...(!values.quiet && { log: (line: string) => print(`${new Date().toISOString()} ${line}`) }),
  });
  emulator.faults.add(...faults);
  const { settings } = emulator;
  print(`Meta's Graph API, emulated, at ${emulator.url}`);
  print(`  access token         ${settings.accessToken}`);
  print(`  app secret           ${settings.appSecret}`);
  print(`  verify token         ${settings.verifyToken}`);
  print(`  phone number IDs     ${settings.phoneNumberIds.join(', ')}`);
  print(`  business account ID  ${settings.businessAccountId}`);
  print(`  events go to         ${values.webhook ?? 'nowhere yet: give --webhook, or subscribe from the connection'}`);
  if (values.handshake) print((await emulator.handshake()).ok ? 'The webhook answered the challenge.' : 'The webhook did not answer the challenge.');
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

function account(written: string): [string, string[]] {
  const [, id, numbers = ''] = /^(\d+)(?:=([\d,]*))?$/.exec(written) ?? [];
  if (id === undefined) throw new Error(`--other-account is like 102000000000002=108200000000001, not “${written}”.`);
  return [id, numbers.split(',').filter((number) => number !== '')];
}

function whole(written: string, option: string): number {
  if (!/^\d{1,9}$/.test(written)) throw new Error(`--${option} is a whole number, not “${written}”.`);
  return Number(written);
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
