/** Agents. */
import type { AgentPage, AgentRow } from '../../../core/admin/views/agents.ts';
import { bandung, sales, support, test, type Sample } from './shop.ts';

const agentRow = (id: string, name: string, over: Partial<AgentRow>): AgentRow => ({ id, name, plugin: 'Rules', lamp: 'running', published: 12, numbers: [sales, test], ...over });

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

const agentPage = (tab: AgentPage['tab']): AgentPage => ({
  agent: agents[0] ?? agentRow('a1', 'Barista', {}),
  tab,
  connections: [{ id: 'c1', name: 'Lestari WABA', numbers: 2 }],
  version: 4,
  fields: [
    { name: 'rules', label: 'Rules', hint: 'YAML, read from the top; the first rule that fits answers.', required: true, input: { kind: 'long', value: rules, rows: 12, code: true } },
    { name: 'fallback', label: 'When nothing fits', required: false, input: { kind: 'text', value: 'I did not understand. Shall I ask a person?' } },
    { name: 'handOffAfter', label: 'Hand over after this many misses', required: false, input: { kind: 'number', value: '2', min: 1, max: 10 } },
    { name: 'stopWords', label: 'Words that call a person', required: false, input: { kind: 'list', values: ['person', 'persona', 'orang'] } },
  ],
  errors: {},
  bindings: [
    { number: { ...sales, account: '+62 811 5550 221', channel: 'Meta', lamp: 'running' }, inbound: true, conversations: 1204 },
    { number: { ...support, account: '+1 415 555 0132', channel: 'Meta', lamp: 'error' }, inbound: false, takenBy: { id: 'a2', name: 'Help desk' }, conversations: 0 },
    { number: { ...bandung, account: '+62 22 5550 118', channel: 'Meta', lamp: 'stopped' }, inbound: false, conversations: 3 },
    { number: { ...test, account: 'sim:ana', channel: 'Simulator', lamp: 'running' }, conversations: 0 },
  ],
});

export const agentSamples: Sample[] = [
  { page: 'agents', name: 'full', data: { agents } },
  { page: 'agents', name: 'empty', data: { agents: [] } },
  { page: 'agent', name: 'behaviour', data: agentPage('behaviour') },
  { page: 'agent', name: 'errors', data: { ...agentPage('behaviour'), agent: agents[1] ?? agentRow('a2', 'Help desk', {}), errors: { rules: 'Line 7: “sey” is not a word of a rule. Did you mean “say”?', form: 'Nothing was saved.' } } },
  { page: 'new-agent', name: 'choose', data: { kinds: [{ plugin: 'rules', title: 'Rules' }, { plugin: 'llm', title: 'Language model' }], fields: [], errors: {} } },
  { page: 'new-agent', name: 'form', data: { kinds: [{ plugin: 'rules', title: 'Rules' }], kind: 'rules', fields: agentPage('behaviour').fields, errors: { rules: 'Line 7: “sey” is not known.', form: 'Nothing was saved.' } } },
  { page: 'new-agent', name: 'none', data: { kinds: [], fields: [], errors: {} } },
  { page: 'agent', name: 'draft', data: { ...agentPage('channels'), bindings: agentPage('channels').bindings.map((binding) => ({ ...binding, draft: true })) } },
  { page: 'agent', name: 'channels', data: agentPage('channels') },
  { page: 'agent', name: 'stopped', data: { ...agentPage('channels'), agent: agents[2] ?? agentRow('a3', 'Night shift', {}), bindings: [] } },
  { page: 'agent', name: 'no-settings', data: { ...agentPage('behaviour'), fields: [] } },
];
