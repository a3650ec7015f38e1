/** The rest of the settings: members, the installation, one's own profile. */
import type { FieldErrors, Person, Role } from './every-page.ts';
import type { Locale } from '../../plugin/contract/plugin.ts';

export interface MembersPage {
  members: { id: string; name: string; email: string; role: Role; lastSeenAt?: number; you?: boolean }[];
  /** What whoever may add people types on the server. */
  add?: string;
}

export interface AboutPage {
  version: string;
  node: string;
  database: string;
  /** Absent on PostgreSQL. */
  dataFolder?: string;
  publicUrl?: string;
  startedAt: number;
  plugins: { name: string; title: string; kind?: 'channel' | 'agent' | 'notifier'; state: 'loaded' | 'broken'; problem?: string }[];
}

export interface ProfilePage {
  person: Person;
  locales: Locale[];
  /** Browsers that are signed in, the latest seen first. `browser` is '' when it did not say what it is. */
  logins: { id: string; browser: string; address: string; createdAt: number; lastSeenAt: number; current: boolean }[];
  /** Of the password form: `current`, `password`. */
  errors: FieldErrors;
}
