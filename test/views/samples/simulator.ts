/** A phone beside the inbox. */
import type { Phone } from '../../../core/admin/views/simulator.ts';
import { inbox } from './inbox.ts';
import { at, test, type Sample } from './shop.ts';
import { message, thread } from './thread.ts';

export const phone: Phone = {
  number: test,
  business: 'Lestari Coffee',
  persona: { id: 'ana', name: 'Ana (test)', given: 'Ana (test)', known: '12025550147' },
  personas: [{ id: 'ana', name: 'Ana (test)', href: '?persona=ana' }, { id: 'budi', name: 'Budi (test)', href: '?persona=budi' }],
  messages: [
    message({ author: 'contact', text: 'Hi, is the Gayo available?', at: at(14, 8), status: 'read' }),
    message({ author: 'agent', by: 'Barista', text: 'Yes, 250 g is Rp 98,000. Shall I keep a bag for you?', kind: 'buttons', choices: [{ id: 'keep', title: 'Yes, keep one' }, { id: 'others', title: 'Show others' }], at: at(14, 8) + 900 }),
    message({ author: 'contact', text: 'Yes, keep one', kind: 'choice', at: at(14, 9), status: 'delivered' }),
  ],
  typing: true,
  conversation: 'k8',
  faults: [
    { key: 'window', armed: false, available: true }, { key: 'fails', armed: true, available: true }, { key: 'twice', armed: false, available: true },
    { key: 'bounces', armed: false, available: true }, { key: 'slow', armed: false, available: true }, { key: 'silent', armed: false, available: true }, { key: 'late', armed: true, available: true },
    { key: 'order', armed: false, available: true }, { key: 'stop', armed: false, available: true }, { key: 'nameless', armed: false, available: false },
  ],
};

export const simulatorSamples: Sample[] = [
  { page: 'simulator', name: 'full', data: { ...inbox({ thread: thread({ id: 'k8', contact: { name: 'Ana (test)', phone: '+1 555 0100', since: at(9, 0) }, number: { ...test, account: 'sim:ana', channel: 'Simulator', simulator: true }, ai: true, holder: { kind: 'agent', name: 'Barista' } }) }), phone } },
  { page: 'simulator', name: 'empty', data: { ...inbox({ rows: [] }), phone: { ...phone, messages: [], typing: false } } },
];
