/** The installation as code, as the configuration hands it over: checked, defaults filled in, secrets read from the environment. */
import type { Environment, Role } from '../db/entities/index.ts';
import type { Json, Locale } from '../plugin/contract/plugin.ts';

export interface TenantDeclaration {
  /** Stands in every address of the tenant and identifies it across restarts. */
  slug: string;
  name?: string;
  locale: Locale;
  timeZone: string;
  users: readonly UserDeclaration[];
  apiKeys: readonly ApiKeyDeclaration[];
  connections: readonly ConnectionDeclaration[];
  agents: readonly AgentDeclaration[];
  numbers: readonly NumberDeclaration[];
}

interface UserDeclaration {
  email: string;
  name: string;
  role: Role;
  /** Set when the user is made, never afterwards. */
  password?: string;
  locale?: Locale;
}

interface ApiKeyDeclaration {
  name: string;
  key: string;
  scopes: readonly string[];
  /** ISO 8601. */
  expires?: string;
}

export interface ConnectionDeclaration {
  key: string;
  plugin: string;
  name?: string;
  description?: string;
  webhookKey?: string;
  start: boolean;
  settings: Record<string, Json>;
}

export interface AgentDeclaration {
  key: string;
  name?: string;
  plugin: string;
  channels: readonly string[];
  start: boolean;
  settings: Record<string, Json>;
}

export interface NumberDeclaration {
  /** Key of a connection of the same tenant. */
  connection: string;
  account: string;
  displayName?: string;
  active: boolean;
  bindings: readonly BindingDeclaration[];
}

interface BindingDeclaration {
  /** Key of an agent of the same tenant. */
  agent: string;
  environment: Environment;
  inbound: boolean;
}
