/** Before anybody is signed in, and what went wrong. */
import type { Locale } from '../../../core/plugin/contract/plugin.ts';
import { MIN, NOW, roleAgent, signedOut, type Sample } from './shop.ts';

const timeZones = ['America/Mexico_City', 'Asia/Jakarta', 'Europe/Madrid', 'UTC'];
const setupValues = { workspace: 'Lestari Coffee', name: 'Ana Wijaya', email: 'ana@lestari.example', locale: 'en' as Locale, timeZone: 'Asia/Jakarta' };

export const loginSamples: Sample[] = [
  { page: 'setup', name: 'fresh', data: { action: '/setup', values: setupValues, timeZones, errors: {} }, ...signedOut },
  { page: 'setup', name: 'errors', data: { action: '/setup', values: { ...setupValues, email: 'ana' }, timeZones, errors: { email: 'An address has an @, for example ana@lestari.example.', password: '12 characters or more.', form: 'Somebody created the organisation a moment ago.' } }, ...signedOut },
  { page: 'login', name: 'fresh', data: { email: '', state: 'fresh', next: '/app/lestari/whatsapp' }, ...signedOut },
  { page: 'login', name: 'wrong', data: { email: 'ana@lestari.example', state: 'wrong', triesLeft: 1 }, ...signedOut },
  { page: 'login', name: 'paused', data: { email: 'ana@lestari.example', state: 'paused', pausedUntil: NOW + MIN }, ...signedOut },
  { page: 'login', name: 'closed', data: { email: '', state: 'closed' }, ...signedOut },
  { page: 'problem', name: 'not-found', data: { kind: 'not-found', requestId: 'req-7f3a' } },
  { page: 'problem', name: 'no-permission', data: { kind: 'no-permission', requestId: 'req-7f3b', who: ['Ana Wijaya', 'Dimas'], page: 'Settings' }, ...roleAgent },
  { page: 'problem', name: 'failed', data: { kind: 'failed', requestId: 'req-7f3c' } },
  { page: 'problem', name: 'busy', data: { kind: 'busy', requestId: 'req-7f3e' } },
  { page: 'problem', name: 'setup-closed', data: { kind: 'setup-closed', requestId: 'req-7f3d' }, ...signedOut },
];
