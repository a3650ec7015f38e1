/** Three small plugins without a fault. The broken ones are these with one thing changed. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { defineAgent, defineChannel, defineNotifier, Silence, Type, type Event, type WebhookRequest } from '#plugin';
import type { AgentEvidence } from '../agent.ts';
import type { ChannelEvidence } from '../evidence.ts';
import type { NotifierEvidence } from '../notifier.ts';

const texts = { en: { 'error.refused': 'The provider refused it.' }, es: { 'error.refused': 'El proveedor lo rechazó.' }, id: { 'error.refused': 'Penyedia menolaknya.' } };
const credentials = Type.Object({
  secret: Type.String({ title: 'Secret', writeOnly: true }),
  token: Type.String({ title: 'Token', writeOnly: true }),
  region: Type.Optional(Type.String({ title: 'Region', default: 'eu' })),
});
const origin = 'https://api.sound.example.test';

export const channelSettings = { secret: 'sound-secret-of-the-kit', token: 'sound-token-of-the-kit' };

export const hmac = (secret: string, body: Uint8Array) => createHmac('sha256', secret).update(body).digest();
export const proofIn = (request: WebhookRequest) => request.headers['x-sound'] ?? [];

export const soundChannel = defineChannel({
  name: 'sound',
  title: 'Sound',
  contract: 1,
  settings: credentials,
  texts,
  origins: () => [origin],
  can: { webhook: 'signed', sends: ['text', 'buttons'], statuses: ['sent'], maxText: 1000, buttons: { max: 3, title: 20, id: 100, text: 1000 } },
  account: { title: 'Account', parse: (typed) => (/^[a-z]+$/.test(typed.trim().toLowerCase()) ? typed.trim().toLowerCase() : { problem: 'Letters only.' }) },
  challenge(request, { token }) {
    const { searchParams: asked } = new URL(request.url);
    if (request.method !== 'GET') return undefined;
    return asked.get('token') === token ? { status: 200, body: asked.get('challenge') ?? '' } : { status: 403, body: '' };
  },
  verify(request, { secret }) {
    if (secret.trim() === '') return { refused: 'not-configured' };
    const [proof = '', second] = proofIn(request);
    if (second !== undefined || !/^[0-9a-f]{64}$/.test(proof)) return { refused: 'unsigned' };
    return timingSafeEqual(Buffer.from(proof, 'hex'), hmac(secret, request.body)) || { refused: 'wrong-secret' };
  },
  parse(request) {
    const said: unknown = JSON.parse(request.body.toString());
    const events = isRecord(said) && Array.isArray(said['events']) ? said['events'] : [said];
    return events.map((event) => eventOf(event, request.receivedAt));
  },
  async send(out, _prepared, ctx) {
    const answer = await ctx.fetch(`${origin}/messages`, { method: 'POST', headers: { authorization: `Bearer ${ctx.settings.token}` }, body: JSON.stringify(out) });
    if (answer.status >= 500) throw new Silence(`The provider answered ${answer.status}.`);
    if (answer.status === 429) return { retry: { code: 'http-429', said: 'Too many.', scope: 'number' } };
    if (answer.status >= 300) return { rejected: { code: `http-${answer.status}`, said: 'Refused.', scope: answer.status === 401 ? 'connection' : 'message' } };
    const said = answer.json();
    if (!isRecord(said) || typeof said['id'] !== 'string') throw new Silence('The provider named no message.');
    return { accepted: { refs: [said['id']] } };
  },
  limits: () => ({ perSecond: 10 }),
  explain: ({ code }) => ({ sentence: code === 'http-400' ? 'error.refused' : 'The provider reported something unknown.', whose: 'provider', retried: false }),
  async check(ctx) {
    const { status } = await ctx.fetch(`${origin}/me`, { headers: { authorization: `Bearer ${ctx.settings.token}` } });
    return status === 200 ? [{ what: 'token', state: 'ok', said: 'The token is valid.' }] : [{ what: 'token', state: 'broken', said: `The provider answered ${status}.`, mend: 'Paste a new token.', field: 'token' }];
  },
  simulate(act, { secret }) {
    const body = Buffer.from(JSON.stringify({ events: [act.kind === 'message' ? act : { ...act, from: undefined, name: undefined }] }));
    return { headers: { 'X-Sound': hmac(secret, body).toString('hex') }, body };
  },
});

export function eventOf(said: unknown, receivedAt: number): Event {
  const ignored: Event = { kind: 'ignored', id: createHash('sha256').update(JSON.stringify(said)).digest('hex'), at: receivedAt, why: 'It is nothing that is known.' };
  if (!isRecord(said) || typeof said['id'] !== 'string' || said['id'] === '' || !isAccount(said['account']) || !isTime(said['at'])) return ignored;
  const base = { id: said['id'], account: said['account'], at: said['at'] };
  if (said['kind'] === 'status' && said['status'] === 'sent') return { ...base, kind: 'status', refs: [], status: 'sent' };
  if (said['kind'] === 'status' && Array.isArray(said['refs'])) {
    const { status } = said;
    const refs = said['refs'].filter((ref): ref is string => typeof ref === 'string' && ref !== '');
    if (status === 'delivered' || status === 'read' || status === 'failed') return { ...base, kind: 'status', refs, status };
  }
  const [who] = Array.isArray(said['from']) ? (said['from'] as unknown[]) : [];
  if (said['kind'] !== 'message' || !isRecord(who) || typeof who['value'] !== 'string' || who['value'] === '') return ignored;
  const { content } = said;
  const kind = /^[0-9]{5,20}$/.test(who['value']) ? ('phone' as const) : ('user' as const);
  const from = [{ kind, value: who['value'] }];
  if (isRecord(content) && content['kind'] === 'text' && typeof content['text'] === 'string') return { ...base, kind: 'message', from, content: { kind: 'text', text: content['text'] } };
  if (isRecord(content) && content['kind'] === 'choice' && typeof content['id'] === 'string' && typeof content['text'] === 'string') {
    return { ...base, kind: 'message', from, content: { kind: 'choice', id: content['id'], text: content['text'], of: 'button' } };
  }
  return { ...base, kind: 'message', from, content: { kind: 'unsupported', what: isRecord(content) && typeof content['kind'] === 'string' ? content['kind'] : 'nothing' } };
}

const isAccount = (value: unknown): value is string => typeof value === 'string' && /^[a-z]+$/.test(value);
const isTime = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 8.64e15;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const text = (id: string) => `{"kind":"message","id":"${id}","account":"ana","at":1790000000000,"from":[{"kind":"phone","value":"34600111222"}],"content":{"kind":"text","text":"hi"}}`;

export const channelEvidence: ChannelEvidence<typeof channelSettings> = {
  settings: channelSettings,
  evidence: [
    // The spaces matter: whoever verifies a body that was written anew refuses this one.
    { name: 'two messages', source: 'made up for the kit', body: `{ "events": [ ${text('a')}, ${text('b')} ] }`, expect: [{ kind: 'message', id: 'a', account: 'ana' }, { kind: 'message', id: 'b' }] },
    { name: 'an unknown event', source: 'made up for the kit', body: '{"events":[{"kind":"dance","id":"c"}]}', expect: [{ kind: 'ignored' }] },
  ],
  sign: (body, { secret }) => ({ 'x-sound': hmac(secret, body).toString('hex') }),
  answers: [
    { name: 'yes', status: 200, body: '{"id":"m1"}', expect: { accepted: { refs: ['m1'] } } },
    { name: 'a bad token', status: 401, body: '{}', expect: { rejected: { scope: 'connection' } } },
    { name: 'a fallen provider', status: 503, body: '', expect: 'silence' },
  ],
  accounts: [{ typed: ' Ana ', account: 'ana' }, { typed: '42', account: 'refused' }],
};

export const soundAgent = defineAgent({
  name: 'sound-agent',
  title: 'Sound agent',
  contract: 1,
  settings: Type.Object({ token: Type.String({ title: 'Token', writeOnly: true }) }),
  texts,
  origins: () => [origin],
  async respond(turn, ctx) {
    const { status } = await ctx.fetch(`${origin}/count`, { method: 'POST', headers: { authorization: `Bearer ${ctx.settings.token}` } });
    const before = typeof turn.state === 'number' ? turn.state : 0;
    return { messages: [{ kind: 'text', text: `Turn ${before + 1}: ${turn.messages.length} (${status})` }], state: before + 1, why: 'It counts.' };
  },
  check: async () => [{ what: 'counting', state: 'ok', said: 'Numbers are still there.' }],
});

export const agentEvidence: AgentEvidence<{ token: string }> = {
  settings: { token: 'sound-token-of-the-kit' },
  turns: [
    { name: 'a first turn', said: 'hi', expect: { messages: [{ kind: 'text', text: 'Turn 1: 1 (200)' }], state: 1 } },
    { name: 'a burst later on', said: ['hi', 'ho'], turn: { state: 4 }, expect: { messages: [{ text: 'Turn 5: 2 (200)' }], state: 5 } },
  ],
  answer: { status: 200, body: '{}' },
};

export const soundNotifier = defineNotifier({
  name: 'sound-notifier',
  title: 'Sound notifier',
  contract: 1,
  settings: Type.Object({ token: Type.String({ title: 'Token', writeOnly: true }) }),
  texts,
  origins: () => [origin],
  alerts: ({ kind, conversation, text: said }) => [{ kind, key: `${kind}:${conversation ?? ''}`, text: `It happened: ${said}` }],
  async notify(occurrence, ctx) {
    const { status } = await ctx.fetch(`${origin}/notify`, { method: 'POST', headers: { authorization: `Bearer ${ctx.settings.token}` }, body: JSON.stringify(occurrence) });
    if (status >= 300) throw new Error(`The outside answered ${status}.`);
  },
  check: async () => [{ what: 'outside', state: 'ok', said: 'It is there.' }],
});

export const notifierEvidence: NotifierEvidence<{ token: string }> = {
  settings: { token: 'sound-token-of-the-kit' },
  occurrences: [{ name: 'a failure', occurrence: { kind: 'failure', at: 1, conversation: 'c1', heldBy: 'agent', text: 'no' }, expect: [{ kind: 'failure', key: 'failure:c1' }] }],
};

