/** Notifications. */
import type { NumberName } from './every-page.ts';

export interface Alert {
  id: string;
  kind: 'hand-off' | 'new-message' | 'failure';
  text: string;
  /** Alerts of the same key that were joined into this one. */
  count: number;
  at: number;
  read: boolean;
  /** The connection's name, where it is about a whole one. */
  connection?: string;
  /** Conversation or connection it is about. */
  href?: string;
  contact?: string;
  number?: NumberName;
}

export interface AlertsPage {
  show: 'unread' | 'all';
  alerts: Alert[];
  unread: number;
  nextHref?: string;
}
