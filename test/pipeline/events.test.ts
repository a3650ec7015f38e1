/** What providers tell beside messages changes what it is about, once, and is kept. */
import type { Event, OutContent } from '#plugin';
import { uuid } from '../../core/ids.ts';
import { writeTo } from '../../core/pipeline/write-to.ts';
import type { Bot } from '../kit/bot.ts';
import { onBoth } from './both.ts';
import { message, posted } from './echo.ts';

let n = 0;
type Told<K extends Event['kind']> = Omit<Event & { kind: K }, 'id' | 'at' | 'kind'>;
function told<K extends Event['kind']>(kind: K, what: Told<K>): Event {
  return { kind, id: `told-${++n}`, at: Date.now(), ...what } as unknown as Event;
}
async function knowTemplate(b: Bot, providerId: string, category: string | null): Promise<void> {
  const columns = ['id', 'tenant_id', 'connection_id', 'provider_id', 'name', 'language', 'status', 'category', 'reason', 'components', 'preview', 'variables', 'updated_at'];
  await b.db.write((sql) => sql.insert('template', columns, [[uuid(), b.ids.tenant, b.ids.connection, providerId, 'hello', 'en', 'pending', category, 'old', '[]', '{"body":"Hello"}', '[]', 0]]));
}
const withTemplates = { can: { webhook: 'shared-secret', sends: ['text', 'template'], statuses: ['sent'], replyWindowHours: 24, maxText: 4096 } } as const;

onBoth('events', async (t, make) => {
  await t.test('what is said of a template holds at once; one that nobody knows is asked for', async (t) => {
    let lists = 0;
    const { b } = await make({ channel: { templates: { list: async () => (lists++, { templates: [] }) } } });
    await b.quiet();
    const before = lists;
    await knowTemplate(b, 't-1', 'utility');
    await b.deliver(posted(told('template', { template: 't-1', status: 'approved' }), told('template', { template: 't-1', quality: 'GREEN' }), told('template', { template: 't-1', category: 'MARKETING' })));
    await b.quiet();
    t.match(await b.all('select status, quality, category, reason from template'), [{ status: 'approved', quality: 'GREEN', category: 'MARKETING', reason: null }]);
    t.equal(lists, before, 'nothing had to be asked');
    await b.deliver(posted(told('template', { template: 't-new', status: 'approved' })));
    await b.quiet();
    t.ok(lists > before, 'the list is read again');
  });

  await t.test('who stops marketing gets no more of it, whoever sends it, until it is wanted again; other messages go out', async (t) => {
    const { b, sent } = await make({ channel: withTemplates });
    await knowTemplate(b, 't-ad', 'MARKETING');
    await knowTemplate(b, 't-otp', 'AUTHENTICATION');
    const who = [{ kind: 'phone' as const, value: '1' }];
    const send = (template: string, key: string) => {
      const content: OutContent = { kind: 'template', template, name: 'hello', language: 'en', variables: {}, text: 'Hello' };
      return writeTo(b.runtime, { tenantId: b.ids.tenant, from: { connectionId: b.ids.connection }, to: { identities: who }, author: 'api', authorId: uuid(), contents: [content], key, purpose: 'notification' });
    };
    await b.deliver(posted(told('consent', { who, category: 'marketing_messages', value: 'stop' })));
    await b.quiet();
    t.match(await send('t-ad', 'a'), { refused: 'opted-out' });
    t.match(await send('t-otp', 'b'), { messages: [{}] });
    await b.deliver(posted(told('consent', { who, category: 'marketing_messages', value: 'resume' })));
    await b.quiet();
    t.match(await send('t-ad', 'c'), { messages: [{}] });
    await b.quiet();
    t.equal(sent.length, 2);
    // One that was allowed when it was written, and waits.
    await b.db.write((sql) => sql.run('update number set paced_until = ?', [Date.now() + 10_000]));
    await send('t-ad', 'd');
    await b.deliver(posted(told('consent', { who, category: 'marketing', value: 'stop' })));
    await b.quiet();
    await b.pass(11_000);
    t.equal(sent.length, 2, 'it is asked once more just before it is sent');
    t.match(await b.all("select error from message where status = 'failed'"), [{ error: /opted-out/ }]);
  });

  await t.test('a thread that a person takes at the provider is left alone by the agent until it is handed back', async (t) => {
    const { b, sent } = await make();
    const inRoom = (text: string): Event => ({ ...message('1', text), thread: 'room-1' }) as Event;
    await b.deliver(posted(inRoom('a')));
    await b.quiet();
    await b.deliver(posted(told('holder', { thread: 'room-1', holder: 'person' })));
    await b.deliver(posted(inRoom('b')));
    await b.quiet();
    t.equal(sent.length, 1);
    t.match(await b.all('select outcome from session'), [{ outcome: 'people' }]);
    // Both are read in one go.
    await Promise.all([b.deliver(posted(told('holder', { thread: 'room-1', holder: 'bot' }))), b.deliver(posted(inRoom('c')))]);
    await b.quiet();
    t.same(sent.map((out) => (out.content.kind === 'text' ? out.content.text : '')), ['echo: a', 'echo: c'], 'what people had is theirs');
    await b.deliver(posted(told('holder', { thread: 'room-unknown', holder: 'person' })));
    await b.quiet();
    t.equal(sent.length, 2);
  });

  await t.test('an account that the provider closes stops the connection, with the reason; a warning is only told', async (t) => {
    const { b, sent } = await make();
    await b.deliver(posted(told('account', { what: 'quality', severity: 'warning', said: 'Quality is low.' })));
    await b.quiet();
    t.match(await b.all('select state from connection'), [{ state: 'running' }]);
    await b.deliver(posted(told('account', { what: 'ban', severity: 'stop', said: 'The account was disabled.' })));
    await b.quiet();
    t.match(await b.all('select state, state_reason from connection'), [{ state: 'error', state_reason: 'The account was disabled.' }]);
    await b.deliver(posted(message('1', 'hi')));
    await b.quiet();
    t.same([sent.length, (await b.all("select id from job where waiting_for is not null")).length], [0, 1], 'what is answered meanwhile waits');
    t.match(await b.all("select text, count from alert where kind = 'failure'"), [{ text: 'The account was disabled.', count: 2 }]);
  });

  await t.test('when the provider was last heard is known to within ten seconds, without a write for each time', async (t) => {
    const { b } = await make();
    const heard = async () => (await b.all<{ last_event_at: number | null }>('select last_event_at from connection'))[0]?.last_event_at ?? null;
    t.equal(await heard(), null);
    await b.deliver(posted(message('1', 'a')));
    await b.quiet();
    const first = await heard();
    t.ok(first !== null && Math.abs(first - Date.now()) < 5_000);
    await b.pass(3_000);
    await b.deliver(posted(message('1', 'b')));
    await b.quiet();
    t.equal(await heard(), first);
    await b.pass(8_000);
    await b.deliver(posted(message('1', 'c')));
    await b.quiet();
    t.ok(((await heard()) ?? 0) - (first ?? 0) >= 10_000);
  });

  await t.test('a message that nobody understood says what it says once the plugin does, in its place, and is not answered again', async (t) => {
    let knows = false;
    const parse = (request: { body: Buffer }): Event[] =>
      (JSON.parse(request.body.toString()) as Event[]).map((event) => (knows || event.kind !== 'message' || event.content.kind !== 'location' ? event : { ...event, content: { kind: 'unsupported', what: 'location' } }));
    const { b, sent } = await make({ channel: { parse } });
    const place: Event = { ...message('1', ''), content: { kind: 'location', latitude: 1, longitude: 2, name: 'Here' } } as Event;
    await b.deliver(posted(place));
    await b.quiet();
    t.match(await b.all("select kind, text from message where author = 'contact'"), [{ kind: 'unsupported', text: 'location' }]);
    await b.deliver(posted(message('1', 'hello?')));
    await b.quiet();
    knows = true;
    const { replay } = await import('../../core/pipeline/process.ts');
    const [delivery] = await b.all<{ id: string }>('select id from delivery order by id');
    await b.db.write((sql) => replay(sql, b.ids.tenant, delivery?.id ?? ''));
    await b.quiet();
    const messages = await b.all<{ kind: string; text: string; content: string; seq: number }>("select kind, text, content, seq from message where author = 'contact' order by seq");
    t.match(messages, [{ kind: 'location', text: 'Here', seq: 1 }, { text: 'hello?' }]);
    t.match(JSON.parse(messages[0]?.content ?? ''), { kind: 'location', latitude: 1 });
    t.equal(sent.length, 2);
  });
});
