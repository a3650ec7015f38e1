/** An emulator's own routes under /emulator: faults, customers and records, for its page and for scripts in any language. */
import { object, objects, text, type Loose } from '#plugin';
import { undisturbed } from './courier.ts';
import { faultKinds, isFault } from './faults.ts';
import type { Ask, Provider, Stand } from './stand.ts';
import { isWritten } from './written.ts';

interface Answer {
  status: number;
  body: unknown;
}

const said = (body: unknown, status = 200): Answer => ({ status, body });

export async function controlAnswer<Message extends object>(ask: Ask, provider: Provider<Message>, stand: Stand): Promise<Answer> {
  const { method, path, query, headers, raw } = ask;
  // A page in the browser must not reach this by a name of its own that leads to 127.0.0.1.
  const host = headers.host ?? '';
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return said({ error: 'Ask 127.0.0.1 or localhost.' }, 403);
  if (headers.origin !== undefined && headers.origin !== `http://${host}`) return said({ error: 'Pages of other sites may not ask.' }, 403);
  const body = raw.length === 0 ? {} : read(raw);
  if (body === undefined) return said({ error: 'The body is not JSON.' }, 400);
  const given = object(body) ?? {};
  const { messages } = provider;
  const route = `${method} ${path}`;
  switch (route) {
    case 'GET /emulator':
      return said(overview(provider, stand));
    case 'GET /emulator/messages': {
      const after = Number(query.get('after') ?? 0);
      const asked = messages.slice(after, after + Number(query.get('limit') ?? 10_000));
      return said({ total: messages.length, messages: asked.map((message) => ({ ...message, choices: provider.choices?.(message) ?? [] })) });
    }
    case 'DELETE /emulator/messages':
      messages.length = 0;
      return said({ total: 0 });
    case 'GET /emulator/requests':
      return said({ requests: stand.requests });
    case 'GET /emulator/deliveries':
      return said({ deliveries: stand.deliveries });
    case 'GET /emulator/state':
      return said(provider.state());
    case 'POST /emulator/faults':
      return setFaults(body, stand);
    case 'DELETE /emulator/faults':
      stand.faults.clear();
      Object.assign(stand.webhooks, undisturbed);
      stand.latencyMs = 0;
      return said({ faults: [] });
    case 'POST /emulator/customer':
      return isWritten(body) ? said(await provider.write(body)) : said({ error: 'Who writes? Give from (a phone number) or userId.' }, 400);
    case 'POST /emulator/webhook':
      stand.webhookUrl = text(given.url);
      return said({ callback: stand.webhookUrl });
    case 'POST /emulator/post':
      return said(await provider.post(object(given.body) ? JSON.stringify(given.body) : (text(given.body) ?? '')));
    case 'POST /emulator/idle':
      await stand.idle();
      return said({ idle: true });
    default:
      return Object.hasOwn(provider.routes, route) ? await ofProvider(() => provider.routes[route]?.(given)) : said({ error: `There is no ${route} here.` }, 404);
  }
}

/** What the page draws itself from. */
function overview<Message extends object>({ name, messages, numbers, templates, forms = [] }: Provider<Message>, { requests, faults, webhooks, latencyMs, webhookUrl }: Stand): object {
  return {
    name, messages: messages.length, requests: requests.length, faults: faults.list(), faultKinds, webhooks, latencyMs, callback: webhookUrl,
    numbers: numbers(), forms, ...(templates && { templates: templates.list(), decisions: templates.decisions }),
  };
}

async function ofProvider(act: () => unknown): Promise<Answer> {
  try {
    return said(await act());
  } catch (error) {
    return said({ error: error instanceof Error ? error.message : 'It failed.' }, 404);
  }
}

function read(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** One fault, a list of them, or `{ faults, webhooks, latencyMs }`. */
function setFaults(given: unknown, stand: Stand): Answer {
  const whole = object(given);
  const wanted: unknown[] = Array.isArray(given) ? given : whole && 'kind' in whole ? [whole] : objects(whole?.faults);
  const faults = wanted.filter(isFault);
  if (faults.length < wanted.length) return said({ error: `A fault's kind is one of ${faultKinds.join(', ')}.` }, 400);
  stand.faults.add(...faults);
  disturbWebhooks(object(whole?.webhooks), stand);
  if (typeof whole?.latencyMs === 'number') stand.latencyMs = whole.latencyMs;
  return said({ faults: stand.faults.list(), webhooks: stand.webhooks, latencyMs: stand.latencyMs });
}

function disturbWebhooks({ duplicate, batch, reorder, holdMs }: Loose = {}, { webhooks }: Stand): void {
  if (typeof duplicate === 'number') webhooks.duplicate = duplicate;
  if (typeof batch === 'number') webhooks.batch = Math.max(1, batch);
  if (typeof reorder === 'boolean') webhooks.reorder = reorder;
  if (typeof holdMs === 'number') webhooks.holdMs = holdMs;
}
