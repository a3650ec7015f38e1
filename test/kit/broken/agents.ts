/** Agents with one fault each, and what the contract must say of it. */
import type { Agent, Json } from '#plugin';
import { agentContract, type AgentEvidence } from '../agent.ts';
import type { Broken } from './channels.ts';
import { agentEvidence, soundAgent } from './sound.ts';

type Settings = typeof soundAgent.settings;

function broken(flaw: string, check: string, says: RegExp, respond: Agent<Settings>['respond'], evidence: Partial<AgentEvidence<{ token: string }>> = {}): Broken {
  return { flaw, check, says, checks: agentContract({ ...soundAgent, respond }, { ...agentEvidence, ...evidence }) };
}

const { respond } = soundAgent;
let counted = 0;
const reasonCheck = 'a hand-off whose reason is a text of the plugin gives every value of it, and says the same in English';
const shapeCheck = 'a reply is plain data of the contract’s shape and says why';

export const brokenAgents: Broken[] = [
  broken('it answers something else', 'every turn of the evidence is answered as it says', /“a first turn” is answered/, async () => ({ messages: [], why: 'No.' })),
  broken('it says more than expected', 'every turn of the evidence is answered as it says', /“a first turn” is answered/, async (turn, ctx) => {
    const reply = await respond(turn, ctx);
    return { ...reply, messages: [...reply.messages, { kind: 'text', text: 'And more.' }] };
  }),
  broken('it does not say why', shapeCheck, /\/why/, async (turn, ctx) => ({ ...(await respond(turn, ctx)), why: '' })),
  broken('its message is of no known kind', shapeCheck, /messages/, async (turn, ctx) => ({ ...(await respond(turn, ctx)), messages: [{ kind: 'dance' } as never] })),
  broken('its state is not data', shapeCheck, /could not be cloned|not the same after JSON|not deep/i, async (turn, ctx) => ({ ...(await respond(turn, ctx)), state: new Map() as unknown as Json })),
  broken('its reason is a text that it lacks', reasonCheck, /tired.*which texts lack/, async (turn, ctx) => ({ ...(await respond(turn, ctx)), handOff: { reason: 'It is tired.', key: 'tired' } })),
  broken('its reason says something else', reasonCheck, /not what its text says/, async (turn, ctx) => ({ ...(await respond(turn, ctx)), handOff: { reason: 'It is tired.', key: Object.keys(soundAgent.texts?.en ?? {})[0] ?? '' } })),
  broken('it changes the turn', 'neither the turn nor the settings are changed', /read only|not extensible/i, async (turn, ctx) => {
    turn.messages.push(...turn.messages);
    return respond(turn, ctx);
  }),
  broken('it remembers outside its state', 'the same turn is answered the same way twice, also by another process', /answered differently/, async () => ({ messages: [{ kind: 'text', text: String(++counted) }], why: 'It counts.' })),
  broken('its state does not survive the database', 'a conversation goes on the same way when its state has been through the database', /answered differently with the stored state/, async (turn) => {
    const since = turn.state as unknown;
    return { messages: [{ kind: 'text', text: since instanceof Date ? 'again' : 'first' }], state: new Date(0) as unknown as Json, why: 'It knows when.' };
  }),
  broken('it trusts its state', 'a state that is not its own is borne', /not a function|undefined|null/, async (turn, ctx) => {
    const { seen } = (turn.state ?? { seen: [] }) as { seen: string[] };
    return { ...(await respond(turn, ctx)), state: { seen: [...seen.slice(-5), 'x'] } };
  }),
  broken('it expects text', 'every kind of message is answered or left, never stumbled over', /undefined/, async (turn, ctx) => {
    const [first] = turn.messages;
    const { text } = (first?.content ?? { text: '' }) as { text: string };
    return text.length >= 0 ? respond(turn, ctx) : respond(turn, ctx);
  }),
  broken('it runs what a contact writes', 'whatever a contact writes is text: it is not run, and it takes no time', /was run/, async (turn, ctx) => {
    const code = /^\$\{(.*)\}$/.exec(turn.messages[0]?.text ?? '')?.[1];
    // oxlint-disable-next-line no-implied-eval, no-new-func -- this is the fault
    if (code !== undefined) new Function(code)();
    return respond(turn, ctx);
  }),
  broken('a message makes it think too long', 'whatever a contact writes is text: it is not run, and it takes no time', /took \d+ ms/, async (turn, ctx) => {
    const { text = '' } = turn.messages[0] ?? {};
    const asks = /\s+please/.test(text) || /\s+now/.test(text);
    return asks ? respond(turn, ctx) : respond(turn, ctx);
  }),
  broken('it calls past the guard', 'nothing goes out but through ctx.fetch', /connection of its own/, async (turn, ctx) => {
    await fetch('http://127.0.0.1:1234/').catch(() => undefined);
    return respond(turn, ctx);
  }),
  broken('it repeats what the outside said', 'when the outside fails it answers in shape or says so, without a credential', /credential is told/, async (turn, ctx) => {
    const answer = await ctx.fetch('https://api.sound.example.test/count');
    return { ...(await respond(turn, ctx)), why: answer.text() || 'It counts.' };
  }),
  broken('it throws a word', 'when the outside fails it answers in shape or says so, without a credential', /which is no Error/, async (turn, ctx) => {
    const { status } = await ctx.fetch('https://api.sound.example.test/count');
    // oxlint-disable-next-line no-throw-literal, only-throw-error -- this is the fault
    if (status !== 200) throw 'no';
    return respond(turn, ctx);
  }),
];
