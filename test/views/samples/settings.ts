/** The rest of the settings, and the style guide. */
import type { AboutPage } from '../../../core/admin/views/settings.ts';
import { DAY, HOUR, MIN, NOW, type Sample } from './shop.ts';

const about: AboutPage = {
  version: '0.1.0', node: '24.21.0', database: 'SQLite 3.51, WAL', dataFolder: '/data', startedAt: NOW - 3 * DAY,
  plugins: [
    { name: 'meta-cloud', title: 'Meta Cloud', kind: 'channel', state: 'loaded' }, { name: 'simulator', title: 'Simulator', kind: 'channel', state: 'loaded' },
    { name: 'rules', title: 'Rules', kind: 'agent', state: 'loaded' }, { name: 'notifications', title: 'Notifications', kind: 'notifier', state: 'loaded' },
    { name: 'my-channel', title: 'my-channel', kind: 'channel', state: 'broken', problem: 'Written for contract 2; this version has contract 1.' },
  ],
};

export const settingsSamples: Sample[] = [
  { page: 'members', name: 'full', data: { add: 'npm run -s switchboard -- user add --tenant lestari --email name@example.com --role agent', members: [
    { id: 'u1', name: 'Ana Wijaya', email: 'ana@lestari.example', role: 'owner', lastSeenAt: NOW - 20_000, you: true }, { id: 'u2', name: 'Dimas', email: 'dimas@lestari.example', role: 'admin', lastSeenAt: NOW - 3 * HOUR },
    { id: 'u3', name: 'Sari', email: 'sari@lestari.example', role: 'contributor', lastSeenAt: NOW - 3 * DAY }, { id: 'u4', name: 'Tom', email: 'tom@lestari.example', role: 'agent' },
  ] } },
  { page: 'about', name: 'full', data: { ...about } },
  { page: 'about', name: 'public', data: { ...about, publicUrl: 'https://chat.lestari.example' } },
  { page: 'profile', name: 'full', data: { person: { name: 'Ana Wijaya', email: 'ana@lestari.example', role: 'owner' }, locales: ['en', 'es', 'id'], errors: {}, logins: [
    { id: 'l1', browser: 'Firefox · Linux', address: '192.0.2.7', createdAt: NOW - 3 * HOUR, lastSeenAt: NOW - MIN, current: true },
    { id: 'l2', browser: 'Safari · iOS', address: '2001:db8::7', createdAt: NOW - 2 * DAY, lastSeenAt: NOW - 5 * HOUR, current: false },
    { id: 'l3', browser: '', address: '192.0.2.9', createdAt: NOW - 3 * DAY, lastSeenAt: NOW - 11 * HOUR, current: false },
  ] } },
  { page: 'profile', name: 'refused', data: { person: { name: 'Ana Wijaya', email: 'ana@lestari.example', role: 'agent' }, locales: ['en', 'es', 'id'], errors: { current: 'This is not your password.', password: 'Use at least 12 characters.' }, logins: [] } },
  { page: 'styleguide', name: 'full', data: {} },
];
