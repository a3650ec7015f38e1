/** What every page has: its frame, who reads it, and what is named or coloured the same everywhere. */
import type { Locale } from '../../plugin/contract/plugin.ts';

export type Theme = 'auto' | 'light' | 'dark';
export type Role = 'owner' | 'admin' | 'contributor' | 'agent';

/** State of a connection, a number or an agent. */
export type Lamp = 'stopped' | 'starting' | 'running' | 'error';

/** One of six cord colours. With more numbers than six the colours repeat. */
export type LineColour = 1 | 2 | 3 | 4 | 5 | 6;

export interface Chrome {
  /** Goes into every form as `_csrf` and into every htmx request as `x-csrf-token`. */
  csrf: string;
  locale: Locale;
  /** IANA name; the tenant's, or the browser's best guess before sign-in. */
  timeZone: string;
  theme: Theme;
  /** Path and query of this page, so that changing language or theme returns here. */
  path: string;
  now: number;
  /** Absent before sign-in. */
  tenant?: { slug: string; name: string };
  person?: Person;
  /** Unread alerts, for the badge. */
  alerts?: number;
  may?: Permissions;
  /** One sentence about what just happened, shown once as a toast. */
  notice?: { text: string };
}

export interface Person {
  name: string;
  email: string;
  role: Role;
}

/** What this person may do here; pages hide what is not allowed, routes refuse it. */
export interface Permissions {
  /** Numbers, connections, agents, settings. */
  configure: boolean;
  /** Conversations may be deleted. */
  deleteConversations: boolean;
  /** Settings → Members. */
  members: boolean;
}

/** A number as it is named beside something else. */
export interface NumberName {
  id: string;
  name: string;
  line: LineColour;
}

/** Empty string: nothing to say about that field. Keys are field names, values are whole sentences. */
export type FieldErrors = Record<string, string>;
