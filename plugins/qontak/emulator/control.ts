/** The emulator's own routes under /emulator: faults, customers and records, for scripts in any language. The same for every provider. */
import { object, objects, text, type Loose } from '#plugin';
import { faultKinds, isFault } from '../../meta-cloud/emulator/faults.ts';
import type { Ask, Provider, Stand } from './stand.ts';

interface Answer {
  status: number;
  body: unknown;
}

const said = (body: unknown, status = 200): Answer => ({ status, body });

export async function controlAnswer({ method, path, query, headers, raw, json }: Ask, provider: Provider, stand: Stand): Promise<Answer> {
  // A page in the browser must not reach this by a name of its own that leads to 127.0.0.1.
  const host = headers.host ?? '';
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return said({ error: 'Ask 127.0.0.1 or localhost.' }, 403);
  if (headers.origin !== undefined && headers.origin !== `http://${host}`) return said({ error: 'Pages of other sites may not ask.' }, 403);
  const list = raw.length > 0 && json === undefined ? listIn(raw) : undefined;
  if (raw.length > 0 && json === undefined && !list) return said({ error: 'The body is not JSON.' }, 400);
  const given = json ?? {};
  const route = `${method} ${path}`;
  switch (route) {
    case 'GET /emulator':
      return said({ name: provider.name, messages: provider.messages.length, requests: stand.requests.length, faults: stand.faults.list(), webhooks: stand.webhooks, latencyMs: stand.latencyMs, callback: stand.webhookUrl, forms: provider.forms ?? [] });
    case 'GET /emulator/messages': {
      const after = Number(query.get('after') ?? 0);
      return said({ total: provider.messages.length, messages: provider.messages.slice(after, after + Number(query.get('limit') ?? 10_000)) });
    }
    case 'DELETE /emulator/messages':
      provider.messages.length = 0;
      return said({ total: 0 });
    case 'GET /emulator/requests':
      return said({ requests: stand.requests });
    case 'GET /emulator/deliveries':
      return said({ deliveries: stand.deliveries });
    case 'GET /emulator/state':
      return said(provider.state());
    case 'POST /emulator/faults':
      return setFaults(given, list, stand);
    case 'DELETE /emulator/faults':
      stand.faults.clear();
      stand.webhooks.duplicate = 0;
      stand.latencyMs = 0;
      return said({ faults: [] });
    case 'POST /emulator/customer':
      return text(given.from) === undefined && text(given.userId) === undefined ? said({ error: 'Who writes? Give from (a phone number) or userId.' }, 400) : said(await provider.write(given));
    case 'POST /emulator/webhook':
      stand.webhookUrl = text(given.url);
      return said({ callback: stand.webhookUrl });
    case 'POST /emulator/post':
      return said(await stand.post(object(given.body) ?? text(given.body) ?? ''));
    case 'POST /emulator/idle':
      await stand.idle();
      return said({ idle: true });
    default: {
      const own = provider.routes && Object.hasOwn(provider.routes, route) ? provider.routes[route] : undefined;
      return own ? said(await own(given)) : said({ error: `There is no ${route} here.` }, 404);
    }
  }
}

function listIn(raw: Buffer): Loose[] | undefined {
  try {
    const list: unknown = JSON.parse(raw.toString('utf8'));
    return Array.isArray(list) ? objects(list) : undefined;
  } catch {
    return undefined;
  }
}

/** One fault, a list of them, or `{ faults, webhooks, latencyMs }`. */
function setFaults(given: Loose, list: Loose[] | undefined, stand: Stand): Answer {
  const wanted: unknown[] = list ?? ('kind' in given ? [given] : objects(given.faults));
  const faults = wanted.flatMap((fault) => (isFault(fault) ? [fault] : []));
  if (faults.length < wanted.length) return said({ error: `A fault's kind is one of ${faultKinds.join(', ')}.` }, 400);
  stand.faults.add(...faults);
  const duplicate = object(given.webhooks)?.duplicate;
  if (typeof duplicate === 'number') stand.webhooks.duplicate = duplicate;
  if (typeof given.latencyMs === 'number') stand.latencyMs = given.latencyMs;
  return said({ faults: stand.faults.list(), webhooks: stand.webhooks, latencyMs: stand.latencyMs });
}
