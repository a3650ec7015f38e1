/** The address of a connection's webhook. */
import { randomBytes } from 'node:crypto';
import type { ServerSettings } from '../context.ts';
import { hashKey } from '../pipeline/receive.ts';
import type { Sealer } from '../plugin/secrets.ts';
import { uuid } from '../ids.ts';

type Server = Pick<ServerSettings, 'publicUrl' | 'host' | 'port'>;

/** Without a public address, the one that works on this machine. */
export function baseUrl({ publicUrl, host, port }: Server): string {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '');
  return `http://${nameOf(host)}:${port}`;
}

/** Where IPv4 is listened to `localhost` leads there; where only `::1` is, on many machines it does not. */
function nameOf(host: string): string {
  const name = host.includes(':') ? (URL.parse(`http://[${host}]/`)?.hostname ?? `[${host}]`) : host;
  return ['127.0.0.1', '0.0.0.0', '[::]'].includes(name) ? 'localhost' : name;
}

export function webhookUrl(server: Server, key: string): string {
  return `${baseUrl(server)}/webhooks/${key}`;
}

/** 256 bits: on some channels the address is all that proves a webhook. */
export const newKey = () => randomBytes(32).toString('base64url');

const placeOf = (connectionId: string) => `webhook-key:${connectionId}`;

/** @throws SwitchboardError UNSEALING_FAILED */
export function openWebhookKey(sealer: Sealer, connectionId: string, sealed: string): string {
  return sealer.open(sealed, placeOf(connectionId));
}

/** A row of `webhook_key`. Unguessable unless the configuration gives one. */
export function newWebhookKey(sealer: Sealer, tenantId: string, connectionId: string, now: number, key: string = newKey()) {
  return { id: uuid(), tenantId, connectionId, hash: hashKey(key), sealed: sealer.seal(key, placeOf(connectionId)), validUntil: null, createdAt: now };
}
