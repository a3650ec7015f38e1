/** Three small plugins without a fault. The broken ones are these with one thing changed. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { defineAgent, defineChannel, defineNotifier, NotSent, Silence, Type, type Answer, type Context, type Event, type FetchInit, type Guide, type Json, type Locale, type TemplateDraft, type TemplateRecord, type WebhookRequest } from '#plugin';
import { sampleMedia } from '../samples.ts';
import type { AgentEvidence } from '../agent.ts';
import type { ChannelEvidence } from '../evidence.ts';
import type { NotifierEvidence } from '../notifier.ts';

const texts = {
  en: { 'error.refused': 'The provider refused it.', 'doctor.refused': 'The provider answered {{status}}.' },
  es: { 'error.refused': 'El proveedor lo rechazó.', 'doctor.refused': 'El proveedor respondió {{status}}.' },
  id: { 'error.refused': 'Penyedia menolaknya.', 'doctor.refused': 'Penyedia menjawab {{status}}.' },
};
const credentials = Type.Object({
  secret: Type.String({ title: 'Secret', writeOnly: true }),
  token: Type.String({ title: 'Token', writeOnly: true }),
  region: Type.Optional(Type.String({ title: 'Region', default: 'eu' })),
});
const origin = 'https://api.sound.example.test';

export const channelSettings = { secret: 'sound-secret-of-the-kit', token: 'sound-token-of-the-kit' };

export const hmac = (secret: string, body: Uint8Array) => createHmac('sha256', secret).update(body).digest();
export const proofIn = (request: WebhookRequest) => request.headers['x-sound'] ?? [];

type SoundContext = Context<{ secret: string; token: string; region?: string }>;

async function ask(ctx: SoundContext, path: string, init: FetchInit = {}): Promise<Answer> {
  return await ctx.fetch(`${origin}/${path}`, { ...init, headers: { authorization: `Bearer ${ctx.settings.token}` } });
}

/** @throws Error the provider said no, or nothing that is known */
async function told(ctx: SoundContext, path: string, init: FetchInit = {}): Promise<Record<string, unknown>> {
  const answer = await ask(ctx, path, init);
  const said = answer.status === 200 ? answer.json() : undefined;
  if (!isRecord(said)) throw new Error(`The provider answered ${answer.status}.`);
  return said;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

function templateOf(said: unknown): TemplateRecord[] {
  if (!isRecord(said) || typeof said['id'] !== 'string' || typeof said['body'] !== 'string') return [];
  const variables = [...said['body'].matchAll(/\{\{(\w+)\}\}/g)].map(([, key = '']) => ({ key }));
  return [{ id: said['id'], name: said['id'], language: 'en', status: 'approved', components: null, preview: { body: said['body'] }, variables }];
}

/** The same guide in three languages. */
const guides: Record<Locale, Guide> = {
  en: { before: ['You need an account.'], steps: [{ title: 'Copy', does: ['Open the console.'], fields: { secret: 'Under Webhooks.', token: 'Under Keys.', region: 'In the address.' } }], handOff: ['Paste the address.'] },
  es: { before: ['Necesitas una cuenta.'], steps: [{ title: 'Copiar', does: ['Abre la consola.'], fields: { secret: 'En Webhooks.', token: 'En Claves.', region: 'En la dirección.' } }], handOff: ['Pega la dirección.'] },
  id: { before: ['Anda memerlukan akun.'], steps: [{ title: 'Salin', does: ['Buka konsol.'], fields: { secret: 'Di Webhook.', token: 'Di Kunci.', region: 'Di alamat.' } }], handOff: ['Tempel alamatnya.'] },
};

export const soundChannel = defineChannel({
  name: 'sound',
  title: 'Sound',
  contract: 1,
  settings: credentials,
  texts,
  origins: () => [origin],
  can: { webhook: 'signed', sends: ['text', 'buttons', 'image'], statuses: ['sent'], maxText: 1000, buttons: { max: 3, title: 20, id: 100, text: 1000 }, media: { image: { maxBytes: 1000, mime: ['image/jpeg'] } } },
  account: { title: 'Account', parse: (typed) => (/^[a-z]+$/.test(typed.trim().toLowerCase()) ? typed.trim().toLowerCase() : { problem: 'Letters only.' }) },
  challenge(request, { token }) {
    const { searchParams: asked } = new URL(request.url);
    if (request.method !== 'GET') return undefined;
    return asked.get('token') === token ? { status: 200, body: asked.get('challenge') ?? '' } : { status: 403, body: '' };
  },
  proofHeaders: () => [{ name: 'x-sound' }],
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
  guide: (locale) => Promise.resolve(guides[locale]),
  tells: () => ['region'],
  prepares: ({ kind }) => kind === 'image',
  async prepare(_out, ctx): Promise<Json> {
    const answer = await ask(ctx, 'files', { method: 'POST', body: 'abc' });
    const said = answer.status === 200 ? answer.json() : undefined;
    if (!isRecord(said) || typeof said['id'] !== 'string') throw new NotSent(`The file was not taken: ${answer.status}.`);
    return { file: said['id'] };
  },
  async send(out, prepared, ctx) {
    const answer = await ask(ctx, 'messages', { method: 'POST', body: JSON.stringify({ ...out, prepared }) });
    if (answer.status >= 500) throw new Silence(`The provider answered ${answer.status}.`);
    if (answer.status === 429) return { retry: { code: 'http-429', said: 'Too many.', scope: 'number' } };
    if (answer.status >= 300) return { rejected: { code: `http-${answer.status}`, said: 'Refused.', scope: answer.status === 401 ? 'connection' : 'message' } };
    const said = answer.json();
    if (!isRecord(said) || typeof said['id'] !== 'string') throw new Silence('The provider named no message.');
    return { accepted: { refs: [said['id']] } };
  },
  async media({ ref }, ctx) {
    const own = URL.parse(ref)?.origin === origin;
    const { status, headers, stream } = await ctx.download(ref, own ? { headers: { authorization: `Bearer ${ctx.settings.token}` } } : {});
    if (status === 404) return 'gone';
    if (status !== 200) throw new NotSent(`The provider answered ${status}.`);
    const mime = headers['content-type'];
    return { stream, ...(mime !== undefined && { mime }) };
  },
  async numbers(ctx) {
    const { numbers } = await told(ctx, 'numbers');
    return listOf(numbers).flatMap((one) => (isAccount(one) ? [{ account: one, title: one }] : []));
  },
  async register(account, pin, ctx) {
    const what = `number ${account}`;
    if (!/^\d{6}$/.test(pin)) return { what, state: 'broken', said: 'A PIN has six digits.' };
    try {
      const { status } = await ask(ctx, `numbers/${account}`, { method: 'POST', body: pin });
      return status === 200 ? { what, state: 'ok', said: 'It is registered.' } : { what, state: 'broken', said: 'doctor.refused', params: { status: String(status) } };
    } catch {
      return { what, state: 'doubtful', said: 'No answer came.' };
    }
  },
  subscribe: {
    async read(ctx) {
      const { url } = await told(ctx, 'webhook');
      return typeof url === 'string' ? { state: url === ctx.callbackUrl() ? 'ours' : 'other', url } : { state: 'none' };
    },
    async set(ctx) {
      await told(ctx, 'webhook', { method: 'PUT', body: ctx.callbackUrl() });
    },
    async clear(ctx) {
      await told(ctx, 'webhook', { method: 'DELETE' });
    },
  },
  signIn: {
    missing: (server) => (server['SOUND_APP_SECRET'] === undefined ? 'This server has no SOUND_APP_SECRET.' : undefined),
    origins: { script: ['https://sdk.sound.example.test'], frame: [] },
    page: (server) => ({ app: server['SOUND_APP'] ?? '' }),
    async finish(input, server, ctx) {
      const code = isRecord(input) ? input['code'] : undefined;
      if (server['SOUND_APP_SECRET'] === undefined || typeof code !== 'string' || code === '') throw new Error('The provider sent no code.');
      const { token } = await told(ctx, 'token', { method: 'POST', body: code });
      if (typeof token !== 'string') throw new Error('The provider gave no token.');
      return { settings: { ...ctx.settings, token }, accounts: [] };
    },
  },
  async typing({ ref }, ctx) {
    await ask(ctx, 'typing', { method: 'POST', body: ref });
  },
  templates: {
    async list(ctx, cursor) {
      const { templates, next } = await told(ctx, `templates?after=${cursor ?? ''}`);
      return { templates: listOf(templates).flatMap(templateOf), ...(typeof next === 'string' && { next }) };
    },
    validate: ({ name, language, preview }) => [
      ...(/^[a-z_]+$/.test(name) ? [] : [{ problem: 'A name is letters.', field: 'name' }]),
      ...(/^[a-z]{2}$/.test(language) ? [] : [{ problem: 'A language is two letters.', field: 'language' }]),
      ...(preview.body.trim() === '' ? [{ problem: 'error.refused', field: 'body' }] : []),
    ],
    async create(draft: TemplateDraft, ctx) {
      const [made] = templateOf(await told(ctx, 'templates', { method: 'POST', body: JSON.stringify(draft) }));
      if (!made) throw new Error('The provider made no template.');
      return made;
    },
    async delete(id, ctx) {
      await told(ctx, `templates/${id}`, { method: 'DELETE' });
    },
  },
  limits: () => ({ perSecond: 10 }),
  explain: ({ code }) => ({ sentence: code === 'http-400' ? 'error.refused' : 'The provider reported something unknown.', whose: 'provider', retried: false }),
  async check(ctx) {
    const { status } = await ctx.fetch(`${origin}/me`, { headers: { authorization: `Bearer ${ctx.settings.token}` } });
    return status === 200 ? [{ what: 'token', state: 'ok', said: 'The token is valid.' }] : [{ what: 'token', state: 'broken', said: 'doctor.refused', params: { status: String(status) }, mend: 'Paste a new token.', field: 'token' }];
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
    { name: 'a bad message', status: 400, body: '{}', expect: { rejected: { code: 'http-400', scope: 'message' } } },
    { name: 'a fallen provider', status: 503, body: '', expect: 'silence' },
  ],
  accounts: [{ typed: ' Ana ', account: 'ana' }, { typed: '42', account: 'refused' }],
  lacks: { '*': 'It is made up for the kit, which has other things to try.' },
  media: [
    { name: 'a file', source: 'made up for the kit', ref: { ref: `${origin}/files/1` }, answers: [{ status: 200, headers: { 'content-type': 'image/jpeg' }, body: 'bytes' }], expect: { bytes: 'bytes', mime: 'image/jpeg' } },
    { name: 'a file that is gone', source: 'made up for the kit', ref: { ref: `${origin}/files/1` }, answers: [{ status: 404, body: '' }], expect: 'gone' },
    { name: 'a busy store', source: 'made up for the kit', ref: { ref: `${origin}/files/1` }, answers: [{ status: 503, body: '' }], expect: 'later' },
  ],
  uploads: [{ name: 'an image', source: 'made up for the kit', content: { kind: 'image', media: sampleMedia, mime: 'image/jpeg', bytes: 3 }, answers: [{ status: 200, body: '{"id":"f1"}' }] }],
  templates: {
    source: 'made up for the kit',
    pages: [{ status: 200, body: '{"templates":[{"id":"one","body":"Hello {{name}}"}],"next":"2"}' }, { status: 200, body: '{"templates":[{"id":"two","body":"Goodbye"}]}' }],
    expect: [{ id: 'one', variables: [{ key: 'name' }] }, { id: 'two' }],
    draft: { name: 'one', language: 'en', category: 'UTILITY', examples: { name: 'Ana' }, preview: { body: 'Hello {{name}}' } },
  },
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

