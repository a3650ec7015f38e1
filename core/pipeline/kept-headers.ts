/**
 * Which headers of a webhook are kept with its delivery: those that prove it, to whichever connection of the plugin it may be for
 * in the end. Cookies and credentials of whoever sent it are nobody's business.
 */
import type { ConnectionEntry, Directory } from '../directory.ts';
import { SwitchboardError } from '../errors.ts';
import type { WebhookRequest } from '../plugin/contract/channel.ts';
import type { Sealer } from '../plugin/secrets.ts';

/** As the row has them. A text is a list of values that is sealed, as in it the proof is the secret itself. */
export type KeptHeaders = Record<string, string[] | string>;

/** Whether a header's values are sealed, by its name. */
type Kept = ReadonlyMap<string, boolean>;

const always: readonly [string, boolean][] = [['content-type', false], ['user-agent', false]];

/** Until the directory is read again, which makes entries anew. */
const keptOf = new WeakMap<ConnectionEntry, Kept>();

function keptFor(directory: Directory, connection: ConnectionEntry): Kept {
  const known = keptOf.get(connection);
  if (known) return known;
  const siblings = directory.connections().filter(({ tenantId, pluginName }) => tenantId === connection.tenantId && pluginName === connection.pluginName);
  const kept = new Map(always);
  for (const { name, secret = false } of siblings.flatMap(proofsOf)) {
    const lower = name.toLowerCase();
    kept.set(lower, secret || kept.get(lower) === true);
  }
  for (const sibling of [connection, ...siblings]) keptOf.set(sibling, kept);
  return kept;
}

/** With the old secrets of a grace an old header may come. */
function proofsOf({ channel, settings, previous }: ConnectionEntry): Proof[] {
  return [settings, ...previous.map((before) => before.settings)].flatMap((some) => proofsWith(channel, some));
}

interface Proof {
  name: string;
  secret?: true;
}

/** The headers that prove a webhook while these are the settings. */
export function proofsWith(channel: ConnectionEntry['channel'], settings: ConnectionEntry['settings']): readonly Proof[] {
  try {
    return channel?.proofHeaders?.(settings) ?? [];
  } catch {
    // Settings whose secrets cannot be opened: nothing is verified with them.
    return [];
  }
}

const placeOf = (deliveryId: string, name: string) => `delivery:${deliveryId}.${name}`;

/** Not more than the server takes: the headers of a request have 16 KB. */
export function keepHeaders(directory: Directory, sealer: Sealer, { connection, request, id }: { connection: ConnectionEntry; request: WebhookRequest; id: string }): KeptHeaders {
  const some: KeptHeaders = {};
  for (const [name, sealed] of keptFor(directory, connection)) {
    const values = Object.hasOwn(request.headers, name) ? request.headers[name] : undefined;
    if (values) some[name] = sealed ? sealer.seal(JSON.stringify(values), placeOf(id, name)) : values;
  }
  return some;
}

/** A sealed one that no present key opens proves nothing any more, and is left out. */
export function openHeaders(sealer: Sealer, id: string, kept: KeptHeaders): WebhookRequest['headers'] {
  const headers: WebhookRequest['headers'] = {};
  for (const [name, values] of Object.entries(kept)) {
    try {
      headers[name] = typeof values === 'string' ? (JSON.parse(sealer.open(values, placeOf(id, name))) as string[]) : values;
    } catch (error) {
      if (!(error instanceof SwitchboardError)) throw error;
    }
  }
  return headers;
}
