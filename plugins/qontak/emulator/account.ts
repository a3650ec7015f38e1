/** What the emulated organization knows: its channels, rooms, messages, templates and where its events go. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Loose } from '#plugin';

export interface AcceptedMessage {
  /** Qontak's id of the message, or of the broadcast. */
  id: string;
  /** Given a little later, as by Qontak. */
  wamid: string;
  to: string;
  account: string;
  type: string;
  /** What the contact reads, for reading along. */
  text?: string;
  room?: string;
  broadcast: boolean;
  at: number;
  /** The fields of the request. */
  body: Loose;
}

export interface Room {
  id: string;
  account: string;
  /** Phone number, or the id of somebody without one. */
  unique: string;
  name: string;
  status: 'unassigned' | 'assigned' | 'resolved' | 'campaign';
  session: 'open' | 'closed';
  history: Loose[];
}

export interface Account {
  organization: string;
  integrations: { id: string; name: string; phone: string; active: boolean }[];
  tokens: Set<string>;
  clientId: string;
  clientSecret: string;
  rooms: Map<string, Room>;
  messages: AcceptedMessage[];
  templates: Map<string, Loose>;
  /** What goes where; one address for the whole organization. */
  interactions: { url: string | undefined; on: Record<string, boolean> };
  files: Map<string, { bytes: Buffer; mime: string; name: string }>;
}

export const interactionNames = ['receive_message_from_customer', 'receive_message_from_agent', 'status_message', 'broadcast_log_status', 'room_resolved'] as const;

export function wamid(): string {
  return `wamid.HBgM${randomBytes(12).toString('hex').toUpperCase()}`;
}

export function roomWith(account: Account, integration: string, unique: string, name: string): Room {
  const known = [...account.rooms.values()].find((room) => room.unique === unique && room.account === integration);
  if (known) return known;
  const room: Room = { id: randomUUID(), account: integration, unique, name, status: 'unassigned', session: 'open', history: [] };
  account.rooms.set(room.id, room);
  return room;
}

/** The room as it stands in webhooks and answers. */
export function roomObject(room: Room, account: Account): Loose {
  return {
    id: room.id,
    name: room.name,
    status: room.status,
    type: 'Models::CustomerServiceRoom',
    tags: [],
    channel: 'wa_cloud',
    channel_account: account.integrations.find(({ id }) => id === room.account)?.name ?? '',
    organization_id: account.organization,
    account_uniq_id: room.unique,
    channel_integration_id: room.account,
    session: room.session,
    unread_count: 1,
    is_blocked: false,
    resolved_at: null,
    division_id: null,
  };
}

/** One message as Qontak tells it, without the event that it is told in. */
export function messageObject(room: Room, account: Account, given: { id: string; type: string; text: string | undefined; status: string; external: string | null; by: 'customer' | 'agent' | 'bot'; at: number; more?: Loose }): Loose {
  const sender = { customer: 'Models::Contact', agent: 'Models::User', bot: 'Models::SystemAccount' }[given.by];
  return {
    id: given.id,
    type: given.type,
    room_id: room.id,
    is_campaign: false,
    sender_id: '9c68aa00-0000-4000-8000-000000000010',
    sender_type: sender,
    sender: { name: given.by === 'customer' ? room.name : given.by, avatar: null },
    participant_id: '64c4aa00-0000-4000-8000-000000000011',
    participant_type: given.by,
    organization_id: account.organization,
    text: given.text ?? null,
    status: given.status,
    external_id: given.external,
    local_id: null,
    created_at: new Date(given.at).toISOString(),
    buttons: [],
    reply: null,
    room: roomObject(room, account),
    channel_integration: { id: room.account, target_channel: 'wa_cloud' },
    ...given.more,
  };
}
