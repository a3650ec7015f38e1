/** Channels with one fault each in what they do at the provider beside messages, and what the contract must say of it. */
import { NotSent, Silence, type Channel, type Context, type TemplateDraft } from '#plugin';
import { channelContract } from '../channel.ts';
import type { ChannelEvidence } from '../evidence.ts';
import type { Broken } from './channels.ts';
import { channelEvidence, type channelSettings, soundChannel as sound } from './sound.ts';

type Settings = typeof sound.settings;
type Ctx = Context<{ secret: string; token: string; region?: string }>;

function broken(flaw: string, check: string, says: RegExp, changes: Partial<Channel<Settings>>, evidence: Partial<ChannelEvidence<typeof channelSettings>> = {}): Broken {
  return { flaw, check, says, checks: channelContract({ ...sound, ...changes }, { ...channelEvidence, ...evidence }) };
}

const { can } = sound;
const origin = 'https://api.sound.example.test';
const bearer = ({ settings: { token } }: Ctx) => ({ authorization: `Bearer ${token}` });
const evidenceOf = channelEvidence.templates;
const templates: NonNullable<Channel<Settings>['templates']> = sound.templates ?? { list: async () => ({ templates: [] }) };
const subscribe: NonNullable<Channel<Settings>['subscribe']> = sound.subscribe ?? { read: async () => ({ state: 'none' }), set: async () => undefined };

const signIn: NonNullable<Channel<Settings>['signIn']> = sound.signIn ?? { missing: () => undefined, origins: { script: [], frame: [] }, page: () => ({}), finish: async (_input, _server, { settings }) => ({ settings, accounts: [] }) };

const sizesCheck = 'of each kind of media that it sends, sizes and types can be asked before anything is sent';
const bytesCheck = 'each medium of the evidence comes as its bytes, or is gone, or will be asked for again';
const faultCheck = 'no passing fault makes a medium be taken for gone';
const strangeCheck = 'an address that came from outside is given no credential of ours';
const refersCheck = 'a message refers to what was prepared for it, and sending it is one call';
const preparedCheck = 'whatever became of preparing, sending says what becomes of the message';

const files: Broken[] = [
  broken('it says what a kind may be that it does not send', sizesCheck, /says what video may be/, { can: { ...can, media: { ...can.media, video: { maxBytes: 1, mime: ['video/mp4'] } } } }),
  broken('its size is no number', sizesCheck, /maxBytes is not/, { can: { ...can, media: { image: { maxBytes: 0, mime: ['image/jpeg'] } } } }),
  broken('its type has parameters', sizesCheck, /is not a type as found in a file/, { can: { ...can, media: { image: { maxBytes: 1, mime: ['image/jpeg; q=1'] } } } }),
  broken('it names no type', sizesCheck, /has no types/, { can: { ...can, media: { image: { maxBytes: 1, mime: [] } } } }),
  broken('its evidence has no medium that comes', bytesCheck, /add one that comes/, {}, { media: [] }),
  broken('it gives other bytes', bytesCheck, /comes as "other"/, { media: async () => ({ stream: streamOf('other') }) }),
  broken('what is busy is gone', faultCheck, /it is "gone"/, { media: async (ref, ctx) => { try { return (await sound.media?.(ref, ctx)) ?? 'gone'; } catch { return 'gone'; } } }),
  broken('an error page is taken for the medium', faultCheck, /taken for the medium/, { media: async ({ ref }, ctx) => ({ stream: (await ctx.download(ref)).stream }) }),
  broken('a fault of its own is thrown', faultCheck, /throw NotSent or Silence/, { media: async (ref, ctx) => { try { return (await sound.media?.(ref, ctx)) ?? 'gone'; } catch (cause) { throw new Error('It did not come.', { cause }); } } }),
  broken('every address is given the token', strangeCheck, /given to https:\/\/elsewhere\.example\.test/, { media: async ({ ref }, ctx) => ({ stream: (await ctx.download(ref, { headers: bearer(ctx) })).stream }) }),
  broken('it sends without what was prepared', refersCheck, /names nothing of what was prepared/, { send: async (out, _prepared, ctx) => sound.send(out, undefined, ctx) }),
  broken('it uploads while it sends', refersCheck, /made 2 calls that create/, {
    async send(out, prepared, ctx) {
      await ctx.fetch(`${origin}/files`, { method: 'POST', headers: bearer(ctx), body: 'abc' });
      return sound.send(out, prepared, ctx);
    },
  }),
  broken('its evidence has nothing that is prepared', refersCheck, /add what it prepares/, {}, { uploads: [] }),
  broken('it stumbles when nothing was prepared', preparedCheck, /it stumbles: TypeError/, { send: async (out, prepared, ctx) => ((prepared as { file: string }).file.length > 0 ? sound.send(out, prepared, ctx) : sound.send(out, undefined, ctx)) }),
  broken('preparing tells the token', preparedCheck, /preparing, after .* result contains a credential/, { prepare: async (_out, ctx) => ({ file: ctx.settings.token }) }),
];

const listCheck = 'its templates are listed to the end, each with an id of its own and words that agree with its variables';
const failedListCheck = 'a list of templates that fails is an error, never an empty list';
const draftCheck = 'a draft that nobody could send is refused in words, purely, and a sound one is not';
const doneCheck = 'a template that was not made or deleted is not said to be';
const page = (ctx: Ctx, cursor?: string) => templates.list(ctx, cursor);
const nothing = (error: unknown) => {
  if (error instanceof Error) return { templates: [] };
  throw error;
};

const templateFaults: Broken[] = [
  broken('it reads the first page alone', listCheck, /1 came, 2 were expected/, { templates: { ...templates, list: async (ctx) => ({ templates: (await page(ctx)).templates }) } }),
  broken('it never ends', listCheck, /after 3 pages it wants another one/, { templates: { ...templates, list: async (ctx, cursor) => ({ ...(await page(ctx, cursor)), next: 'more' }) } }),
  broken('it reads all pages at once', listCheck, /takes 2 calls/, { templates: { ...templates, list: async (ctx) => ({ templates: [...(await page(ctx)).templates, ...(await page(ctx, '2')).templates] }) } }),
  broken('all have one id', listCheck, /two templates have one id/, { templates: { ...templates, list: async (ctx, cursor) => { const got = await page(ctx, cursor); return { ...got, templates: got.templates.map((one) => ({ ...one, id: 'x' })) }; } } }, { templates: { ...evidenceOf, source: 'made up', pages: evidenceOf?.pages ?? [], expect: [{}, {}] } }),
  broken('its words have a place without a variable', listCheck, /\{\{name\}\} stands in the text/, { templates: { ...templates, list: async (ctx, cursor) => { const got = await page(ctx, cursor); return { ...got, templates: got.templates.map((one) => ({ ...one, variables: [] })) }; } } }, { templates: { ...evidenceOf, source: 'made up', pages: evidenceOf?.pages ?? [], expect: [{}, {}] } }),
  broken('its evidence has no templates', listCheck, /add `templates`/, {}, { templates: undefined as unknown as NonNullable<typeof evidenceOf> }),
  broken('a failure is an empty list', failedListCheck, /a failure is thrown/, { templates: { ...templates, list: async (ctx, cursor) => page(ctx, cursor).catch(nothing) } }),
  broken('it takes any draft', draftCheck, /it takes the draft/, { templates: { ...templates, validate: () => [] } }),
  broken('it refuses every draft', draftCheck, /draft of the evidence is refused/, { templates: { ...templates, validate: () => [{ problem: 'It is wrong.' }] } }),
  broken('a draft is refused by a key that is missing', draftCheck, /draft\.missing is not among/, { templates: { ...templates, validate: () => [{ problem: 'draft.missing' }] } }),
  broken('it changes the draft', draftCheck, /read only|not extensible/i, { templates: { ...templates, validate: (draft: TemplateDraft) => { draft.name = draft.name.trim(); return templates.validate?.(draft) ?? []; } } }),
  broken('what was refused is made', doneCheck, /it is made, as far as anybody can tell/, {
    templates: { ...templates, async create(draft: TemplateDraft, ctx) {
      await ctx.fetch(`${origin}/templates`, { method: 'POST', headers: bearer(ctx), body: draft.name }).catch(() => undefined);
      return { id: 'x', name: draft.name, language: 'en', status: 'pending', components: null, preview: draft.preview, variables: [] };
    } },
  }),
  broken('what was refused is deleted', doneCheck, /it is deleted, as far as anybody can tell/, { templates: { ...templates, delete: async (id, ctx) => void (await ctx.fetch(`${origin}/templates/${id}`, { method: 'DELETE', headers: bearer(ctx) }).catch(() => undefined)) } }),
];

const numbersCheck = 'its numbers are asked for without changing anything, and no failure looks like an empty list';
const subscribeCheck = 'where events go is read without changing it, and a change that was refused is not passed over';
const registerCheck = 'registering is at most one call, says what became of it, and tells the PIN to nobody else';
const signInCheck = 'signing in is not offered without what it needs, shows no secret to the browser, and believes nothing that it brings';
const courtesyCheck = 'typing and read marks are at most one call each, whatever the answer';
const post = (ctx: Ctx, path: string, body = '') => ctx.fetch(`${origin}/${path}`, { method: 'POST', headers: bearer(ctx), body });

const accounts: Broken[] = [
  broken('a failure is an empty list of numbers', numbersCheck, /a failure is thrown/, { numbers: async (ctx) => (await sound.numbers?.(ctx).catch(() => [])) ?? [] }),
  broken('asking for numbers posts', numbersCheck, /asking for numbers changes something/, { numbers: async (ctx) => { await post(ctx, 'numbers'); return (await sound.numbers?.(ctx)) ?? []; } }),
  broken('a number is written otherwise', numbersCheck, /ANA is not how account\.parse writes it/, { numbers: async (ctx) => { const { status } = await ctx.fetch(`${origin}/numbers`, { headers: bearer(ctx) }); if (status >= 300) throw new Error(`${status}`); return [{ account: 'ANA', title: 'Ana' }]; } }),
  broken('its error of numbers repeats the answer', numbersCheck, /error contains a credential/, { numbers: async (ctx) => { throw new Error((await ctx.fetch(`${origin}/numbers`, { headers: bearer(ctx) })).text()); } }),
  broken('reading where events go sets it', subscribeCheck, /reading changes something/, { subscribe: { ...subscribe, read: async (ctx) => { await post(ctx, 'webhook'); return subscribe.read(ctx); } } }),
  broken('a failure to read is read as none', subscribeCheck, /a failure is thrown/, { subscribe: { ...subscribe, read: async (ctx) => subscribe.read(ctx).catch(() => ({ state: 'none' as const })) } }),
  broken('a refused change is passed over', subscribeCheck, /it is set, as far as anybody can tell/, { subscribe: { ...subscribe, set: async (ctx) => subscribe.set(ctx).catch(() => undefined) } }),
  broken('taking away gives the token to another', subscribeCheck, /taking away, .* credential is given to https:\/\/elsewhere/, { subscribe: { ...subscribe, clear: async (ctx) => void (await ctx.fetch('https://elsewhere.example.test/', { headers: bearer(ctx) }).catch(() => undefined)) } }),
  broken('registering throws', registerCheck, /say it as a line/, { register: async () => { throw new NotSent('nobody is there'); } }),
  broken('registering tries again', registerCheck, /made 2 calls/, { register: async (account, pin, ctx) => { await post(ctx, 'numbers', pin).catch(() => undefined); return (await sound.register?.(account, pin, ctx)) ?? { what: 'x', state: 'ok', said: 'x' }; } }),
  broken('registering quotes the PIN', registerCheck, /the PIN is told/, { register: async (account, pin, ctx) => ({ ...((await sound.register?.(account, pin, ctx)) ?? { what: 'x', state: 'ok', said: 'It works.' }), answered: `The PIN ${pin} is wrong` }) }),
  broken('any PIN will do', registerCheck, /"" is taken for a PIN/, { register: async (account, pin, ctx) => (await sound.register?.(account, pin.padEnd(6, '0').slice(0, 6), ctx)) ?? { what: 'x', state: 'ok', said: 'It works.' } }),
  broken('registering leaves a place empty', registerCheck, /doctor\.refused wants/, { register: async (account, pin, ctx) => { const line = await sound.register?.(account, pin, ctx); return { what: 'x', state: line?.state ?? 'ok', said: 'doctor.refused' }; } }),
  broken('signing in needs nothing', signInCheck, /is not told what is missing/, { signIn: { ...signIn, missing: () => undefined } }),
  broken('signing in is never offered', signInCheck, /a server that has everything lacks/, { signIn: { ...signIn, missing: () => 'Something is missing.' } }),
  broken('the browser is shown the secret', signInCheck, /shown to the browser/, { signIn: { ...signIn, page: (server) => ({ secret: server['SOUND_APP_SECRET'] ?? '' }) } }),
  broken('its script may come from anywhere', signInCheck, /is not an origin over https/, { signIn: { ...signIn, origins: { script: ['https://*'], frame: [] } } }),
  broken('it asks before it looks', signInCheck, /lacks something signs in all the same/, { signIn: { ...signIn, finish: async (input, server, ctx) => { await post(ctx, 'hello').catch(() => undefined); return signIn.finish(input, server, ctx); } } }),
  broken('it believes what the browser brings', signInCheck, /null is taken for a sign-in/, { signIn: { ...signIn, finish: async (input, server, ctx) => (input === null ? { settings: ctx.settings, accounts: [] } : signIn.finish(input, server, ctx)) } }),
  broken('a refused code signs in', signInCheck, /somebody is signed in/, { signIn: { ...signIn, finish: async (input, server, ctx) => signIn.finish(input, server, ctx).catch((error: unknown) => { if (server['SOUND_APP_SECRET'] === undefined || JSON.stringify(input) !== '{"code":"a-code"}') throw error; return { settings: ctx.settings, accounts: [] }; }) } }),
  broken('its refusal tells the server’s secret', signInCheck, /a secret of the server is told/, { signIn: { ...signIn, finish: async (input, server, ctx) => signIn.finish(input, server, ctx).catch((cause: unknown) => { throw new Error(`It did not work with ${server['SOUND_APP_SECRET']}.`, { cause }); }) } }),
  broken('typing is repeated', courtesyCheck, /made 2 calls/, { typing: async (heard, ctx) => { await post(ctx, 'typing', heard.ref).catch(() => undefined); await post(ctx, 'typing', heard.ref); } }),
  broken('a read mark stumbles', courtesyCheck, /it stumbles: SyntaxError/, { markRead: async (_heard, ctx) => void JSON.parse((await post(ctx, 'read')).text()) }),
  broken('typing logs the token', courtesyCheck, /log line contains a credential/, { typing: async (_heard, ctx) => { try { await post(ctx, 'typing'); } catch (error) { if (!(error instanceof Silence)) throw error; ctx.log.warn({ token: ctx.settings.token }, 'typing'); } } }),
];

export const brokenAtProvider: Broken[] = [...files, ...templateFaults, ...accounts];

async function* streamOf(words: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(words);
}
