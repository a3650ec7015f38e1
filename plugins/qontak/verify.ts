/**
 * Is a request Qontak's? It signs nothing, so the secret in the address is the proof, which core checks. What is left to look at
 * is whom the body speaks of: an organization that is not ours has no business here, whoever gave it the address.
 */
import { object, objectsOf, text, type Loose, type Refusal, type WebhookRequest } from '#plugin';
import type { Settings } from './settings.ts';

export function verify(request: WebhookRequest, { organizationId, channelIntegrationIds = [] }: Settings): true | Refusal {
  if (request.method !== 'POST') return { refused: 'unsigned' };
  const bodies = bodiesIn(request.body);
  const organizations = bodies.flatMap(organizationsIn);
  if (organizationId !== undefined && organizations.length > 0) {
    // Another channel of the same organization is true, though nobody here may be waiting for it.
    return organizations.every((one) => same(one, organizationId)) || { refused: 'other-url' };
  }
  const integrations = bodies.flatMap(integrationsIn);
  if (channelIntegrationIds.length === 0 || integrations.length === 0) return true;
  return integrations.every((one) => channelIntegrationIds.some((ours) => same(one, ours))) || { refused: 'other-url' };
}

/** What cannot be read names nobody; it is kept, and reading it fails in the ledger. */
function bodiesIn(raw: Buffer): Loose[] {
  try {
    return objectsOf(raw);
  } catch {
    return [];
  }
}

function organizationsIn(body: Loose): string[] {
  return [body.organization_id, object(body.room)?.organization_id].flatMap((id) => text(id) ?? []);
}

function integrationsIn(body: Loose): string[] {
  return [body.channel_integration_id, object(body.room)?.channel_integration_id, object(body.channel_integration)?.id].flatMap((id) => text(id) ?? []);
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
