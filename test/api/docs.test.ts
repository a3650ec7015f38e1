/** What docs/api.md says of the API is so. */
import { execFile } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { codes } from '../../core/errors.ts';
import { uuid } from '../../core/ids.ts';
import { scopeNames } from '../../core/http/api/scopes.ts';
import { startPrism } from '../openapi/prism.ts';
import { openOffice } from './office.ts';

/** Where there is no curl, Node does what the examples ask of it. */
const likeCurl = `
const headers = {}, args = process.argv.slice(2);
let url, body;
for (let n = 0; n < args.length; n++) {
  if (args[n] === '-H') { const [name, value] = args[++n].split(/: (.*)/s); headers[name] = value; }
  else if (args[n] === '-d') body = args[++n];
  else if (!args[n].startsWith('-')) url = args[n];
}
const answer = await fetch(url, { headers, ...(body !== undefined && { method: 'POST', body }) });
process.stdout.write(await answer.text());
`;

const page = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8');

void t.test('the first example does what the page says', async (t) => {
  const office = await openOffice(t);
  const key = await office.key(['connections:*', 'numbers:*', 'messages:*']);
  const url = await office.app.listen({ port: 0, host: '127.0.0.1' });
  const [script = ''] = [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, text]) => text ?? '');
  t.match(script, /^call\(\) \{ curl /m);
  const tools = t.testdir({ 'like-curl.mjs': likeCurl });
  writeFileSync(join(tools, 'curl'), `#!/bin/sh\nexec "${process.execPath}" "${join(tools, 'like-curl.mjs')}" "$@"\n`);
  chmodSync(join(tools, 'curl'), 0o755);
  const { stdout, stderr } = await promisify(execFile)('sh', ['-euc', script], { env: { PATH: [process.env['PATH'], tools].join(delimiter), URL: url, SHOP_KEY: key.key }, timeout: 120_000 });
  t.equal(stderr, '');
  t.match(JSON.parse(stdout), { error: { code: 'NOT_ELIGIBLE', reason: 'number-stopped' } });

  const [number] = (await key.get('/numbers')).json<{ items: { id: string; account: string }[] }>().items;
  t.match(number, { account: 'sim:shop', active: false });
  const agent = (await office.ctx.workspace.agents.create(office.tenantId, { plugin: 'rules', name: 'Shop', settings: { data: { rules: [] } } }, 'configuration')).id;
  t.equal((await key.call('PATCH', `/numbers/${number?.id}`, { agent, active: true })).statusCode, 200);
  t.match((await key.post('/messages', { number: number?.id, to: '+1 555 000 1111', content: { kind: 'text', text: 'x' } })).json(), { error: { reason: 'window-closed' } });
});

void t.test('the page names every scope, every kind of content and no code that is none', async (t) => {
  for (const scope of scopeNames.filter((one) => one !== 'agents:write')) t.match(page, `\`${scope}\``, scope);
  const office = await openOffice(t);
  const { paths } = (await office.app.inject('/api/openapi.json')).json<{ paths: Record<string, { post: { requestBody: { content: { 'application/json': { schema: { properties: { content: { oneOf: { properties: { kind: { const?: string; enum?: string[] } } }[] } } } } } } } }> }>();
  const kinds = paths['/api/v1/messages']?.post.requestBody.content['application/json'].schema.properties.content.oneOf.flatMap(({ properties: { kind } }) => kind.enum ?? kind.const ?? []) ?? [];
  t.ok(kinds.length > 10);
  for (const kind of kinds) t.match(page, `\`${kind}\``, kind);
  for (const [, code = ''] of page.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)) t.ok(code in codes || code === 'SHOP_KEY', code);
  for (const [, method = '', path = ''] of page.matchAll(/`(GET|POST|PATCH|PUT|DELETE) (\/[^`?]*)/g)) t.ok(Object.hasOwn(paths[`/api/v1${path}`] ?? {}, method.toLowerCase()), `${method} ${path}`);
});

void t.test('another reader of the description takes what the API takes, and refuses what it refuses', { timeout: 240_000 }, async (t) => {
  const office = await openOffice(t);
  const key = await office.key(['*']);
  const file = join(t.testdir(), 'openapi.json');
  writeFileSync(file, (await office.app.inject('/api/openapi.json')).body);
  const { url } = await startPrism(t, pathToFileURL(file).href);
  const violations = async (path: string, body?: object, authorization = 'Bearer x') => {
    const answer = await fetch(`${url}/api/v1${path}`, { headers: { authorization, ...(body && { 'content-type': 'application/json' }) }, ...(body && { method: 'POST', body: JSON.stringify(body) }) });
    await answer.arrayBuffer();
    return { status: answer.status, wrong: answer.headers.get('sl-violations') };
  };
  const from = { number: uuid(), to: '+1 555 000 1111' };
  const contents: object[] = [
    { kind: 'text', text: 'x' }, { kind: 'buttons', text: 'x', buttons: [{ id: '1', title: 'Yes' }] }, { kind: 'list', text: 'x', button: 'Open', sections: [{ rows: [{ id: '1', title: 'One' }] }] },
    { kind: 'link', text: 'x', title: 'x', url: 'https://example.com' }, { kind: 'location-request', text: 'x' }, { kind: 'voice', media: uuid() }, { kind: 'location', latitude: 1, longitude: 2 },
    { kind: 'contacts', contacts: [{ name: 'Ana', phones: ['1'], emails: [] }] }, { kind: 'template', name: 'parcel', language: 'en', variables: { 1: 'x' } },
  ];
  for (const content of contents) {
    t.match(await violations('/messages', { ...from, content }), { wrong: null }, JSON.stringify(content));
    t.match((await key.post('/messages', { ...from, content })).json(), { error: { code: 'NOT_FOUND' } }, 'which the API could read, too: only the number is nobody’s');
  }
  for (const body of [{}, { ...from }, { ...from, content: { kind: 'shout' } }, { ...from, content: { kind: 'location', latitude: 100, longitude: 0 } }, { ...from, content: { kind: 'text', text: 'x', more: 1 } }]) {
    t.ok((await violations('/messages', body)).status === 422, JSON.stringify(body));
    t.equal((await key.post('/messages', body)).statusCode, 422);
  }
  t.match(await violations('/connections?limit=5'), { status: 200, wrong: null });
  t.equal((await violations('/connections?limit=500')).status, 422);
  t.equal((await violations('/connections', undefined, '')).status, 401);
});
