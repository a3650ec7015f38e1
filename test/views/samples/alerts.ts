/** Notifications. */
import { at, support, wholesale, type Sample } from './shop.ts';

export const alertSamples: Sample[] = [
  { page: 'alerts', name: 'full', data: { show: 'all', unread: 2, nextHref: '/app/lestari/whatsapp/notifications?after=x', alerts: [
    { id: 'a1', kind: 'hand-off', text: 'Ingrid Halvorsen asked for a person', count: 1, at: at(13, 58), read: false, href: '/app/lestari/whatsapp/k2', contact: 'Ingrid Halvorsen', number: support },
    { id: 'a2', kind: 'failure', text: 'Meta refused the access token of Main account', count: 3, at: at(13, 54), read: false, href: '/app/lestari/settings/channels/c3' },
    { id: 'a3', kind: 'new-message', text: 'Hotel Tugu, purchasing wrote', count: 2, at: at(9, 12, 1), read: true, href: '/app/lestari/whatsapp/k4', contact: 'Hotel Tugu, purchasing', number: wholesale },
    { id: 'a4', kind: 'failure', text: 'A delivery could not be read', count: 1, at: at(9, 12, 40), read: true },
  ] } },
  { page: 'alerts', name: 'read', data: { show: 'unread', unread: 0, alerts: [] } },
  { page: 'alerts', name: 'none', data: { show: 'all', unread: 0, alerts: [] } },
];
