/** Agents. */
import type { AgentRow, BehaviourPage, Binding, ChannelsPage } from '../../../core/admin/views/agents.ts';
import type { NumberName } from '../../../core/admin/views/every-page.ts';
import type { Field } from '../../../core/plugin/fields.ts';
import { metaFields, ways } from './numbers.ts';
import { bandung, sales, support, test, type Sample } from './shop.ts';

const agentRow = (id: string, name: string, over: Partial<AgentRow>): AgentRow => ({ id, name, plugin: 'Rules', lamp: 'running', published: 12, numbers: [sales, test], ...over });

const barista = agentRow('a1', 'Barista', {});

const agents: AgentRow[] = [
  agentRow('a1', 'Barista', { draft: 13 }),
  agentRow('a2', 'Help desk', { lamp: 'error', reason: 'Rule 4 has no answer', published: 3, numbers: [support] }),
  agentRow('a3', 'Night shift', { lamp: 'stopped', numbers: [] }),
];

const rules = `greeting:
  when: { words: [hi, hello, hola, halo] }
  say: "Hello {{name}}. What can I do for you?"
  buttons: [Opening hours, Order coffee, Talk to a person]
hours:
  when: { choice: Opening hours }
  say: We are open from 8 to 18, Monday to Saturday.
person:
  when: { choice: Talk to a person }
  handOff: asked for a person
`;

const fields: Field[] = [
  { name: 'rules', label: 'Rules', hint: 'YAML, read from the top; the first rule that fits answers.', required: true, input: { kind: 'long', value: rules, rows: 12, code: true } },
  { name: 'fallback', label: 'When nothing fits', required: false, input: { kind: 'text', value: 'I did not understand. Shall I ask a person?' } },
  { name: 'handOffAfter', label: 'Hand over after this many misses', required: false, input: { kind: 'number', value: '2', min: 1, max: 10 } },
  { name: 'stopWords', label: 'Words that call a person', required: false, input: { kind: 'list', values: ['person', 'persona', 'orang'] } },
];

const behaviour: BehaviourPage = { agent: barista, tab: 'behaviour', of: 'published', fields, errors: {}, inDraft: 0, version: 4 };
const drafted: BehaviourPage = { ...behaviour, agent: { ...barista, draft: 13 }, of: 'draft', inDraft: 2, fields: [...fields, { name: 'apiKey', label: 'API key', required: false, input: { kind: 'secret', stored: 'a1f2' } }] };

const plug = (number: NumberName, over: Partial<Binding['number']>, binding: Omit<Binding, 'number'>): Binding => ({ number: { ...number, account: '+62 811 5550 221', channel: 'Meta', lamp: 'running', connectionId: 'c1', ...over }, ...binding });
const bay = [
  plug(sales, {}, { inbound: { published: true }, conversations: 1204 }),
  plug(support, { account: '+1 415 555 0132', lamp: 'error' }, { inbound: { published: false }, takenBy: { id: 'a2', name: 'Help desk' }, conversations: 0 }),
  plug(bandung, { account: '+62 22 5550 118', lamp: 'stopped' }, { inbound: { published: false }, conversations: 3 }),
  plug(test, { account: 'sim:ana', channel: 'Simulator' }, { inbound: {}, conversations: 0 }),
];
const toConnect: NonNullable<ChannelsPage['connect']> = { ways, fields: [], displayName: '', errors: {}, line: 3, environment: 'published' };
const channels: ChannelsPage = { agent: barista, tab: 'channels', connections: [{ id: 'c1', name: 'Lestari WABA', numbers: 2 }], errors: {}, bindings: bay, connect: toConnect };
const connecting: ChannelsPage = { ...channels, connect: { ...toConnect, way: 'plugin:meta-cloud', guide: 'meta-cloud', fields: metaFields, account: { label: 'Phone Number ID', value: '', listable: true }, handOff: { callbackUrl: 'https://chat.lestari.example/webhooks/q7v2m3n8p4x6', verifyToken: 'vt_5b1f0c7d2e' } } };

export const agentSamples: Sample[] = [
  { page: 'agents', name: 'full', data: { agents } },
  { page: 'agents', name: 'empty', data: { agents: [] } },
  { page: 'agent', name: 'behaviour', data: behaviour },
  { page: 'agent', name: 'errors', data: { ...behaviour, agent: agents[1] ?? barista, errors: { rules: 'Line 7: “sey” is not a word of a rule. Did you mean “say”?', form: 'Nothing was saved.' } } },
  { page: 'agent', name: 'draft-behaviour', data: drafted },
  { page: 'agent', name: 'draft-published', data: { ...drafted, of: 'published' } },
  { page: 'agent', name: 'draft-same', data: { ...drafted, agent: { ...barista, published: 13, draft: 13 }, inDraft: 0 } },
  { page: 'new-agent', name: 'choose', data: { kinds: [{ plugin: 'rules', title: 'Rules' }, { plugin: 'llm', title: 'Language model' }], fields: [], errors: {} } },
  { page: 'new-agent', name: 'form', data: { kinds: [{ plugin: 'rules', title: 'Rules' }], kind: 'rules', fields, errors: { rules: 'Line 7: “sey” is not known.', form: 'Nothing was saved.' } } },
  { page: 'new-agent', name: 'none', data: { kinds: [], fields: [], errors: {} } },
  { page: 'agent', name: 'channels', data: channels },
  { page: 'agent', name: 'channels-one', data: { ...channels, bindings: bay.slice(0, 1) } },
  { page: 'agent', name: 'draft', data: { ...channels, agent: { ...barista, draft: 13 }, bindings: bay.map((binding, at) => ({ ...binding, inbound: [{ published: true, draft: false }, binding.inbound, { draft: true }, {}][at] ?? {} })), connect: { ...toConnect, environment: 'draft' } } },
  { page: 'agent', name: 'connecting', data: connecting },
  { page: 'agent', name: 'connect-refused', data: { ...connecting, agent: { ...barista, draft: 13 }, bindings: [], connections: [], connect: { ...toConnect, ...connecting.connect, environment: 'draft', secrets: 'kept', errors: { displayName: 'Type a name.', account: 'A Phone Number ID has 15 or more digits.', 'accessToken': 'Paste a token that has not expired.', form: 'Barista has no draft.' }, refusal: { who: 'Meta', said: 'Error validating access token: Session has expired on Tuesday' } } } },
  { page: 'agent', name: 'no-whatsapp', data: { agent: barista, tab: 'channels', connections: [], errors: { form: 'Web chat may not use WhatsApp.' }, bindings: [] } },
  { page: 'agent', name: 'stopped', data: { ...channels, agent: agents[2] ?? barista, bindings: [], connections: [] } },
  { page: 'agent', name: 'no-settings', data: { ...behaviour, fields: [] } },
];
