/** The smallest channel and agent, for tests of the path itself: JSON in, and a provider that does as it is told. */
import { defineAgent, defineChannel, Type, type Event, type Outgoing, type SendResult } from '#plugin';

const secret = 'wire-secret';

export function wire(send: (out: Outgoing) => Promise<SendResult> | SendResult) {
  return defineChannel({
    name: 'wire',
    title: 'Wire',
    contract: 1,
    settings: Type.Object({}),
    can: { webhook: 'shared-secret', sends: ['text'], statuses: ['sent', 'delivered', 'read', 'failed'], replyWindowHours: 24, maxText: 4096 },
    account: { title: 'Account', parse: (typed) => typed },
    verify: (request) => (request.headers['x-secret']?.[0] === secret ? true : { refused: 'wrong-secret' }),
    parse: (request) => JSON.parse(request.body.toString()) as Event[],
    send: async (out) => send(out),
  });
}

export const echo = defineAgent({
  name: 'echo',
  title: 'Echo',
  contract: 1,
  settings: Type.Object({}),
  respond: async (turn) => ({ messages: turn.messages.map((m) => ({ kind: 'text' as const, text: `echo: ${m.text}` })), why: 'It echoes.' }),
});

let n = 0;
export function message(from: string, text: string, more: { id?: string; at?: number; account?: string } = {}): Event {
  return { kind: 'message', id: more.id ?? `in-${++n}`, account: more.account ?? '100', at: more.at ?? Date.now(), from: [{ kind: 'phone', value: from }], name: `Name of ${from}`, content: { kind: 'text', text } };
}

export function status(refs: string[], status: 'sent' | 'delivered' | 'read' | 'failed', more: { ref?: string; id?: string } = {}): Event {
  return { kind: 'status', id: more.id ?? `${refs[0]}:${status}`, at: Date.now(), refs, status, ...(more.ref && { ref: more.ref }) };
}

export const posted = (...events: Event[]) => ({ headers: { 'x-secret': secret }, body: JSON.stringify(events) });
