import { AgentRow, AgentVersion, Binding } from './agents.ts';
import { Connection, ConnectionLog, Delivery, Num, PluginStore, ProviderEvent, Rejection, Template, WebhookKey } from './connections.ts';
import { Alert, Attempt, Contact, Conversation, Identity, Media, Message, MessageRef, Receipt, Session } from './conversations.ts';
import { Job, Lane } from './queue.ts';
import { ApiKey, Audit, Installation, Login, Membership, Tenant, Throttle, User } from './tenancy.ts';

export * from './agents.ts';
export * from './connections.ts';
export * from './conversations.ts';
export * from './queue.ts';
export * from './tenancy.ts';

export const entities = [
  Tenant, User, Membership, Login, ApiKey, Audit, Throttle, Installation,
  Connection, WebhookKey, Num, Template, Delivery, Rejection, ProviderEvent, ConnectionLog, PluginStore,
  AgentRow, AgentVersion, Binding,
  Contact, Identity, Conversation, Message, MessageRef, Attempt, Receipt, Media, Session, Alert,
  Job, Lane,
];
