/** Writing first: whom, from which number, in which conversation; and when nothing may be made of it. */
import t from 'tap';
import type { Identity, OutContent } from '#plugin';
import { uuid } from '../../core/ids.ts';
import { writeTo, type Addressing } from '../../core/pipeline/write-to.ts';
import { createBot, type Bot } from '../kit/bot.ts';
import { freshDatabase } from '../postgres.ts';
import { anotherNumber, onBoth } from './both.ts';
import { message, posted, wire } from './echo.ts';

const template: OutContent = { kind: 'template', template: 't-1', name: 'hello', language: 'en', variables: {}, text: 'Hello' };
const author = uuid();
let key = 0;
const to = (phone: string): { identities: Identity[] } => ({ identities: [{ kind: 'phone', value: phone }] });
function letter(b: Bot, more: Partial<Addressing> = {}): Addressing {
  return { tenantId: b.ids.tenant, from: { connectionId: b.ids.connection }, to: to('1'), author: 'api', authorId: author, contents: [template], key: String(++key), purpose: 'conversation', ...more };
}
const channel = { can: { webhook: 'shared-secret', sends: ['text', 'template'], statuses: ['sent'], replyWindowHours: 24, maxText: 4096 } } as const;
const rows = async (b: Bot) => ({ contacts: (await b.all('select id from contact')).length, conversations: (await b.all('select id from conversation')).length });

onBoth('writing first', async (t, make) => {
  await t.test('somebody who never wrote gets a template; their contact and conversation are there, and their answer is answered', async (t) => {
    const { b, sent } = await make({ channel });
    const written = await writeTo(b.runtime, letter(b, { to: { ...to('1'), name: 'Ana' } }));
    await b.quiet();
    t.match(written, { messages: [{ seq: 1 }], conversationId: String, numberId: b.ids.number });
    t.match(sent, [{ account: '100', to: { identities: [{ kind: 'phone', value: '1' }] }, content: template }]);
    t.match(await b.all('select name, phone from contact'), [{ name: 'Ana', phone: '1' }]);
    t.match(await b.all('select last_text, last_author, ai, state, unread from conversation'), [{ last_text: 'Hello', last_author: 'api', state: 'open', unread: 0 }]);
    await b.deliver(posted(message('1', 'who is this?')));
    await b.quiet();
    t.equal(sent.length, 2);
    t.equal((await rows(b)).conversations, 1);
  });

  await t.test('the same key is the same message, also when it is asked for twice at once', async (t) => {
    const { b, sent } = await make({ channel });
    const one = letter(b);
    const answers = await Promise.all([writeTo(b.runtime, one), writeTo(b.runtime, one)]);
    answers.push(await writeTo(b.runtime, one));
    await b.quiet();
    t.same(new Set(answers.map((a) => JSON.stringify(a))).size, 1);
    t.equal(sent.length, 1);
  });

  await t.test('first messages go round the active numbers of a connection; who was written to keeps the sender', async (t) => {
    const { b, sent } = await make({ channel });
    await anotherNumber(b, '200');
    const third = await anotherNumber(b, '300');
    const off = await anotherNumber(b, '400');
    await b.db.write((sql) => sql.run('update number set active = ? where id = ?', [false, off]));
    await b.runtime.directory.reload();
    for (let n = 0; n < 6; n++) await writeTo(b.runtime, letter(b, { to: to(`w${n}`) }));
    await b.quiet();
    const first = sent.map((out) => out.account);
    t.same(first.toSorted(), ['100', '100', '200', '200', '300', '300']);
    t.same(new Set(first.slice(0, 3)).size, 3);
    for (let n = 5; n >= 0; n--) await writeTo(b.runtime, letter(b, { to: to(`w${n}`), purpose: 'notification' }));
    await b.quiet();
    t.same(sent.slice(6).map((out) => out.account), first.toReversed(), 'the second time from the same number');
    await b.deliver(posted(message('x', 'hi', { account: '300' })));
    await b.quiet();
    await writeTo(b.runtime, letter(b, { to: to('x') }));
    await b.quiet();
    t.equal(sent.at(-1)?.account, '300', 'who wrote to a number is answered from it');
    await b.db.write((sql) => sql.run('update number set active = ? where id = ?', [false, third]));
    await b.runtime.directory.reload();
    const other = await writeTo(b.runtime, letter(b, { to: to('x') }));
    t.not('numberId' in other && other.numberId, third, 'one that is switched off sends nothing');
  });

  await t.test('a second template to somebody who owes an answer leads to the open conversation; a notification goes out', async (t) => {
    const { b, sent } = await make({ channel });
    const first = await writeTo(b.runtime, letter(b));
    const second = await writeTo(b.runtime, letter(b));
    t.match(second, { messages: [], refused: 'waiting-for-reply', conversationId: 'conversationId' in first ? first.conversationId ?? '' : '' });
    t.match(await writeTo(b.runtime, letter(b, { purpose: 'notification' })), { messages: [{ seq: 2 }] });
    await b.quiet();
    t.equal(sent.length, 2);
    t.equal((await rows(b)).conversations, 1);
  });

  await t.test('what may not be sent, and what is only asked, leaves nothing behind', async (t) => {
    const { b, sent } = await make({ channel });
    t.match(await writeTo(b.runtime, letter(b, { contents: [{ kind: 'text', text: 'hi' }] })), { messages: [], refused: 'window-closed' });
    t.match(await writeTo(b.runtime, letter(b, { dryRun: true })), { messages: [], numberId: b.ids.number });
    t.same(await writeTo(b.runtime, letter(b, { from: { connectionId: uuid() } })), { missing: 'number' });
    t.same(await writeTo(b.runtime, letter(b, { tenantId: uuid() })), { missing: 'number' }, 'a number of somebody else is no number');
    t.same(await writeTo(b.runtime, letter(b, { to: { contactId: uuid() } })), { missing: 'contact' });
    t.same(await writeTo(b.runtime, letter(b, { to: { identities: [{ kind: 'username', value: 'ana' }] } })), { missing: 'contact' }, 'a name that anybody may take is nobody');
    await b.quiet();
    t.same([await rows(b), sent.length], [{ contacts: 0, conversations: 0 }, 0]);
  });

  await t.test('a person who writes to a contact takes the conversation; one closed today is opened again', async (t) => {
    const { b, sent } = await make({ channel });
    await b.deliver(posted(message('1', 'hi')));
    await b.quiet();
    const [contact] = await b.all<{ id: string }>('select id from contact');
    await b.db.write((sql) => sql.run("update conversation set state = 'closed'"));
    const person = uuid();
    await writeTo(b.runtime, letter(b, { to: { contactId: contact?.id ?? '' }, author: 'person', authorId: person, contents: [{ kind: 'text', text: 'one more thing' }] }));
    await b.quiet();
    t.match(await b.all('select state, assignee_id from conversation'), [{ state: 'open', assignee_id: person }]);
    t.equal(sent.length, 2);
    await b.deliver(posted(message('1', 'yes?')));
    await b.quiet();
    t.equal(sent.length, 2, 'the agent keeps out');
  });
});

void t.test('two replicas that are given the same key write one message', async (t) => {
  const database = await freshDatabase(t);
  const sent: string[] = [];
  const wired = { ...wire((out) => (sent.push(out.ref), { accepted: { refs: [`p-${out.ref}`] } })), ...channel };
  const first = await createBot({ channel: wired, database });
  t.teardown(() => first.close());
  const second = await createBot({ channel: wired, database, joins: first });
  t.teardown(() => second.close());
  for (let n = 0; n < 10; n++) {
    const one = letter(first, { to: to(`w${n}`) });
    const [a, b] = await Promise.all([writeTo(first.runtime, one), writeTo(second.runtime, one)]);
    t.same(a, b);
  }
  await Promise.all([first.quiet(), second.quiet()]);
  t.equal(sent.length, 10);
});
