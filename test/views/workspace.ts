/** The admin's answers, every sample as a page, and a conversation that remembers; everything between page and socket is real. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';
import type { Message, Thread } from '../../core/admin/views/thread.ts';
import type { Locale } from '../../core/plugin/contract/plugin.ts';
import { FormWithFiles } from '../../core/http/form-with-files.ts';
import { bodyOf } from '../far-end.ts';
import { htmlOf, nameOf, views } from './rendering.ts';
import { samples } from './samples.ts';
import { rows } from './samples/inbox.ts';
import { numbers } from './samples/numbers.ts';
import { chrome, NOW } from './samples/shop.ts';
import { items, thread as threadOf } from './samples/thread.ts';

const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'";

async function formIn(request: IncomingMessage): Promise<URLSearchParams> {
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/')) {
    const given = await FormWithFiles.open(request, type);
    const form = new URLSearchParams({ _csrf: given._csrf ?? '' });
    for await (const part of given.parts) if ('text' in part) form.append(part.name, part.text);
    return form;
  }
  return new URLSearchParams((await bodyOf(request)).toString());
}

interface Test {
  teardown(end: () => Promise<void>): unknown;
}

/** Closed when `t` ends. */
export async function openWorkspace(t: Test) {
  const state = {
    items: items.filter((item) => item.id !== 'e1'),
    sent: [] as { key: string; text: string }[],
    ai: false,
    connectTries: [] as URLSearchParams[],
    answer: 'accept' as 'accept' | 'refuse' | 'fail' | 'hang',
    pages: [] as string[],
  };
  let seq = 1_000;
  const add = (over: Partial<Message> & Pick<Message, 'author' | 'text'>): Message => {
    const message: Message = { id: `n${++seq}`, seq, at: NOW, kind: 'text', ...over };
    state.items.push(message);
    return message;
  };
  const thread = (): Thread => threadOf({ items: state.items, more: false, ai: state.ai, composer: { state: { kind: 'free', until: NOW + 3_600_000 }, key: `server-${state.sent.length}`, maxLength: 4096 } });
  const live = (after: number, changed: string[], error?: string) => {
    const { items: _all, more: _more, composer, others: _others, ...rest } = thread();
    const tail = state.items.filter((item) => item.seq > after);
    return views.render('parts/live', {
      rows: rows.filter((row) => changed.includes(row.id)).map((row) => ({ ...row, last: { kind: 'text' as const, text: `Changed ${seq}`, author: 'contact' as const, at: NOW } })),
      rowsAre: 'inbox',
      filter: { view: 'open' },
      alerts: 7,
      thread: { ...rest, tail, changed: [], composer: { ...composer, ...(error !== undefined && { error }) } },
    }, chrome());
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://x');
    const path = url.pathname;
    const html = (text: string, status = 200) => response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }).end(text);
    const asset = /^\/assets\/[^/]+\/(.+)$/.exec(path);
    if (asset) {
      const found = views.assets.get(asset[1] ?? '');
      response.writeHead(found ? 200 : 404, found ? { 'content-type': found.type, 'cache-control': 'max-age=600, immutable' } : {}).end(found?.body);
      return;
    }
    state.pages.push(`${request.method} ${path}`);
    const form = await formIn(request);
    if (request.method === 'POST' && form.get('_csrf') !== 'c5rf-t0ken') return void html('', 403);

    const whatsapp = () => views.render('whatsapp', { numbers, recent: rows, open: 3, inboxHref: '/app/lestari/inbox' }, chrome());
    const connect = (errors = {}) => views.render('connect', {
      ways: [{ value: 'plugin:simulator', title: 'Simulator', note: 'No account needed' }], way: 'plugin:simulator', fields: [], account: { label: 'Phone', value: form.get('account') ?? '' }, displayName: form.get('displayName') ?? '',
      agents: [{ id: 'a1', name: 'Barista', lamp: 'running', whatsapp: true }], agent: form.get('agent') ?? '', active: true, errors, line: 3,
    }, chrome({ path }));

    if (path === '/app/lestari/whatsapp') return void html(whatsapp());
    if (path === '/app/lestari/whatsapp/connect') {
      if (request.method === 'GET') return void html(connect());
      state.connectTries.push(form);
      if (!form.get('agent')) return void html(connect({ agent: 'An active number needs an agent.' }), 422);
      return void response.writeHead(303, { location: '/app/lestari/whatsapp' }).end();
    }
    if (path.endsWith('/active')) {
      if (state.answer === 'fail') return void html('', 500);
      return void response.writeHead(303, { location: '/app/lestari/whatsapp' }).end();
    }
    if (path === '/app/lestari/whatsapp/k1' || path === '/app/lestari/whatsapp/k3') {
      const open = path.endsWith('k1') ? thread() : { ...thread(), id: 'k3', contact: { name: 'Budi Santoso', since: NOW }, items: items.slice(0, 2) };
      return void html(views.render('inbox', { view: 'open', counts: { open: 3 }, rows, thread: open }, chrome({ path })));
    }
    if (path === '/app/lestari/whatsapp/k1/ai') {
      state.ai = form.get('ai') === 'on';
      return void response.writeHead(303, { location: '/app/lestari/whatsapp/k1' }).end();
    }
    if (path === '/app/lestari/whatsapp/k1/messages') {
      if (state.answer === 'hang') return;
      if (state.answer === 'fail') return void html('', 503);
      if (state.answer === 'refuse') return void html(live(seq, [], 'This contact opted out.'), 422);
      const key = form.get('key') ?? '';
      const known = state.items.find((item) => 'key' in item && item.key === key);
      if (!known) {
        state.sent.push({ key, text: form.get('text') ?? '' });
        add({ author: 'person', by: 'Ana', text: form.get('text') ?? '', key, status: 'queued', receipts: [] });
      }
      return void html(live(Number(form.get('after')), []));
    }
    if (path.startsWith('/app/') && path.endsWith('/read')) return void response.writeHead(204).end();
    if (request.method === 'POST' && /\/(read|shown)$/.test(path)) return void response.writeHead(204).end();
    if (path === '/app/lestari/live') return void html(live(Number(url.searchParams.get('after') ?? seq), (url.searchParams.get('changed') ?? '').split(',')));
    const sample = samples.find((one) => `/${nameOf(one)}` === path);
    html(sample ? htmlOf(sample, { locale: (url.searchParams.get('locale') ?? 'en') as Locale }).replace(/data-live="[^"]*"/, 'data-live=""') : '', sample ? 200 : 404);
  }

  const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new WebSocketServer({ server, path: '/live/lestari' });
  t.teardown(async () => {
    sockets.clients.forEach((client) => client.terminate());
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    state,
    add,
    notice: (what: object) => sockets.clients.forEach((client) => client.send(JSON.stringify(what))),
    drop: () => sockets.clients.forEach((client) => client.terminate()),
    async connected(): Promise<void> {
      if (sockets.clients.size === 0) await once(sockets, 'connection', { signal: AbortSignal.timeout(120_000) });
    },
  };
}
