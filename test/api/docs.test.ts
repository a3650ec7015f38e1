/** What docs/api.md says of the API is so. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { codes } from '../../core/errors.ts';
import { scopeNames } from '../../core/http/api/scopes.ts';
import { openOffice } from './office.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8');

void t.test('the first example does what the page says', async (t) => {
  const office = await openOffice(t);
  const key = await office.key(['connections:*', 'numbers:*', 'messages:*']);
  const url = await office.app.listen({ port: 0, host: '127.0.0.1' });
  const [script = ''] = [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, text]) => text ?? '');
  t.match(script, /^call\(\) \{ curl /m);
  const { stdout, stderr } = await promisify(execFile)('sh', ['-euc', script], { env: { PATH: process.env['PATH'], URL: url, SHOP_KEY: key.key }, timeout: 20_000 });
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
