/** Contacts, what was said, and what became of every message. */
import { defineEntity, p } from '@mikro-orm/core';
import type { Json } from '../../plugin/contract/plugin.ts';
import { id, line, ofTenant, tenantId, time, word } from './columns.ts';

export type ConversationState = 'open' | 'closed' | 'archived';
export type Author = 'contact' | 'agent' | 'person' | 'api' | 'phone';

export const Contact = defineEntity({
  name: 'Contact',
  filters: ofTenant,
  indexes: [{ properties: ['tenantId', 'id'] }],
  properties: {
    id: id(),
    tenantId: tenantId(),
    name: line().nullable(),
    /** An attribute, never a key: people arrive without one. */
    phone: word().nullable(),
    attributes: p.json<Record<string, Json>>(),
    locale: p.string().length(8).nullable(),
    mergedInto: p.uuid().nullable(),
    blockedAt: time().nullable(),
    createdAt: time(),
  },
});

/** One way by which a provider knows a contact. `scope` is empty for phones, else the plugin: a user id means nothing elsewhere. */
export const Identity = defineEntity({
  name: 'Identity',
  filters: ofTenant,
  uniques: [{ properties: ['tenantId', 'scope', 'kind', 'value'] }],
  properties: {
    id: id(),
    tenantId: tenantId(),
    contactId: p.uuid().index(),
    scope: word(),
    kind: word(),
    value: line(),
  },
});

export const Conversation = defineEntity({
  name: 'Conversation',
  filters: ofTenant,
  uniques: [{ name: 'conversation_open_unique', properties: ['numberId', 'contactId'], where: "state = 'open'" }],
  indexes: [{ properties: ['tenantId', 'lastMessageAt', 'id'] }, { properties: ['contactId'] }],
  properties: {
    id: id(),
    tenantId: tenantId(),
    connectionId: p.uuid(),
    numberId: p.uuid(),
    contactId: p.uuid(),
    thread: line().nullable(),
    state: word().$type<ConversationState>(),
    /** AI Active or AI Disabled. */
    ai: p.boolean(),
    assigneeId: p.uuid().nullable(),
    escalatedAt: time().nullable(),
    escalation: p.text().nullable(),
    /** Place of the newest message; messages carry theirs. */
    lastSeq: p.integer(),
    /** Inbound messages up to here have had their turn. */
    turnSeq: p.integer(),
    unread: p.integer(),
    /** By the provider's clock: the reply window counts from it. */
    lastInboundAt: time().nullable(),
    lastMessageAt: time(),
    lastText: line(),
    lastKind: word(),
    lastMessageId: p.uuid().nullable(),
    lastAuthor: word().$type<Author>(),
    lastStatus: word(),
    /** A business-initiated template that nobody answered yet. */
    templateAt: time().nullable(),
    /** Until when this pair's sends are spoken for: see the pace of sending. */
    pacedUntil: time().default(0),
    agentState: p.json<Json>().nullable(),
    /** Why the agent did or did not answer the last time. */
    why: p.json<{ at: number; agent?: string; version?: number; said: string; steps: { name: string; said?: string; ms?: number }[] }>().nullable(),
    sentiment: word().nullable(),
    summary: p.text().nullable(),
    createdAt: time(),
    closedAt: time().nullable(),
  },
});

/** Reactions by who reacted, the text before the first edit, and when it was taken back. */
export interface MessageChanges {
  reactions?: Partial<Record<'contact' | 'us', { emoji: string; at: number }>>;
  edited?: { at: number; was: string };
  revoked?: { at: number };
}

export const Message = defineEntity({
  name: 'Message',
  filters: ofTenant,
  uniques: [
    { properties: ['conversationId', 'seq'] },
    { name: 'message_event_unique', properties: ['connectionId', 'eventId'], where: 'event_id is not null' },
    { name: 'message_cause_unique', properties: ['cause'], where: 'cause is not null' },
  ],
  indexes: [
    { name: 'message_provider_ref_index', properties: ['connectionId', 'providerRef'], where: 'provider_ref is not null and event_id is null' },
    { name: 'message_template_index', properties: ['numberId', 'id'], where: "kind = 'template'" },
  ],
  properties: {
    /** Our ref at the provider, too. */
    id: id(),
    tenantId: tenantId(),
    conversationId: p.uuid(),
    connectionId: p.uuid(),
    numberId: p.uuid(),
    contactId: p.uuid(),
    seq: p.integer(),
    author: word().$type<Author>(),
    authorId: p.uuid().nullable(),
    kind: word(),
    content: p.json<Json>(),
    /** What a person would read of it. */
    text: p.text(),
    status: word(),
    statusAt: time(),
    /** The provider's id of it, once known. */
    providerRef: p.string().length(512).nullable(),
    /** Of what came in: unique within the connection for ever. */
    eventId: p.string().length(512).nullable(),
    replyTo: p.string().length(512).nullable(),
    /** Of what goes out: what made it and which step of that, unique, so that nothing is composed twice. */
    cause: line().nullable(),
    purpose: word().nullable(),
    prepared: p.json<Json>().nullable(),
    error: p.json<{ code: string; said: string }>().nullable(),
    /** What happened to it afterwards. */
    changes: p.json<MessageChanges>().nullable(),
    attempts: p.integer(),
    deliveryId: p.uuid().nullable(),
    /** By the provider's clock for what came in, by ours for what goes out. */
    at: time(),
    createdAt: time(),
  },
});

/** Further provider ids of one message: any of them settles it. */
export const MessageRef = defineEntity({
  name: 'MessageRef',
  filters: ofTenant,
  properties: { connectionId: p.uuid().primary(), ref: p.string().length(512).primary(), tenantId: tenantId(), messageId: p.uuid() },
});

/** One try at sending that did not end in a plain yes, with what the provider said. */
export const Attempt = defineEntity({
  name: 'Attempt',
  filters: ofTenant,
  properties: {
    id: id(),
    tenantId: tenantId(),
    messageId: p.uuid().index(),
    outcome: word().$type<'rejected' | 'retry' | 'not-sent' | 'unknown' | 'broken' | 'cancelled'>(),
    code: word().nullable(),
    said: p.text(),
    at: time(),
  },
});

/** A status the provider reported. One that comes before its message is known waits here with `messageId` null. */
export const Receipt = defineEntity({
  name: 'Receipt',
  filters: ofTenant,
  uniques: [{ properties: ['connectionId', 'eventId'] }],
  indexes: [{ properties: ['messageId'] }, { name: 'receipt_parked_index', properties: ['connectionId', 'ref'], where: 'message_id is null' }],
  properties: {
    id: id(),
    tenantId: tenantId(),
    connectionId: p.uuid(),
    deliveryId: p.uuid(),
    messageId: p.uuid().nullable(),
    eventId: p.string().length(512),
    ref: p.string().length(512),
    status: word(),
    at: time(),
    error: p.json<{ code: string; said: string }>().nullable(),
    price: p.json<Json>().nullable(),
  },
});

export type MediaState = 'missing' | 'stored' | 'gone';

/** Bytes that came in or go out. They lie in the media store under the row's id; here is what is known of them. */
export const Media = defineEntity({
  name: 'Media',
  filters: ofTenant,
  indexes: [{ properties: ['tenantId', 'id'] }],
  properties: {
    id: id(),
    tenantId: tenantId(),
    /** Where it came from; null for what was uploaded here. */
    connectionId: p.uuid().nullable(),
    /** null until an uploaded medium is sent. */
    messageId: p.uuid().nullable().index(),
    /** The provider's id or URL of the bytes, with what it said of them. */
    source: p.json<Json>().nullable(),
    kind: word(),
    /** As found in the bytes; until they are here, as the provider said. */
    mime: line().nullable(),
    name: line().nullable(),
    sha256: word().nullable(),
    bytes: p.bigint('number').nullable(),
    state: word().$type<MediaState>(),
    /** Why it is still missing, or gone. */
    reason: p.text().nullable(),
    width: p.integer().nullable(),
    height: p.integer().nullable(),
    durationMs: p.integer().nullable(),
    /** A small picture of it lies beside it. */
    thumbnail: p.boolean().default(false),
    /** The same sound as MP4 lies beside it, for browsers that cannot play the original. */
    mp4: p.boolean().default(false),
    createdAt: time(),
    storedAt: time().nullable(),
  },
});

/** One agent's run of a conversation: from its first turn until people take over or the conversation closes. */
export const Session = defineEntity({
  name: 'Session',
  filters: ofTenant,
  indexes: [{ properties: ['conversationId', 'id'] }, { properties: ['tenantId', 'id'] }],
  uniques: [{ name: 'session_running_unique', properties: ['conversationId'], where: 'ended_at is null' }],
  properties: {
    id: id(),
    tenantId: tenantId(),
    conversationId: p.uuid(),
    agentId: p.uuid(),
    agentVersionId: p.uuid(),
    turns: p.integer(),
    startedAt: time(),
    lastAt: time(),
    endedAt: time().nullable(),
    outcome: word().nullable(),
  },
});

/** An in-app notice. While it is unread, more of the same raise its count. */
export const Alert = defineEntity({
  name: 'Alert',
  filters: ofTenant,
  uniques: [{ name: 'alert_unread_unique', properties: ['tenantId', 'key'], where: 'read_at is null' }],
  indexes: [{ properties: ['tenantId', 'at'] }],
  properties: {
    id: id(),
    tenantId: tenantId(),
    kind: word(),
    key: line(),
    conversationId: p.uuid().nullable(),
    text: p.text(),
    count: p.integer(),
    at: time(),
    readAt: time().nullable(),
  },
});
