/** Planted secrets and messages are looked for in everything the product says: log, console, pages, errors, metrics. */
import BetterSqlite from 'better-sqlite3';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { startEmulator } from '../../plugins/meta-cloud/emulator.ts';
import { listen } from '../far-end.ts';
import { Browser, startProcess, type Page } from './process.ts';
import { until } from '../until.ts';
import { account, metaBody, owner, phoneBody, sign } from './site.ts';

/** What must never be said, and where it may be after all. */
const canary = {
  'owner’s password': 'canary-01-owner-password',
  'agent’s password': 'canary-02-agent-password',
  'guessed password': 'canary-03-guessed-password',
  'sealing key': 'canary-04-sealing-key-of-the-installation',
  'app secret': 'canary-05-app-secret',
  'previous app secret': 'canary-06-previous-app-secret',
  'access token': 'EAAcanary07AccessToken',
  'access token without a look of its own': 'canary-08-access-token',
  'verify token': 'canary-09-verify-token',
  'guessed verify token': 'canary-10-guessed-verify-token',
  'webhook key': 'canary-11-webhook-key',
  'simulator’s secret': 'canary-12-simulator-secret',
  'API key': 'canary-13-api-key-for-metrics',
  'foreign API key': 'canary-14-api-key-of-somebody',
  'basic credentials': 'canary-15-basic-credentials',
  'stranger’s cookie': 'canary-16-stranger-cookie',
  'pasted access token': 'canary-17-pasted-access-token',
  'pasted app secret': 'canary-18-pasted-app-secret',
  'secret in the environment': 'canary-19-secret-by-reference',
  'secret of an agent': 'canary-26-secret-of-an-agent',
  'token in an address': 'canary-20-token-in-an-address',
};
const said = {
  'what a customer wrote': 'canary-21-what-a-customer-wrote',
  'what a customer typed on the phone': 'canary-22-what-was-typed',
  'what the agent answered': 'canary-23-what-the-agent-said',
  'what made an agent fail': 'canary-27-please-fail',
  'what a person wrote': 'canary-24-what-a-person-wrote',
  'what was written to a gossip': 'canary-25-what-the-gossip-heard',
};
const forged = '\r\n{"level":"fatal","msg":"forged"}\u001b[2J\u001b[31m\u202e';

/** Repeats everything it hears in its errors, with lines of its own. */
function startGossip(t: Test): Promise<string> {
  return listen(t, (request, response) => {
    let heard = '';
    request.setEncoding('utf8').on('data', (text: string) => (heard += text));
    request.on('end', () => {
      const message = `I heard ${request.headers.authorization} at ${request.url} say ${heard}${forged}`;
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message, type: 'OAuthException', code: 100, error_data: { details: message } } }));
    });
  });
}

async function journey(t: Test, level: string) {
  const emulator = await startEmulator({ appSecret: canary['app secret'], accessToken: canary['access token'], verifyToken: canary['verify token'], statuses: true });
  t.teardown(() => emulator.close());
  const gossip = await startGossip(t);
  const product = await startProcess(t, {
    env: { LOG_LEVEL: level, SECRET_KEY: canary['sealing key'], GOSSIP_SECRET: canary['secret in the environment'] },
    config: {
      trustedProxies: ['loopback'],
      limits: { unknownWaitMs: 1_000 },
      plugins: ['meta-cloud', 'simulator', 'rules', 'notifications', fileURLToPath(import.meta.resolve('./chatterbox.ts'))],
      tenants: [{
        slug: 'acme', name: 'Acme',
        users: [{ email: owner, name: 'Ana', role: 'owner', password: canary['owner’s password'] }, { email: 'gus@example.test', name: 'Gus', role: 'agent', password: canary['agent’s password'] }],
        apiKeys: [{ name: 'metrics', key: canary['API key'], scopes: ['metrics'] }],
        connections: [
          { key: 'meta', plugin: 'meta-cloud', name: 'Meta', webhookKey: canary['webhook key'], settings: { ...emulator.settings, previousAppSecret: canary['previous app secret'] } },
          { key: 'gossip', plugin: 'meta-cloud', name: 'Gossip', webhookKey: 'gossip-webhook', settings: { accessToken: canary['access token without a look of its own'], appSecret: 'env:GOSSIP_SECRET', verifyToken: 'gossip-verify-token', phoneNumberIds: ['208100000000001'], apiBaseUrl: gossip } },
          { key: 'phone', plugin: 'simulator', name: 'Phone', webhookKey: 'phone-webhook', settings: { secret: canary['simulator’s secret'] } },
        ],
        agents: [
          { key: 'bot', plugin: 'rules', settings: { rules: [{ when: { any: true }, say: `${said['what the agent answered']}: {{text}}` }] } },
          { key: 'chatterbox', plugin: 'chatterbox', settings: { token: canary['secret of an agent'], say: said['what the agent answered'] } },
        ],
        numbers: [
          { connection: 'meta', account, bindings: [{ agent: 'bot' }] },
          { connection: 'gossip', account: '208100000000001', bindings: [{ agent: 'bot' }] },
          { connection: 'phone', account: 'sim:phone', bindings: [{ agent: 'chatterbox' }] },
        ],
      }],
    },
  });
  const peek = new BetterSqlite(join(product.dataDir, 'switchboard.db'), { readonly: true });
  const one = (text: string) => peek.prepare<unknown[], { n: number; id: string }>(text).get() ?? { n: 0, id: '' };
  const pages: { path: string; page: Page }[] = [];
  const note = (path: string, page: Page): Page => {
    pages.push({ path, page });
    return page;
  };
  const ana = new Browser(product.url);
  const visitor = new Browser(product.url);
  const post = (key: string, body: string, headers: Record<string, string> = {}) => visitor.send(`/webhooks/${key}`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

  // ── strangers ──────────────────────────────────────────────────────────────────────────────────────────────────────
  note('/login', await visitor.submit('/login', '/login', { email: `${owner}${forged}`, password: canary['guessed password'] }));
  note('/login', await visitor.send('/login', { method: 'POST', body: new URLSearchParams({ email: owner, password: canary['guessed password'] }), headers: { 'x-forwarded-for': `evil${canary['token in an address']}`, 'user-agent': `${encodeURIComponent(forged)} x` } }));
  note('/nowhere', await visitor.send(`/nowhere${encodeURIComponent(forged)}?token=${canary['token in an address']}&access_token=${canary['token in an address']}`));
  note('/app/acme/inbox', await visitor.send('/app/acme/inbox', { headers: { cookie: `switchboard=${canary['stranger’s cookie']}`, authorization: `Basic ${canary['basic credentials']}` } }));
  note('/setup', await visitor.send(`/setup?token=${canary['token in an address']}`));
  note('/metrics', await visitor.send('/metrics', { headers: { authorization: `Bearer ${canary['foreign API key']}` } }));
  note('/webhooks', await visitor.send(`/webhooks/${canary['webhook key']}?${new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.verify_token': canary['guessed verify token'], 'hub.challenge': '1' })}`));
  const handshake = await visitor.send(`/webhooks/${canary['webhook key']}?${new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.verify_token': canary['verify token'], 'hub.challenge': '1' })}`);
  t.equal(note('/webhooks', handshake).status, 200);
  const hello = metaBody(said['what a customer wrote'], { name: `Rina${forged}` });
  note('/webhooks', await post(canary['webhook key'], hello, { 'x-hub-signature-256': sign('wrong', hello) }));
  note('/webhooks', await post(`${canary['webhook key']}x`, hello));

  // ── customers ──────────────────────────────────────────────────────────────────────────────────────────────────────
  t.equal((await post(canary['webhook key'], hello, { 'x-hub-signature-256': sign(canary['app secret'], hello) })).status, 200);
  const broken = `{"text":"${said['what a customer wrote']}${forged}`;
  t.equal((await post(canary['webhook key'], broken, { 'x-hub-signature-256': sign(canary['previous app secret'], broken) })).status, 200);
  const typed = phoneBody(said['what a customer typed on the phone'], { name: `Tom${forged}` });
  t.equal((await post('phone-webhook', typed, { 'x-simulator-signature': sign(canary['simulator’s secret'], typed) })).status, 200);
  const fatal = phoneBody(said['what made an agent fail'], { from: '6281155500002', name: `Tim${forged}` });
  t.equal((await post('phone-webhook', fatal, { 'x-simulator-signature': sign(canary['simulator’s secret'], fatal) })).status, 200);
  const heard = metaBody(said['what was written to a gossip'], { to: '208100000000001', from: '6281199990000' });
  t.equal((await post('gossip-webhook', heard, { 'x-hub-signature-256': sign(canary['secret in the environment'], heard) })).status, 200);
  await until('every answer was to be sent or refused', () => one("select count(*) as n from message where author = 'agent' and status not in ('queued', 'sending', 'new')").n >= 3);
  await until('an agent was to fail', () => one("select count(*) as n from conversation where why like '%failed: %It fails%'").n === 1);

  // ── people ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  t.equal((await ana.submit('/login', '/login', { email: owner, password: canary['owner’s password'] })).status, 303);
  const conversation = one("select v.id from conversation v join number n on n.id = v.number_id where n.account = '208100000000001'").id;
  const thread = `/app/acme/whatsapp/${conversation}`;
  note(thread, await ana.submit(thread, `${thread}/messages`, { text: said['what a person wrote'], key: 'key-of-this-message' }));
  await until('the message was to be refused', () => one("select count(*) as n from message where author = 'person' and status = 'failed'").n === 1);
  for (const name of ['Meta', 'Gossip', 'Phone']) {
    const page = `/app/acme/settings/channels/${one(`select id from connection where name = '${name}'`).id}`;
    note(page, await ana.submit(page, `${page}/check`, {}));
    note(page, await ana.submit(page, `${page}/state`, { deed: 'restart' }));
    for (const tab of ['doctor', 'settings', 'hand-off', 'rejected']) note(`${page}?tab=${tab}`, await ana.send(`${page}?tab=${tab}`));
  }
  const connect = '/app/acme/whatsapp/connect?way=plugin%3Ameta-cloud';
  const pasted = { way: 'plugin:meta-cloud', 'set.accessToken': canary['pasted access token'], 'set.appSecret': canary['pasted app secret'], 'set.apiBaseUrl': gossip, account: '308100000000001', displayName: 'New' };
  t.equal(note(connect, await ana.submit(connect, '/app/acme/whatsapp/connect', pasted)).status, 422, 'a token that the provider refuses');
  const me = '/app/acme/me';
  note(me, await ana.submit(me, `${me}/password`, { current: canary['guessed password'], password: canary['agent’s password'] }));
  const agent = `/app/acme/agents/${one("select id from agent where key = 'bot'").id}`;
  const chatterbox = `/app/acme/agents/${one("select id from agent where key = 'chatterbox'").id}`;
  const failing = `/app/acme/whatsapp/${one("select id from conversation where why like '%failed:%'").id}`;
  for (const path of ['/', '/app/acme', '/app/acme/whatsapp', '/app/acme/inbox', thread, `${thread}?details=1`, `${thread}/older?before=100`, '/app/acme/agents', agent, `${agent}?tab=channels`, chatterbox, failing, `${failing}?details=1`, '/app/acme/settings/channels', '/app/acme/settings/deliveries', '/app/acme/settings/members', '/app/acme/settings/about', '/app/acme/whatsapp/notifications?show=all', me, connect, '/app/other/inbox', '/app/acme/whatsapp/nobody', '/app/acme/inbox?view=wrong', `/app/acme/simulator/${one("select id from number where account = 'sim:phone'").id}`, '/health/live', '/health/ready']) note(path, await ana.send(path));
  for (const { id } of peek.prepare<unknown[], { id: string }>('select id from delivery').all()) note(`/app/acme/settings/deliveries/${id}`, await ana.send(`/app/acme/settings/deliveries/${id}`));
  const metrics = await visitor.send('/metrics', { headers: { authorization: `Bearer ${canary['API key']}` } });
  t.equal(note('/metrics', metrics).status, 200);
  note('/app/acme/inbox', await ana.send('/app/acme/inbox', { method: 'POST', body: '{"text":', headers: { 'content-type': 'application/json' } }));
  const cookies = { 'session cookie': ana.cookies.get('switchboard') ?? '', 'form token': /name="_csrf" value="([^"]+)"/.exec(pages.at(-20)?.page.body ?? '')?.[1] ?? '' };
  const bytes = ['switchboard.db', 'switchboard.db-wal'].map((name) => readFileSync(join(product.dataDir, name), 'latin1')).join('\n');
  peek.close();
  await product.stop();
  return { bytes, log: [...product.lines.map((line) => JSON.stringify(line)), ...product.raw].join('\n'), lines: product.lines, raw: product.raw, pages, cookies };
}

const mentions = (text: string, what: Record<string, string>): string[] => Object.entries(what).filter(([, one]) => one !== '' && text.includes(one)).map(([name]) => name);

t.test('after a whole journey at info', async (t) => {
  const { bytes, log, lines, raw, pages, cookies } = await journey(t, 'info');
  t.ok(lines.length > 5 && pages.length > 50, `${lines.length} lines and ${pages.length} answers to look through`);

  await t.test('the log holds no secret, no cookie and no message', async (t) => {
    t.strictSame(mentions(log, { ...canary, ...said, ...cookies }), []);
  });

  await t.test('nobody has written a line of the log or a sign that a terminal obeys', async (t) => {
    t.strictSame(raw, [], 'every line is one of ours');
    t.strictSame(lines.filter(({ msg }) => msg === 'forged'), []);
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
    t.strictSame(lines.flatMap(textsIn).filter((text) => /[\u0000-\u001f\u007f-\u009f\u202e]/.test(text)), []);
  });

  await t.test('no answer holds a secret, but for what a provider must be told', async (t) => {
    const { 'verify token': _, 'webhook key': __, ...never } = canary;
    const wrong: string[] = [];
    for (const { path, page } of pages) {
      const shown = `${[...page.headers].join('\n')}\n${page.body}`;
      wrong.push(...mentions(shown, path.endsWith('?tab=hand-off') ? never : canary).map((what) => `${path}: ${what}`));
    }
    t.strictSame([...new Set(wrong)], []);
  });

  await t.test('the database holds no secret in the open, nor what a plugin let out of it', async (t) => {
    t.strictSame(mentions(bytes, { ...canary, ...cookies }), []);
    t.ok(mentions(bytes, said).length >= 4, 'what people wrote is there to be found');
  });

  await t.test('no error and no figure holds a message', async (t) => {
    const wrong = pages.filter(({ path, page }) => path === '/metrics' || path.startsWith('/health') || page.status >= 400).filter(({ page }) => mentions(page.body, said).length > 0 && !page.body.includes('<textarea'));
    t.strictSame(wrong.map(({ path, page }) => `${path}: ${page.status}`), []);
    const failed = pages.filter(({ page }) => page.status >= 500);
    t.strictSame(failed.map(({ path, page }) => `${path}: ${page.status}`), [], 'and nothing broke');
  });
});

t.test('even at trace the log holds no secret', async (t) => {
  const { log, cookies } = await journey(t, 'trace');
  t.strictSame(mentions(log, { ...canary, ...cookies }), []);
});

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  // A stack has lines of its own; what stands in them was made safe before.
  return Object.entries(value).flatMap(([key, inner]) => (key === 'stack' && typeof inner === 'string' ? inner.split('\n') : [key, ...textsIn(inner)]));
}
