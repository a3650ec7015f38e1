import t from 'tap';
import type { Occurrence } from '#plugin';
import notifications from './index.ts';

const message: Occurrence = { kind: 'new-message', at: 1, conversation: 'c1', contact: 'Ana', heldBy: 'agent', text: 'hello' };
const alerts = (occurrence: Partial<Occurrence>, newMessages: 'people' | 'all' | 'none' = 'people') => notifications.alerts?.({ ...message, ...occurrence }, { newMessages }) ?? [];

t.test('new messages make alerts where people answer, everywhere or nowhere, as set', async (t) => {
  for (const [newMessages, agent, people] of [['people', 0, 1], ['all', 1, 1], ['none', 0, 0]] as const) {
    t.equal(alerts({ heldBy: 'agent' }, newMessages).length, agent, `${newMessages}, held by the agent`);
    t.equal(alerts({ heldBy: 'people' }, newMessages).length, people, `${newMessages}, held by people`);
  }
});

t.test('hand-offs and failures always make alerts', async (t) => {
  for (const kind of ['hand-off', 'failure'] as const) t.equal(alerts({ kind }, 'none').length, 1, kind);
});

t.test('what happens again in a conversation has the same key; another conversation or kind has another', async (t) => {
  const key = (occurrence: Partial<Occurrence>) => alerts(occurrence, 'all')[0]?.key;
  t.equal(key({ text: 'one' }), key({ text: 'two', at: 9 }));
  t.not(key({}), key({ conversation: 'c2' }));
  t.not(key({}), key({ kind: 'failure' }));
  const { conversation: _, ...nowhere } = message;
  const outside = (connection: string) => notifications.alerts?.({ ...nowhere, kind: 'failure', connection }, { newMessages: 'all' })[0]?.key;
  t.equal(outside('k1'), outside('k1'));
  t.not(outside('k1'), outside('k2'));
});

t.test('the sentence named by the key exists in every language', async (t) => {
  for (const occurrence of [{ kind: 'hand-off' }, { kind: 'failure' }, {}] as const) {
    const [name = ''] = (alerts(occurrence, 'all')[0]?.key ?? '').split(':');
    for (const locale of ['en', 'es', 'id'] as const) t.ok(notifications.texts?.[locale][name], `${locale} ${name}`);
  }
});

t.test('what happened is told as it is, cut after 500 characters and never inside one', async (t) => {
  t.equal(alerts({ text: '{{contact}} $1 <b>' }, 'all')[0]?.text, '{{contact}} $1 <b>');
  t.equal(alerts({ text: `${'a'.repeat(499)}😀` }, 'all')[0]?.text, `${'a'.repeat(499)}\uFFFD`);
});
