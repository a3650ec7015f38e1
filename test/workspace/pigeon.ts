/** A channel with everything a provider can have, and its provider as a few variables that a test sets. */
import { defineChannel, Silence, Type, type Channel, type CheckLine, type TemplateDraft, type TemplateRecord } from '../../core/plugin/index.ts';

export interface PigeonPost {
  plugin: Channel;
  templates: TemplateRecord[];
  /** Templates on one page of its list. */
  pageSize: number;
  /** Says this to whatever it is asked. */
  refuses?: string;
  /** Says nothing at all. */
  silent?: boolean;
  /** How often its list was begun. */
  listed: number;
  made: TemplateDraft[];
  deleted: string[];
  subscription: { state: 'ours' | 'other' | 'none'; url?: string };
  registered: { account: string; pin: string }[];
  checks: CheckLine[];
  /** Whose credentials asked last where events go. */
  loft?: string;
  /** While it is asked for a page of its list. */
  meanwhile?: () => Promise<void>;
}

export function pigeonPost(name = 'pigeon'): PigeonPost {
  const ask = async (): Promise<void> => {
    if (post.silent) throw new Silence('The loft did not answer.');
    if (post.refuses !== undefined) throw new Error(post.refuses);
  };
  const plugin = defineChannel({
    name,
    title: 'Pigeon Post',
    contract: 1,
    settings: Type.Object({
      seal: Type.String({ writeOnly: true, minLength: 6, title: 'Seal' }),
      hook: Type.String({ writeOnly: true, generate: true, title: 'Hook secret' }),
      spareSeal: Type.Optional(Type.String({ writeOnly: true, title: 'Spare seal' })),
      stamp: Type.Optional(Type.Object({ ink: Type.Optional(Type.String({ writeOnly: true, title: 'Ink' })), colour: Type.String({ title: 'Colour' }) }, { title: 'Stamp' })),
      loft: Type.String({ default: 'north', title: 'Loft' }),
      lines: Type.Optional(Type.Array(Type.String(), { accounts: true })),
    }),
    texts: {
      en: { 'check.seal': 'Seal', 'seal.bad': 'The loft {{loft}} does not know this seal.', 'seal.mend': 'Ask for a new seal.', 'seal.ok': 'The seal is good.', 'name.bad': 'Names are lower-case.', 'template.reason.TOO_HEAVY': 'No bird could carry it.' },
      es: { 'check.seal': 'Sello', 'seal.bad': 'El palomar {{loft}} no conoce este sello.', 'seal.mend': 'Pide un sello nuevo.', 'seal.ok': 'El sello es bueno.', 'name.bad': 'En minúsculas.', 'template.reason.TOO_HEAVY': 'Ningún ave podría llevarla.' },
      id: { 'check.seal': 'Segel', 'seal.bad': 'Kandang {{loft}} tidak mengenal segel ini.', 'seal.mend': 'Minta segel baru.', 'seal.ok': 'Segelnya baik.', 'name.bad': 'Huruf kecil.', 'template.reason.TOO_HEAVY': 'Tidak ada burung yang kuat membawanya.' },
    },
    can: { webhook: 'secret-url', sends: ['text', 'template'], statuses: ['delivered'], maxText: 500 },
    account: { title: 'Ring', parse: (typed) => typed.trim() },
    verify: ({ headers }, { hook, seal }) => headers['x-hook']?.[0] === `${hook}.${seal}` || { refused: 'wrong-secret' },
    parse: ({ body }) => JSON.parse(body.toString()),
    send: async ({ ref }) => ({ accepted: { refs: [`p-${ref}`] } }),
    async check({ settings }) {
      if (post.silent) throw new Silence('The loft did not answer.');
      if (post.refuses !== undefined) return [{ what: 'seal', state: 'broken', said: 'seal.bad', mend: 'seal.mend', params: { loft: settings.loft }, answered: post.refuses, field: 'seal' }];
      return [{ what: 'seal', state: 'ok', said: 'seal.ok' }, ...post.checks];
    },
    templates: {
      async list(_ctx, cursor) {
        await ask();
        if (cursor === undefined) post.listed++;
        const from = Number(cursor ?? 0);
        await post.meanwhile?.();
        const to = from + post.pageSize;
        return { templates: post.templates.slice(from, to), ...(to < post.templates.length && { next: String(to) }) };
      },
      validate: ({ name }) => (/^[a-z_]+$/.test(name) ? [] : [{ problem: 'name.bad', field: 'name' }]),
      async create(draft) {
        await ask();
        post.made.push(draft);
        const record = templateOf(`t${post.templates.length + 1}`, { name: draft.name, language: draft.language, status: 'pending', preview: draft.preview });
        post.templates.push(record);
        return record;
      },
      async delete(id) {
        await ask();
        post.deleted.push(id);
        post.templates = post.templates.filter((template) => template.id !== id);
      },
    },
    subscribe: {
      async read({ settings }) {
        await ask();
        post.loft = settings.loft;
        return post.subscription;
      },
      async set(ctx) {
        await ask();
        post.subscription = { state: 'ours', url: ctx.callbackUrl() };
      },
      async clear() {
        await ask();
        post.subscription = { state: 'none' };
      },
    },
    async register(account, pin) {
      await ask();
      post.registered.push({ account, pin });
      return pin === '000000' ? { what: `number ${account}`, state: 'broken', said: 'That is not the PIN.' } : { what: `number ${account}`, state: 'ok', said: 'It may fly.' };
    },
  });
  const post: PigeonPost = { plugin, templates: [], pageSize: 2, listed: 0, made: [], deleted: [], subscription: { state: 'none' }, registered: [], checks: [] };
  return post;
}

export function templateOf(id: string, more: Partial<TemplateRecord> = {}): TemplateRecord {
  return { id, name: `name_${id}`, language: 'en', status: 'approved', components: [], preview: { body: 'Hello {{1}}, your parcel is here.' }, variables: [{ key: '1', example: 'Ana' }], ...more };
}
