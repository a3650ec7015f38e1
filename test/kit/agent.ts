/** What every agent promises: it answers with data, changes nothing, remembers only its state, and bears whatever is written. */
import assert from 'node:assert/strict';
import type { Static, TSchema } from 'typebox';
import { NotSent, Silence, type Agent, type Content, type Json, type ReceivedMessage, type Reply, type Turn } from '#plugin';
import { frozen, holds, inTime, type Check } from './check.ts';
import { world, type Saying } from './context.ts';
import { badAnswers, filled, pluginChecks, secretsIn } from './plugin.ts';
import { faultIn, reply as replyShape } from './shapes.ts';

/** What an agent's `evidence.ts` exports. */
export interface AgentEvidence<S> {
  settings: S;
  /** What is said, and at least what is answered. */
  turns: readonly { name: string; said: string | Content | readonly (string | Content)[]; turn?: Partial<Turn>; expect: unknown }[];
  /** What the outside answers, for agents that call it. */
  answer?: { status: number; headers?: Record<string, string>; body: string };
}

/**
 * A turn in which this was said, for an agent's own tests too.
 * @param said texts or content, in order
 * @param more whatever else the turn should be
 */
export function turnOf(said: string | Content | readonly (string | Content)[], more: Partial<Turn> = {}): Turn {
  const all = isList(said) ? said : [said];
  return {
    conversation: '019b0000-0000-7000-8000-00000000000c',
    messages: all.map(messageOf),
    history: [],
    contact: { id: '019b0000-0000-7000-8000-00000000000a', name: 'Ana', phone: '34600111222', attributes: {} },
    number: { account: 'sim:ana', name: 'Sales' },
    channel: { webhook: 'signed', sends: ['text'], statuses: [], maxText: 4096 },
    state: null,
    locale: 'en',
    timeZone: 'Asia/Jakarta',
    ...more,
  };
}

function messageOf(said: string | Content, at: number): ReceivedMessage {
  const content: Content = typeof said === 'string' ? { kind: 'text', text: said } : said;
  const text = 'text' in content && content.text !== undefined ? content.text : 'caption' in content && content.caption !== undefined ? content.caption : '';
  return { id: `019b0000-0000-7000-8000-0000000001${String(at).padStart(2, '0')}`, ref: `ref-${at}`, at: 1_790_000_000_000 + at, content, text };
}

/**
 * The contract of an agent as a list of checks, for any test runner.
 * @param agent the plugin as its file exports it
 * @param evidence the exports of its `evidence.ts`
 */
export function agentContract<S extends TSchema>(agent: Agent<S>, evidence: AgentEvidence<Static<S>>): Check[] {
  const { settings, turns, answer = { status: 503, body: '' } } = evidence;
  const secrets = secretsIn(agent.settings, settings);
  const ask = async (turn: Turn, says: Saying = answer, given = settings) => {
    const { ctx, logged, strayed, inside } = world(given, says);
    const reply = await inTime('respond', inside(() => agent.respond(frozen(turn), ctx)));
    return { reply, logged, strayed };
  };
  const shaped = (reply: Reply, about: string) => {
    const fault = faultIn(replyShape, reply);
    holds(fault === undefined, `${about}: ${fault}`);
  };
  const evidenceTurns = () => turns.map(({ name, said, turn }) => ({ name, turn: turnOf(said, turn) }));

  return [
    ...pluginChecks(agent, 'agent', settings),
    {
      name: 'every turn of the evidence is answered as it says',
      async run() {
        holds(turns.length > 0, 'there is no evidence');
        for (const { name, said, turn, expect } of turns) {
          const { reply } = await ask(turnOf(said, turn));
          try {
            assert.partialDeepStrictEqual(reply, expect);
            if (typeof expect === 'object' && expect !== null && 'messages' in expect && Array.isArray(expect.messages)) assert.equal(reply.messages.length, expect.messages.length);
          } catch (cause) {
            throw new Error(`“${name}” is answered ${JSON.stringify(reply)}`, { cause });
          }
        }
      },
    },
    {
      name: 'a reply is plain data of the contract’s shape and says why',
      async run() {
        for (const { name, turn } of evidenceTurns()) {
          const { reply } = await ask(turn);
          shaped(reply, `“${name}”`);
          assert.deepEqual(structuredClone(reply), reply, `“${name}”: the reply cannot travel to another thread`);
          assert.deepEqual(JSON.parse(JSON.stringify(reply)), reply, `“${name}”: the reply is not the same after JSON`);
        }
      },
    },
    {
      name: 'a hand-off whose reason is a text of the plugin gives every value of it, and says the same in English',
      async run() {
        for (const { name, turn } of evidenceTurns()) {
          const { key, params = {}, reason } = (await ask(turn)).reply.handOff ?? {};
          if (key === undefined) continue;
          holds(agent.texts !== undefined && Object.hasOwn(agent.texts.en, key), `“${name}”: the reason is the text ${key}, which texts lack`);
          filled(agent, key, params, `“${name}”`);
          const english = Object.entries(params).reduce((text, [place, value]) => text.replaceAll(`{{${place}}}`, value), agent.texts.en[key] ?? '');
          assert.equal(reason, english, `“${name}”: the reason is not what its text says in English`);
        }
      },
    },
    {
      name: 'neither the turn nor the settings are changed',
      async run() {
        for (const { name, turn } of evidenceTurns()) {
          const before = structuredClone(turn);
          const own = frozen(structuredClone(settings));
          await ask(turn, answer, own);
          assert.deepEqual(turn, before, `“${name}”: the turn was changed`);
          assert.deepEqual(own, settings, `“${name}”: the settings were changed`);
        }
      },
    },
    {
      name: 'the same turn is answered the same way twice, also by another process',
      async run() {
        for (const { name, turn } of evidenceTurns()) {
          const first = await ask(turn);
          const second = await ask(structuredClone(turn), answer, structuredClone(settings));
          assert.deepEqual(second.reply, first.reply, `“${name}” is answered differently: what an agent remembers must be in its state`);
        }
      },
    },
    {
      name: 'a conversation goes on the same way when its state has been through the database',
      async run() {
        let held: Json = null;
        let stored: Json = null;
        for (const { name, turn } of evidenceTurns()) {
          const first: Reply = (await ask({ ...turn, state: held })).reply;
          const second: Reply = (await ask(structuredClone({ ...turn, state: stored }))).reply;
          assert.deepEqual(second, first, `“${name}” is answered differently with the stored state`);
          held = first.state === undefined ? held : first.state;
          stored = second.state === undefined ? stored : (JSON.parse(JSON.stringify(second.state)) as Json);
        }
      },
    },
    {
      name: 'a state that is not its own is borne',
      async run() {
        const states: Json[] = [7, '', 'x', true, [], [null], {}, { offered: 5, misses: 'x', remembered: [] }, JSON.parse('{"__proto__":{"polluted":1},"offered":[{"id":1}]}') as Json];
        for (const state of states) shaped((await ask(turnOf('hello', { state }))).reply, `the state ${JSON.stringify(state)}`);
        holds(!('polluted' in {}), 'Object.prototype was changed');
      },
    },
    {
      name: 'every kind of message is answered or left, never stumbled over',
      async run() {
        for (const content of everyContent) shaped((await ask(turnOf(content))).reply, content.kind);
        shaped((await ask(turnOf(everyContent))).reply, 'all kinds in one burst');
        shaped((await ask(turnOf([]))).reply, 'a turn without a message');
      },
    },
    {
      name: 'whatever a contact writes is text: it is not run, and it takes no time',
      async run() {
        Reflect.deleteProperty(globalThis, 'ranByContact');
        for (const said of hostile) {
          const began = performance.now();
          shaped((await ask(turnOf(said))).reply, JSON.stringify(said.slice(0, 60)));
          const took = performance.now() - began;
          holds(took < 1000, `${JSON.stringify(said.slice(0, 60))} (${said.length} characters) took ${Math.round(took)} ms`);
          holds(!('ranByContact' in globalThis), `${JSON.stringify(said.slice(0, 60))} was run`);
        }
        holds(!('polluted' in {}), 'Object.prototype was changed');
      },
    },
    {
      name: 'nothing goes out but through ctx.fetch',
      async run() {
        for (const { name, turn } of evidenceTurns()) {
          const { strayed } = await ask(turn);
          holds(strayed.length === 0, `“${name}” opened a connection of its own (${strayed.join(', ')})`);
        }
      },
    },
    {
      name: 'when the outside fails it answers in shape or says so, without a credential',
      async run() {
        const [first] = evidenceTurns();
        holds(first, 'there is no evidence');
        const failing: { name: string; says: Saying }[] = [
          ...badAnswers(secrets[0] ?? ''),
          { name: 'silence', says: new Silence('no answer came') },
          { name: 'nobody there', says: new NotSent('nobody is there') },
        ];
        for (const { name, says } of failing) {
          const { ctx, logged, inside } = world(settings, says);
          let told: string;
          try {
            const reply = await inTime('respond', inside(() => agent.respond(frozen(first.turn), ctx)));
            shaped(reply, `after ${name}`);
            told = JSON.stringify(reply);
          } catch (error) {
            holds(error instanceof Error, `after ${name} it throws ${String(error)}, which is no Error`);
            told = `${error.message}\n${error.stack}`;
          }
          holds(!secrets.some((secret) => `${told}\n${logged.join('\n')}`.includes(secret)), `after ${name} a credential is told`);
        }
      },
    },
  ];
}

const media = { ref: 'provider-media-1', mime: 'application/octet-stream' };

const everyContent: readonly Content[] = [
  { kind: 'text', text: '' },
  { kind: 'choice', id: 'nobody-offered-this', text: 'A', of: 'button' },
  { kind: 'choice', id: '__proto__', text: '', of: 'list' },
  ...(['image', 'video', 'audio', 'voice', 'document', 'sticker'] as const).map((kind) => ({ kind, media })),
  { kind: 'image', media, caption: 'look' },
  { kind: 'location', latitude: 0, longitude: 0 },
  { kind: 'contacts', contacts: [] },
  { kind: 'order', items: [] },
  { kind: 'form', answers: null },
  { kind: 'reaction' },
  { kind: 'system', what: 'number-changed' },
  { kind: 'unsupported', what: 'hologram' },
];

const hostile: readonly string[] = [
  '', ' ', '\u0000', '\ud800', '\u202Etxt.exe', '__proto__', 'constructor', 'toString', '{{text}}', '{{constructor}}', '{{__proto__}}', '{{text}}{{name}}{{phone}}', '{{{{text}}}}',
  '{{constructor.constructor("globalThis.ranByContact=1")()}}', '${globalThis.ranByContact=1}', '<%= globalThis.ranByContact=1 %>', '<% globalThis.ranByContact=1 %>',
  '#{globalThis.ranByContact=1}', '{%raw%}{{7*7}}', "');globalThis.ranByContact=1;('", '`;globalThis.ranByContact=1;`', '<script>globalThis.ranByContact=1</script>',
  '{"__proto__":{"polluted":1}}', '[object Object]', "'; drop table message; --", '$&$1$`', '%s%d%n', '👨‍👩‍👧‍👦'.repeat(500), 'é́́́'.repeat(1000), 'ﷺ'.repeat(4000),
  'a'.repeat(65_536), ' '.repeat(65_536), '{{'.repeat(32_768), '{{ '.repeat(20_000), '1'.repeat(65_536), '!a'.repeat(32_768), '\n'.repeat(65_536), 'א'.repeat(65_536), '{{text|'.repeat(9000),
];

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
