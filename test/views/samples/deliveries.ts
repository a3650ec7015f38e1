/** Settings → Deliveries. */
import type { DeliveryRow } from '../../../core/admin/views/deliveries.ts';
import { DAY, MIN, NOW, type Sample } from './shop.ts';

const delivery = (id: string, over: Partial<DeliveryRow>): DeliveryRow => ({
  id, at: NOW - 4_000, connection: { id: 'c1', name: 'Lestari WABA' }, state: 'processed', contents: { message: 1 }, bytes: 812, ...over,
});

const deliveries: DeliveryRow[] = [
  delivery('d1', { state: 'received', contents: {} }),
  delivery('d2', { at: NOW - 9_000, contents: { message: 2, status: 3 } }),
  delivery('d3', { at: NOW - 61_000, state: 'failed', contents: { message: 1 }, reason: 'The body is signed but is not JSON: Unexpected end of JSON input' }),
  delivery('d4', { at: NOW - 5 * MIN, contents: { status: 1 } }),
  delivery('d5', { at: NOW - 3 * DAY, contents: { echo: 1, ignored: 1 }, connection: { id: 'c4', name: 'Test phones' } }),
];

const body = JSON.stringify(
  { object: 'whatsapp_business_account', entry: [{ id: '102000000000001', changes: [{ field: 'messages', value: { messaging_product: 'whatsapp', metadata: { display_phone_number: '628115550221', phone_number_id: '108100000000001' }, contacts: [{ profile: { name: 'Rosa Delgado' }, wa_id: '525555504471' }], messages: [{ from: '525555504471', id: 'wamid.HBgN', timestamp: '1773299160', type: 'text', text: { body: 'Perfect, then I’ll take two bags' } }] } }] }] },
  null, 2,
);

export const deliverySamples: Sample[] = [
  { page: 'deliveries', name: 'full', data: { deliveries, counts: { received: 1, processed: 48_210, failed: 2 }, filter: {}, connections: [{ id: 'c1', name: 'Lestari WABA' }, { id: 'c4', name: 'Test phones' }], nextHref: '/app/lestari/settings/deliveries?after=d5' } },
  { page: 'deliveries', name: 'filtered', data: { deliveries: [], counts: { received: 0, processed: 3, failed: 0 }, filter: { state: 'failed', connection: 'c1' }, connections: [{ id: 'c1', name: 'Lestari WABA' }] } },
  { page: 'deliveries', name: 'empty', data: { deliveries: [], counts: { received: 0, processed: 0, failed: 0 }, filter: {}, connections: [] } },
  { page: 'delivery', name: 'failed', data: { delivery: deliveries[2] ?? delivery('d3', {}), method: 'POST', headers: [{ name: 'content-type', value: 'application/json' }, { name: 'x-hub-signature-256', value: 'sha256=…' }], body, cut: true, conversations: [{ id: 'k1', contact: 'Rosa Delgado' }], processedAt: NOW - 60_000 } },
  { page: 'delivery', name: 'received', data: { delivery: deliveries[0] ?? delivery('d1', {}), method: 'POST', headers: [], body: 'not json', conversations: [] } },
];
