import t from 'tap';
import type { Locale } from '../../core/plugin/contract/plugin.ts';
import { passwordFits } from '../../core/password.ts';
import { Refused } from '../../core/workspace/refused.ts';
import { welcomeIn } from '../../core/workspace/welcome.ts';
import { onBoth, type Installation } from './installation.ts';

const owner = { workspaceName: 'Café Río', name: 'Ana', email: ' Ana@Lestari.example ', password: 'a sentence works well', locale: 'en' as Locale, timeZone: 'Asia/Jakarta' };

onBoth(t, 'The first owner gets a workspace whose test phone is answered at once', async (t, i) => {
  const { userId, tenantId, slug } = await i.workspace.createFirstOwner(owner);
  t.equal(slug, 'cafe-rio');
  t.match(i.runtime.directory.tenantBySlug('cafe-rio'), { id: tenantId, name: 'Café Río', timeZone: 'Asia/Jakarta', locale: 'en' });
  t.match(await i.workspace.members.list(tenantId), [{ id: userId, name: 'Ana', email: 'ana@lestari.example', role: 'owner' }]);
  const [user] = await i.all<{ password_hash: string }>('select password_hash from "user"');
  t.ok(await passwordFits(user?.password_hash ?? null, owner.password));
  const [number] = await i.workspace.numbers.list(tenantId, 0);
  t.match(number, { name: 'Test phone', account: 'sim:phone', active: true, lamp: 'running', simulator: true, agent: { name: 'Welcome', environment: 'published', state: 'running' }, line: 1 });
  await i.write(number?.connection.id ?? '', 'sim:phone', 'anything at all');
  const { rows } = await i.workspace.conversations.list(tenantId, {});
  t.match(rows, [{ last: { author: 'agent', text: /^Hello from Café Río\./ } }]);
  const [conversation] = rows;
  t.match((await i.workspace.conversations.get(tenantId, conversation?.id ?? '')).items, [
    { author: 'contact', text: 'anything at all' },
    { author: 'agent', by: 'Welcome', kind: 'buttons', status: 'sent', content: { buttons: [{ title: 'What can you do?' }, { title: 'Show me a list' }, { title: 'Talk to a person' }] } },
  ]);
  await i.write(number?.connection.id ?? '', 'sim:phone', { kind: 'choice', id: 'person', text: 'Talk to a person', of: 'button' });
  t.match(await i.workspace.alerts.list(tenantId, {}), { rows: [{ kind: 'hand-off', conversationId: conversation?.id, count: 1 }] });
});

onBoth(t, 'There is only one first owner, also when the form is sent twice at once', async (t, i) => {
  const results = await Promise.allSettled([i.workspace.createFirstOwner(owner), i.workspace.createFirstOwner({ ...owner, email: 'eve@example.com' })]);
  t.strictSame(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  t.match(results.find(({ status }) => status === 'rejected'), { reason: { code: 'CONFLICT' } });
  await t.rejects(i.workspace.createFirstOwner({ ...owner, email: 'eve@example.com' }), { code: 'CONFLICT' });
  t.equal((await i.all('select id from "user"')).length, 1);
  t.equal((await i.all("select id from connection")).length, 1, 'nothing is left of the other');
});

onBoth(t, 'A declared owner is an owner: nobody else becomes the first', async (t, i) => {
  await i.workspace.atStart([{ slug: 'acme', locale: 'en', timeZone: 'UTC', users: [{ email: 'o@acme.test', name: 'O', role: 'owner', password: 'a sentence works well' }], apiKeys: [], connections: [], agents: [], numbers: [] }]);
  await t.rejects(i.workspace.createFirstOwner(owner), { code: 'CONFLICT' });
});

onBoth(t, 'What cannot be used is told field by field, and nothing is written', async (t, i) => {
  const refused = await i.workspace.createFirstOwner({ ...owner, workspaceName: ' ', email: 'ana', timeZone: 'Asia/Atlantis', name: 'x'.repeat(201) }).catch((error: unknown) => error);
  t.ok(refused instanceof Refused);
  t.match(refused, { faults: { workspaceName: { code: 'required' }, email: { code: 'wrongForm' }, timeZone: { code: 'notOffered' }, name: { code: 'tooLong' } } });
  t.strictSame(await i.all('select id from "user"'), []);
});

onBoth(t, 'A workspace whose name another has gets an address of its own', async (t, i) => {
  t.equal((await i.workspace.createFirstOwner({ ...owner, workspaceName: 'ACME' })).slug, 'acme-2');
});

t.test('The welcoming rules are sound in every language, whatever the workspace is called', async (t) => {
  const { default: rules } = await import('../../plugins/rules/index.ts');
  const { checkSettings } = await import('../../core/plugin/settings.ts');
  for (const locale of ['en', 'es', 'id'] as const) {
    const welcome = welcomeIn(locale, 'Tea {{phone}} & $1 {workspace}');
    const checked = checkSettings(rules.settings, welcome.rules);
    t.notOk('errors' in checked && checked.errors, `${locale} fits the schema`);
    if (!('settings' in checked)) return;
    const context: Parameters<NonNullable<Installation['runtime']['plugins']['all'][number]['check']>>[0] = {
      settings: checked.settings, fetch: () => Promise.reject(new Error('no')), log: { debug() {}, info() {}, warn() {}, error() {} }, now: () => 1, signal: new AbortController().signal,
      download: () => Promise.reject(new Error('no')), media: async () => undefined, callbackUrl: () => '', mediaUrl: () => '', store: { get: async () => undefined, set: async () => {} },
    };
    t.match(await rules.check?.({ ...context, settings: checked.settings }), [{ state: 'ok' }], `${locale} has no choice that leads nowhere`);
    t.notMatch(JSON.stringify(welcome.rules), '{{phone}}', 'a name is never a place to fill in');
    for (const { title } of JSON.parse(JSON.stringify(welcome.rules)).menus.main.choices as { title: string }[]) t.ok(title.length <= 20, `“${title}” fits a button`);
  }
});
