/** A declared organisation that answers: somebody, a key, a connection, an agent and a number. */
import type { TenantDeclaration } from '../../core/workspace/declaration.ts';

export type Changes = Partial<TenantDeclaration>;

export const declaration = (changes: Changes = {}): TenantDeclaration => ({
  slug: 'shop', name: 'Shop', locale: 'es', timeZone: 'Europe/Madrid',
  users: [{ email: 'Owner@shop.test', name: 'Ana', role: 'owner', password: 'a sentence works well' }],
  apiKeys: [{ name: 'script', key: 'key-of-the-script', scopes: ['*'] }],
  connections: [{ key: 'main', plugin: 'simulator', name: 'Phones', webhookKey: 'hook-of-main', start: true, settings: { secret: 'a-declared-secret-1' } }],
  agents: [{ key: 'echo', name: 'Echo', plugin: 'rules', channels: ['whatsapp'], start: true, settings: { rules: [{ when: { any: true }, say: 'echo: {{text}}' }] } }],
  numbers: [{ connection: 'main', account: 'sim:shop', displayName: 'Sales', active: true, bindings: [{ agent: 'echo', environment: 'published', inbound: true }] }],
  ...changes,
});
