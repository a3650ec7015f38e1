/** The one order of a message's states, and how a report moves it. Never backwards, whatever order reports come in. */
import type { ReportedStatus } from '../plugin/contract/event.ts';

/** `received` is for what came in. `cancelled` is final: it was taken back before it was sent. */
export type MessageStatus = 'received' | 'queued' | 'sending' | 'unknown' | ReportedStatus | 'cancelled';

const order: Record<MessageStatus, number> = {
  received: 0, queued: 1, sending: 2, unknown: 3, sent: 4, failed: 5, delivered: 6, read: 7, cancelled: 8,
};

export function settle(now: MessageStatus, reported: ReportedStatus): MessageStatus {
  return order[reported] > order[now] ? reported : now;
}
