/** A workspace with one of everything, made by the ways in which people and providers make it. */
import { Alert, Login, Message } from '../../core/db/entities/index.ts';
import { uuid } from '../../core/ids.ts';
import { receive } from '../../core/pipeline/receive.ts';
import type { By } from '../../core/workspace/change.ts';
import type { Site } from './site.ts';

export interface Planted {
  tenantId: string;
  slug: string;
  connection: string;
  number: string;
  agent: string;
  /** A new one each time: what is tried on it may end it. */
  fresh: { [K in Kind]: () => Promise<string> } & { template(): Promise<{ id: string; template: string }> };
}

type Kind = 'connection' | 'post' | 'ring' | 'number' | 'agent' | 'drafted' | 'conversation' | 'delivery' | 'alert' | 'medium' | 'missing' | 'sendable';

/** @param canary stands in every text of the workspace */
export async function plant(site: Site, slug: string, canary: string): Promise<Planted> {
  const { ctx } = site;
  const { workspace, runtime } = ctx;
  const tenantId = await site.tenant(slug);
  const by: By = 'configuration';
  let n = 0;
  const fresh: Planted['fresh'] = {
    connection: async () => (await workspace.connections.create(tenantId, { plugin: 'simulator', name: `${canary} line ${++n}`, settings: { data: {} } }, by)).id,
    post: async () => (await workspace.connections.create(tenantId, { plugin: 'pigeon', name: `${canary} post ${++n}`, settings: { data: { seal: 'a-good-seal' } } }, by)).id,
    ring: async () => (await workspace.numbers.connect(tenantId, { connection: { id: await fresh.post() }, account: `ring-${slug}-${++n}`, displayName: `${canary} ring ${n}`, active: false }, by)).id,
    async template() {
      const id = await fresh.post();
      return { id, template: (await workspace.templates.create(tenantId, id, { name: 'parcel', language: 'en', category: 'UTILITY', preview: { body: `${canary} sends a parcel` }, examples: {} }, by)).id };
    },
    /** A template that its conversations may be sent. */
    sendable: async () => (await workspace.templates.create(tenantId, connection, { name: 'news', language: 'en', category: 'UTILITY', preview: { body: `${canary} has news` }, examples: {} }, by)).id,
    agent: async () => (await workspace.agents.create(tenantId, { plugin: 'rules', name: `${canary} bot ${++n}`, settings: { data: { rules: [{ when: { any: true }, say: `${canary} says {{text}}` }] } } }, by)).id,
    async drafted() {
      const id = await fresh.agent();
      const { version } = await workspace.agents.get(tenantId, id);
      await workspace.agents.saveDraft(tenantId, id, { settings: { data: { rules: [{ when: { any: true }, say: `${canary} drafts {{text}}` }] } }, version }, by);
      return id;
    },
    number: async () => (await workspace.numbers.connect(tenantId, { connection: { id: connection }, account: `sim:${slug}-${++n}`, displayName: `${canary} number ${n}`, active: false }, by)).id,
    async conversation() {
      await arrive();
      const [row] = await site.all<{ id: string }>('select id from conversation where tenant_id = ? order by created_at desc, id desc limit 1', [tenantId]);
      return String(row?.id);
    },
    async delivery() {
      await arrive();
      const [row] = await site.all<{ id: string }>('select id from delivery where tenant_id = ? order by id desc limit 1', [tenantId]);
      return String(row?.id);
    },
    medium: async () => (await workspace.media.upload(tenantId, (async function* () { yield Buffer.from(`${canary} wrote this`); })(), { name: `${canary}.txt` }, by)).id,
    /** A medium that its provider did not give yet. */
    async missing() {
      const id = uuid();
      await runtime.db.write((sql) => sql.insert('media', ['id', 'tenant_id', 'connection_id', 'source', 'kind', 'state', 'created_at'], [[id, tenantId, connection, JSON.stringify({ ref: canary }), 'image', 'missing', runtime.clock.now()]]));
      return id;
    },
    async alert() {
      const em = runtime.db.em(tenantId);
      const { id } = em.create(Alert, { id: uuid(), tenantId, kind: 'hand-off', key: `hand-off:${++n}`, text: `${canary} asks for a person`, count: 1, at: runtime.clock.now() });
      await em.flush();
      return id;
    },
  };

  /** Somebody new writes; resolves when the message was processed and answered. */
  async function arrive(): Promise<void> {
    const entry = runtime.directory.connection(connection);
    const key = new URL((await workspace.connections.handOff(tenantId, connection)).webhookUrl).pathname.split('/').at(-1) ?? '';
    const from = [{ kind: 'phone' as const, value: `1202555${String(1_000 + ++n)}` }];
    const { headers, body } = entry?.channel?.simulate?.(
      { id: `act-${uuid()}`, account: `sim:${slug}`, from, name: `${canary} customer ${n}`, at: runtime.clock.now(), kind: 'message', content: { kind: 'text', text: `${canary} wrote ${n}` } },
      entry.settings,
    ) ?? { headers: {}, body: Buffer.alloc(0) };
    const request = { method: 'POST', url: `http://localhost/webhooks/${key}`, headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])), body, receivedAt: runtime.clock.now() };
    const received = await receive(runtime, key, request);
    if (!('accepted' in received)) throw new Error(`not accepted: ${JSON.stringify(received)}`);
    await site.quiet();
  }

  const connection = await fresh.connection();
  const agent = await fresh.agent();
  const { id: number } = await workspace.numbers.connect(tenantId, { connection: { id: connection }, account: `sim:${slug}`, displayName: `${canary} sales`, agentId: agent, active: true }, by);
  return { tenantId, slug, connection, number, agent, fresh };
}

/** A message that failed, so that sending it again makes sense. */
export async function failedMessage(site: Site, planted: Planted, conversation: string): Promise<string> {
  const [row] = await site.all<{ contact_id: string; last_seq: number }>('select contact_id, last_seq from conversation where id = ?', [conversation]);
  const em = site.db.em(planted.tenantId);
  const now = site.ctx.runtime.clock.now();
  const seq = Number(row?.last_seq) + 1;
  const { id } = em.create(Message, {
    id: uuid(), tenantId: planted.tenantId, conversationId: conversation, connectionId: planted.connection, numberId: planted.number, contactId: String(row?.contact_id), seq, author: 'person', kind: 'text',
    content: { kind: 'text', text: 'did not arrive' }, text: 'did not arrive', status: 'failed', statusAt: now, attempts: 1, at: now, createdAt: now, purpose: 'conversation',
  });
  await em.flush();
  await site.db.write((sql) => sql.run('update conversation set last_seq = ? where id = ?', [seq, conversation]));
  return id;
}

/** Another browser of the same person. */
export async function loginOf(site: Site, userId: string): Promise<string> {
  const em = site.db.emOfAll();
  const now = site.ctx.runtime.clock.now();
  const { id } = em.create(Login, { id: uuid(), userId, tokenHash: uuid(), createdAt: now, lastSeenAt: now, expiresAt: now + 3_600_000, address: '192.0.2.1', browser: '' });
  await em.flush();
  return id;
}
