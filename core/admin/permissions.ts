/** Who may do what: the one table. Every route names the permission it needs. */
import type { Role } from '../db/entities/index.ts';

export const permissionNames = [
  'conversations.read', 'conversations.write', 'conversations.delete', 'numbers.read', 'numbers.edit', 'connections.read', 'connections.edit', 'templates.edit',
  'agents.read', 'agents.edit', 'deliveries.read', 'deliveries.replay', 'alerts.read', 'members.read', 'members.edit', 'simulator.use', 'profile',
] as const;
export type Permission = (typeof permissionNames)[number];

const everyone: readonly Role[] = ['owner', 'admin', 'contributor', 'agent'];
const whoConfigure: readonly Role[] = ['owner', 'admin', 'contributor'];
const whoGovern: readonly Role[] = ['owner', 'admin'];

export const permissions: Readonly<Record<Permission, readonly Role[]>> = {
  'conversations.read': everyone,
  'conversations.write': everyone,
  'conversations.delete': whoGovern,
  'numbers.read': everyone,
  'numbers.edit': whoConfigure,
  'connections.read': whoConfigure,
  'connections.edit': whoConfigure,
  'templates.edit': whoConfigure,
  'agents.read': whoConfigure,
  'agents.edit': whoConfigure,
  'deliveries.read': whoConfigure,
  'deliveries.replay': whoConfigure,
  'alerts.read': everyone,
  'members.read': whoConfigure,
  'members.edit': whoGovern,
  'simulator.use': everyone,
  profile: everyone,
};

export function may(role: Role, permission: Permission): boolean {
  return permissions[permission].includes(role);
}
