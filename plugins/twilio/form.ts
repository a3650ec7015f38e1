/** The parameters of a webhook: names and decoded values, as the signature covers them. */
import type { WebhookRequest } from '#plugin';

export type Parameters = readonly (readonly [name: string, value: string])[];

/** How a request carries its parameters. A body that is no form is covered by its digest in the query (`bodySHA256`). */
export type Carried = { by: 'query' | 'form'; parameters: Parameters } | { by: 'body' };

export function carriedBy(request: WebhookRequest): Carried {
  if (request.method === 'GET') return { by: 'query', parameters: parametersIn(queryOf(request.url)) };
  const [type = ''] = request.headers['content-type'] ?? [];
  // Names such as `a[b]` stay names: a parser that nests them would read something else than was signed.
  if (/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type.trim())) return { by: 'form', parameters: parametersIn(request.body.toString('utf8')) };
  return { by: 'body' };
}

function parametersIn(encoded: string): Parameters {
  return [...new URLSearchParams(encoded)];
}

/** What stands between the question mark and the fragment, as it was sent. */
export function queryOf(url: string): string {
  const whole = url.replace(/#.*$/s, '');
  const start = whole.indexOf('?');
  return start < 0 ? '' : whole.slice(start + 1);
}

/** A reader of parameters by name: the first that says something, without the NUL characters that no database keeps. */
export function reader(parameters: Parameters): (name: string) => string | undefined {
  const first = new Map<string, string>();
  for (const [name, value] of parameters) {
    const said = value.replaceAll('\u0000', '');
    if (said !== '' && !first.has(name)) first.set(name, said);
  }
  return (name) => first.get(name);
}
