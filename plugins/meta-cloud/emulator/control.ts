/** The emulator's own routes under /emulator: faults, customers and records, for scripts in any language. */
import { object, objects, text, type Loose } from '#plugin';
import type { Written } from './customer.ts';
import type { Emulator } from './emulator.ts';
import { faultKinds, isFault } from './faults.ts';
import type { State } from './state.ts';

interface Control {
  method: string;
  url: string;
  host: string;
  /** Whose page asks, where a page asks. */
  origin: string | undefined;
  body: string;
}

interface Answer {
  status: number;
  body: string;
}

const json = (value: unknown, status = 200): Answer => ({ status, body: JSON.stringify(value) });

export async function controlAnswer({ method, url, host, origin, body }: Control, emulator: Emulator, state: State): Promise<Answer> {
  // A page in the browser must not reach this by a name of its own that leads to 127.0.0.1.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return json({ error: 'Ask 127.0.0.1 or localhost.' }, 403);
  if (origin !== undefined && origin !== `http://${host}`) return json({ error: 'Pages of other sites may not ask.' }, 403);
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const given = read(body);
  if (given === undefined) return json({ error: 'The body is not JSON.' }, 400);
  switch (`${method} ${pathname}`) {
    case 'GET /emulator':
      return json({ messages: state.messages.length, requests: state.requests.length, faults: emulator.faults.list(), webhooks: emulator.webhooks, latencyMs: emulator.latencyMs, callback: state.callback });
    case 'GET /emulator/messages': {
      const after = Number(searchParams.get('after') ?? 0);
      return json({ total: state.messages.length, messages: state.messages.slice(after, after + Number(searchParams.get('limit') ?? 10_000)) });
    }
    case 'DELETE /emulator/messages':
      state.messages.length = 0;
      return json({ total: 0 });
    case 'GET /emulator/requests':
      return json({ requests: state.requests });
    case 'GET /emulator/deliveries':
      return json({ deliveries: emulator.deliveries });
    case 'POST /emulator/faults':
      return setFaults(given, emulator);
    case 'DELETE /emulator/faults':
      emulator.faults.clear();
      Object.assign(emulator.webhooks, { duplicate: 0, batch: 1, reorder: false });
      emulator.latencyMs = 0;
      return json({ faults: [] });
    case 'POST /emulator/customer':
      return await write(given, emulator);
    case 'POST /emulator/tell':
      return json(await emulator.tell(text(object(given)?.field) ?? '', object(object(given)?.value) ?? {}, text(object(given)?.account)));
    case 'GET /emulator/state':
      return json({ numbers: [...state.numbers.values()], templates: [...state.templates.values()], subscriptions: Object.fromEntries(state.subscriptions), appId: state.appId, configId: state.configId, accounts: [...state.accounts] });
    case 'POST /emulator/number':
      return changed(() => emulator.change(text(object(given)?.id) ?? '', object(given) ?? {}));
    case 'POST /emulator/token':
      return changed(() => emulator.issue(text(object(given)?.token) ?? '', object(given) ?? {}));
    case 'POST /emulator/template':
      return await decided(object(given) ?? {}, emulator);
    case 'POST /emulator/file': {
      const file = object(given);
      return json(emulator.store(Buffer.from(text(file?.base64) ?? '', 'base64'), text(file?.mime) ?? 'application/octet-stream', text(file?.name) ?? 'file'));
    }
    case 'POST /emulator/sign-in':
      return json({ code: emulator.signIn(object(given) ?? {}) });
    case 'POST /emulator/webhook':
      emulator.setWebhookUrl(text(object(given)?.url) ?? '');
      return json({ callback: state.callback });
    case 'POST /emulator/handshake':
      return json(await emulator.handshake());
    case 'POST /emulator/idle':
      await emulator.idle();
      return json({ idle: true });
    default:
      return json({ error: `There is no ${method} ${pathname} here.` }, 404);
  }
}

function changed(change: () => void): Answer {
  try {
    change();
    return json({ done: true });
  } catch (error) {
    return json({ error: error instanceof Error ? error.message : 'It failed.' }, 404);
  }
}

async function decided({ id, status, reason }: Loose, emulator: Emulator): Promise<Answer> {
  try {
    return json(await emulator.decide(text(id) ?? '', text(status) ?? 'APPROVED', text(reason)));
  } catch (error) {
    return json({ error: error instanceof Error ? error.message : 'It failed.' }, 404);
  }
}

function read(body: string): unknown {
  if (body === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** One fault, a list of them, or `{ faults, webhooks, latencyMs }`. */
function setFaults(given: unknown, emulator: Emulator): Answer {
  const whole = object(given);
  const faults = Array.isArray(given) ? objects(given) : whole && 'kind' in whole ? [whole] : objects(whole?.faults);
  const wrong = faults.find((fault) => !isFault(fault));
  if (wrong) return json({ error: `A fault's kind is one of ${faultKinds.join(', ')}.` }, 400);
  emulator.faults.add(...faults.flatMap((fault) => (isFault(fault) ? [fault] : [])));
  disturbWebhooks(object(whole?.webhooks), emulator);
  if (typeof whole?.latencyMs === 'number') emulator.latencyMs = whole.latencyMs;
  return json({ faults: emulator.faults.list(), webhooks: emulator.webhooks, latencyMs: emulator.latencyMs });
}

function disturbWebhooks(wanted: Loose | undefined, { webhooks }: Emulator): void {
  if (typeof wanted?.duplicate === 'number') webhooks.duplicate = wanted.duplicate;
  if (typeof wanted?.batch === 'number') webhooks.batch = Math.max(1, wanted.batch);
  if (typeof wanted?.reorder === 'boolean') webhooks.reorder = wanted.reorder;
  if (typeof wanted?.holdMs === 'number') webhooks.holdMs = wanted.holdMs;
}

async function write(given: unknown, emulator: Emulator): Promise<Answer> {
  if (!isWritten(given)) return json({ error: 'Who writes? Give from (a phone number) or userId.' }, 400);
  return json(await emulator.customer.write(given));
}

/** The rest of it is passed on as it is: a test may well want to send nonsense. */
function isWritten(given: unknown): given is Written {
  const body = object(given);
  return text(body?.from) !== undefined || text(body?.userId) !== undefined;
}
