/** The commands `switchboard emulate …`: their usual options and words, and running until told to stop. */
import type { ParseArgsOptionsConfig } from 'node:util';
import type { Shape } from './courier.ts';
import { type Fault, faultKinds, isFault } from './faults.ts';
import type { Provider, Stand, StandOptions } from './stand.ts';
import type { StatusDelays } from './statuses.ts';

export const usualOptions = {
  port: { type: 'string' },
  webhook: { type: 'string' },
  'no-statuses': { type: 'boolean', default: false },
  delays: { type: 'string' },
  latency: { type: 'string', default: '0' },
  duplicate: { type: 'string', default: '0' },
  reorder: { type: 'boolean', default: false },
  fault: { type: 'string', multiple: true },
  write: { type: 'string' },
  from: { type: 'string', default: '628120000002' },
  quiet: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsOptionsConfig;

/** As `parseArgs` gives them. */
interface UsualValues {
  port?: string | undefined;
  webhook?: string | undefined;
  'no-statuses': boolean;
  delays?: string | undefined;
  latency: string;
  duplicate: string;
  reorder: boolean;
  fault?: string[] | undefined;
  write?: string | undefined;
  from: string;
  quiet: boolean;
  help: boolean;
}

type Print = (line: string) => void;
type Lines = readonly (readonly [option: string, says: string])[];

interface Command<Values extends UsualValues> {
  plugin: string;
  /** Whose API it is. */
  name: string;
  /** What it is, and what to point where. */
  about: string;
  port: number;
  fault: string;
  own: Lines;
  /** Control routes beside the usual ones, with an example. */
  routes?: readonly string[];
  /** How events find their way where no webhook was given. */
  otherwise?: string;
  /** @throws Error about an option that it does not know */
  parse(args: string[]): Values;
  /** Starts the emulator, and says what a connection needs to be told. */
  start(values: Values, stand: StandOptions & { webhooks: Partial<Shape> }, print: Print): Promise<{ emulator: Emulator; needs: Lines }>;
}

interface Emulator extends Pick<Stand, 'url' | 'webhookUrl' | 'close'> {
  customer: Pick<Provider, 'write'>;
}

/** @throws Error with a plain sentence when an option cannot be used */
type Main = (args: string[], stop?: AbortSignal, print?: Print) => Promise<void>;

/** Prints what a connection needs and goes on until it is told to stop (SIGINT, SIGTERM or `stop`). */
export function command<Values extends UsualValues>(of: Command<Values>): Main {
  return async (args, stop, print = console.log) => {
    const values = of.parse(args);
    if (values.help) return print(helpOf(of));
    const { emulator, needs } = await of.start(values, standOptionsOf(values, of.port, print), print);
    const lines: Lines = [...needs, ['events go to', emulator.webhookUrl ?? `nowhere yet: give --webhook${of.otherwise ?? ''}`]];
    const width = Math.max(...lines.map(([what]) => what.length));
    print(`${of.name}, emulated, at ${emulator.url}`);
    for (const [what, value] of lines) print(`  ${what.padEnd(width)}  ${value}`);
    if (values.write !== undefined) void emulator.customer.write({ from: values.from, name: 'Ana', text: values.write });
    await stopped(stop);
    await emulator.close();
  };
}

function helpOf({ plugin, about, port, fault, own, routes = [] }: Omit<Command<never>, 'parse' | 'start'>): string {
  const lines: Lines = [
    ['--port N', `where it listens (${port}; 0 takes a free port)`],
    ['--webhook URL', 'where events are posted: the connection’s callback URL'],
    ...own,
    ['--no-statuses', 'report neither sent nor delivered nor read'],
    ['--delays A,B,C', 'milliseconds until sent, delivered, read (10,30,60); leave one empty to skip it'],
    ['--latency N', 'milliseconds an answer takes'],
    ['--duplicate N', 'post every webhook N more times'],
    ['--reorder', 'let webhooks go in the opposite order'],
    ['--fault JSON', `for example '${fault}'; may be repeated`],
    ['', `kinds: ${faultKinds.join(', ')}`],
    ['--write TEXT', 'one message from a customer once it listens, then go on'],
    ['--from PHONE', 'who writes it (628120000002)'],
    ['--quiet', 'print what it is, but not what it does'],
    ['--help', ''],
  ];
  const width = Math.max(...lines.map(([option]) => option.length));
  return `switchboard emulate ${plugin} [options]

${about}

${lines.map(([option, says]) => `  ${option.padEnd(width)}  ${says}`.trimEnd()).join('\n')}

Its address shows a page to write as a customer, read every request with its verdict and switch faults on. For scripts:
GET /emulator/messages · GET /emulator/requests · GET /emulator/deliveries · GET /emulator/state · POST /emulator/faults
POST /emulator/customer {"from":"628120000002","name":"Ana","text":"Halo"}
${routes.map((route) => `POST /emulator/${route}\n`).join('')}`;
}

/** @throws Error with a plain sentence when an option cannot be used */
function standOptionsOf(values: UsualValues, port: number, print: Print): StandOptions & { webhooks: Partial<Shape> } {
  return {
    port: values.port === undefined ? port : whole(values.port, 'port'),
    statuses: values['no-statuses'] ? false : values.delays === undefined ? true : delaysIn(values.delays),
    latencyMs: whole(values.latency, 'latency'),
    webhooks: { duplicate: whole(values.duplicate, 'duplicate'), reorder: values.reorder },
    faults: (values.fault ?? []).map(faultFrom),
    ...(values.webhook !== undefined && { webhookUrl: values.webhook }),
    ...(!values.quiet && { log: (line: string) => print(`${new Date().toISOString()} ${line}`) }),
  };
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

/** @throws Error with a plain sentence */
export function whole(written: string, option: string): number {
  if (!/^\d{1,9}$/.test(written)) throw new Error(`--${option} is a whole number, not “${written}”.`);
  return Number(written);
}

/** @throws Error with a plain sentence */
export function choice<const T extends string>(option: string, written: string, offered: readonly T[]): T {
  const found = offered.find((one) => one === written);
  if (found === undefined) throw new Error(`--${option} is one of ${offered.join(', ')}, not “${written}”.`);
  return found;
}

function delaysIn(written: string): StatusDelays {
  const [sent, delivered, read] = written.split(',').map((part) => (part.trim() === '' ? undefined : whole(part.trim(), 'delays')));
  return { ...(sent !== undefined && { sent }), ...(delivered !== undefined && { delivered }), ...(read !== undefined && { read }) };
}

function faultFrom(written: string): Fault {
  let fault: unknown;
  try {
    fault = JSON.parse(written);
  } catch {
    throw new Error(`--fault is JSON, for example {"kind":"hang"}, not “${written}”.`);
  }
  if (!isFault(fault)) throw new Error(`--fault names one of these kinds: ${faultKinds.join(', ')}.`);
  return fault;
}
