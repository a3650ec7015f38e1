/** Pages that come before anybody is signed in; a problem may come at any time. */
import type { FieldErrors } from './every-page.ts';
import type { Locale } from '../../plugin/contract/plugin.ts';

export interface SetupPage {
  /** The form's address; carries the one-time link's token when there is one. */
  action: string;
  values: { workspace: string; name: string; email: string; locale: Locale; timeZone: string };
  timeZones: string[];
  errors: FieldErrors;
}

export interface LoginPage {
  next?: string;
  email: string;
  /** `wrong` also for an address nobody has; `closed` after a sign-out or an ended session. */
  state: 'fresh' | 'wrong' | 'paused' | 'closed';
  /** A field that was left empty; that is no try. */
  errors?: FieldErrors;
  /** Tries left before the pause, announced from two on. */
  triesLeft?: number;
  /** When the pause ends. */
  pausedUntil?: number;
}

/** Not found, not permitted, failed, or the set-up link is missing. */
export interface ProblemPage {
  kind: 'not-found' | 'no-permission' | 'refused' | 'failed' | 'busy' | 'setup-closed' | 'link-ended' | 'media-missing' | 'media-gone';
  requestId: string;
  /** For `no-permission`: who may, by name. */
  who?: string[];
  /** The page's own name, when it is one we know. */
  page?: string;
}
