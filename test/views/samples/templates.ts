/** Templates to be approved and to be sent. */
import type { Field } from '../../../core/plugin/fields.ts';
import type { Sample } from './shop.ts';

const templateFields: Field[] = [
  { name: 'name', label: 'Name', hint: 'Lower-case letters, digits and underscores.', required: true, input: { kind: 'text', value: '' } },
  { name: 'category', label: 'Category', required: true, input: { kind: 'choice', value: 'UTILITY', options: [{ value: 'UTILITY', label: 'Utility' }, { value: 'MARKETING', label: 'Marketing' }] } },
  { name: 'body', label: 'Text', required: true, input: { kind: 'long', value: 'Hello {{1}}', rows: 4 } },
  { name: 'button0Title', label: 'Title of button 1', required: false, advanced: true, input: { kind: 'text', value: '' } },
];

export const templateSamples: Sample[] = [
  { page: 'send-template', name: 'list', data: { conversation: 'k1', name: 'Ana', key: 'key-of-page', fields: [], errors: {}, nextHref: '/app/lestari/whatsapp/k1/template?after=x', rows: [{ id: 't1', name: 'order_ready', language: 'en', text: 'Hello {{1}}, your order is ready.' }, { id: 't2', name: 'catalogue', language: 'id', text: 'Lihat', needs: 'image' }] } },
  { page: 'send-template', name: 'empty', data: { conversation: 'k1', name: 'Ana', key: 'key-of-page', fields: [], errors: {}, rows: [] } },
  { page: 'send-template', name: 'filled', data: { conversation: 'k1', name: 'Ana', key: 'key-of-page', rows: [], chosen: { id: 't1', name: 'order_ready', language: 'en', text: 'Hello Ana, your order is ready.', filled: true, buttons: ['Track'], header: { kind: 'image', files: [{ id: 'u1', kind: 'image', name: 'menu.jpg', bytes: 240_000, picture: true }] } }, errors: {}, fields: [{ name: 'variables.1', label: '1', required: true, input: { kind: 'text', value: 'Ana', maxLength: 1000 } }] } },
  { page: 'send-template', name: 'errors', data: { conversation: 'k1', name: 'Ana', key: 'key-of-page', rows: [], chosen: { id: 't1', name: 'order_ready', language: 'en', text: 'Hello {{1}}', filled: false, buttons: [], header: { kind: 'document', files: [] } }, errors: { media: 'Choose the file for the header.', form: 'Nothing was sent.', 'variables.1': 'Fill this in.' }, fields: [{ name: 'variables.1', label: '1', required: true, input: { kind: 'text', value: '', maxLength: 1000 } }] } },
  { page: 'template', name: 'fresh', data: { connection: { id: 'c3', name: 'Main account' }, byHand: false, errors: {}, fields: templateFields } },
  { page: 'template', name: 'by-hand', data: { connection: { id: 'c3', name: 'Main account' }, byHand: true, errors: { name: 'Names are lower-case.', form: 'It was refused.' }, fields: templateFields } },
];
