/** The emulator's own routes under /emulator: faults, customers and records, for its page and for scripts in any language. */
import { object, objects, text, type Loose } from '#plugin';
import type { Written } from './customer.ts';
import { faultKinds, isFault } from '../../meta-cloud/emulator/faults.ts';
import { choicesOf } from './messages.ts';
import type { Emulator } from './server.ts';
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
  const asked = object(given);
  switch (`${method} ${pathname}`) {
    case 'GET /emulator':
      return json({ messages: state.messages.length, requests: state.requests.length, faults: emulator.faults.list(), webhooks: emulator.webhooks, latencyMs: emulator.latencyMs, callback: state.callback, senders: [...state.senders.keys()] });
    case 'GET /emulator/messages': {
      const after = Number(searchParams.get('after') ?? 0);
      const messages = state.messages.slice(after, after + Number(searchParams.get('limit') ?? 10_000));
      return json({ total: state.messages.length, messages: messages.map((message) => ({ ...message, choices: choicesOf(message, state) })) });
    }
    case 'DELETE /emulator/messages':
      state.messages.length = 0;
      return json({ total: 0 });
    case 'GET /emulator/requests':
      return json({ requests: state.requests });
    case 'GET /emulator/deliveries':
      return json({ deliveries: emulator.deliveries });
    case 'GET /emulator/state':
      return json({ account: state.account, senders: [...state.senders.values()], contents: [...state.contents.values()], service: state.service ?? null });
    case 'POST /emulator/faults':
      return setFaults(given, emulator);
    case 'DELETE /emulator/faults':
      emulator.faults.clear();
      Object.assign(emulator.webhooks, { duplicate: 0, reorder: false });
      emulator.latencyMs = 0;
      return json({ faults: [] });
    case 'POST /emulator/customer':
      return isWritten(given) ? json(await emulator.customer.write(given)) : json({ error: 'Who writes? Give from (a phone number) or userId.' }, 400);
    case 'POST /emulator/status':
      return await reported(asked ?? {}, emulator, state);
    case 'POST /emulator/number':
      return changed(() => emulator.change(text(asked?.address) ?? '', asked ?? {}));
    case 'POST /emulator/account':
      Object.assign(state.account, asked);
      return json(state.account);
    case 'POST /emulator/token':
      if (asked?.secondary === true) emulator.addToken(text(asked.token) ?? '');
      else emulator.promote(text(asked?.token) ?? '');
      return json({ done: true });
    case 'POST /emulator/template':
      return changed(() => emulator.decide(text(asked?.id) ?? '', text(asked?.status) ?? 'approved', text(asked?.reason)));
    case 'POST /emulator/file':
      return json({ id: emulator.store(Buffer.from(text(asked?.base64) ?? '', 'base64'), text(asked?.mime) ?? 'application/octet-stream', text(asked?.name)) });
    case 'POST /emulator/webhook':
      emulator.setWebhookUrl(text(asked?.url) ?? '');
      return json({ callback: state.callback });
    case 'POST /emulator/idle':
      await emulator.idle();
      return json({ idle: true });
    default:
      return json({ error: `There is no ${method} ${pathname} here.` }, 404);
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

function changed(change: () => void): Answer {
  try {
    change();
    return json({ done: true });
  } catch (error) {
    return json({ error: error instanceof Error ? error.message : 'It failed.' }, 404);
  }
}

async function reported({ id, status, code }: Loose, emulator: Emulator, state: State): Promise<Answer> {
  const message = state.messages.find((one) => one.id === id);
  if (!message) return json({ error: 'There is no such message.' }, 404);
  return json(await emulator.report(message, text(status) ?? 'delivered', typeof code === 'number' ? code : undefined));
}

/** One fault, a list of them, or `{ faults, webhooks, latencyMs }`. */
function setFaults(given: unknown, emulator: Emulator): Answer {
  const whole = object(given);
  const faults = Array.isArray(given) ? objects(given) : whole && 'kind' in whole ? [whole] : objects(whole?.faults);
  const wrong = faults.find((fault) => !isFault(fault));
  if (wrong) return json({ error: `A fault's kind is one of ${faultKinds.join(', ')}.` }, 400);
  emulator.faults.add(...faults.flatMap((fault) => (isFault(fault) ? [fault] : [])));
  const { webhooks } = emulator;
  const wanted = object(whole?.webhooks);
  if (typeof wanted?.duplicate === 'number') webhooks.duplicate = wanted.duplicate;
  if (typeof wanted?.reorder === 'boolean') webhooks.reorder = wanted.reorder;
  if (typeof wanted?.holdMs === 'number') webhooks.holdMs = wanted.holdMs;
  if (typeof whole?.latencyMs === 'number') emulator.latencyMs = whole.latencyMs;
  return json({ faults: emulator.faults.list(), webhooks, latencyMs: emulator.latencyMs });
}

/** The rest of it is passed on as it is: a test may well want to send nonsense. */
function isWritten(given: unknown): given is Written {
  const body = object(given);
  return text(body?.from) !== undefined || text(body?.userId) !== undefined;
}
