/** Reading: every piece of evidence says what it should, and nothing that is authentic is lost or makes it fall over. */
import assert from 'node:assert/strict';
import type { Static, TSchema } from 'typebox';
import type { Channel, Event } from '#plugin';
import { requestOf, type ChannelEvidence } from './evidence.ts';
import { chance, mutate } from './chance.ts';
import { frozen, holds, matches, pure, type Check } from './check.ts';
import { event as eventShape, faultIn } from './shapes.ts';

export function parseChecks<S extends TSchema>(channel: Channel<S>, evidence: ChannelEvidence<Static<S>>): Check[] {
  const { settings } = evidence;
  const pieces = evidence.evidence;
  const read = (piece: { body: string; query?: string; headers?: Record<string, string> }, later = 0): Event[] => {
    const request = requestOf(evidence, piece, settings);
    return channel.parse({ ...request, receivedAt: request.receivedAt + later }, settings);
  };

  return [
    {
      name: 'every piece of evidence is parsed into what it says',
      run() {
        holds(pieces.length > 0, 'there is no evidence');
        assert.equal(new Set(pieces.map((piece) => piece.name)).size, pieces.length, 'two pieces of evidence have the same name');
        for (const piece of pieces) {
          holds(piece.source.trim() !== '', `“${piece.name}” does not say where it comes from`);
          matches(read(piece), piece.expect, `“${piece.name}”`);
        }
      },
    },
    {
      name: 'every event is plain data of the contract’s shape, with phones as digits',
      run() {
        for (const piece of pieces) {
          for (const one of read(piece)) {
            const fault = faultIn(eventShape, one);
            holds(fault === undefined, `“${piece.name}”: ${fault}`);
            for (const { kind, value } of identitiesIn(one)) holds(kind !== 'phone' || /^[0-9]{5,20}$/.test(value), `“${piece.name}”: the phone ${JSON.stringify(value)} is not digits alone`);
          }
        }
      },
    },
    {
      name: 'an event belongs to an account in canonical form',
      run() {
        for (const piece of pieces) {
          for (const { account } of read(piece)) holds(account === undefined || channel.account.parse(account) === account, `“${piece.name}”: ${JSON.stringify(account)} is not how account.parse writes it`);
        }
      },
    },
    {
      name: 'parsing is pure: the same events twice, nothing changed, no clock, no chance',
      run() {
        for (const piece of pieces) {
          const request = requestOf(evidence, piece, settings);
          const own = frozen(structuredClone(settings));
          const [first, second] = [0, 1].map(() => pure(() => channel.parse(frozen(request), own)));
          assert.deepEqual(first, second, `“${piece.name}” is parsed differently the second time`);
          holds(request.body.toString() === piece.body, `“${piece.name}”: the body was changed`);
        }
      },
    },
    {
      name: 'an event has the same id however late it is delivered, and no two events of a delivery share one',
      run() {
        for (const piece of pieces) {
          const ids = read(piece).map((one) => one.id);
          assert.equal(new Set(ids).size, ids.length, `“${piece.name}”: two events have one id: ${ids.join(', ')}`);
          assert.deepEqual(read(piece, 3_600_000).map((one) => one.id), ids, `“${piece.name}”: the ids depend on when it was received`);
        }
      },
    },
    {
      name: 'a status names the message that it is about, and a failure says why',
      run() {
        for (const piece of pieces) {
          for (const one of read(piece)) {
            if (one.kind !== 'status') continue;
            holds(one.refs.length > 0 || one.ref !== undefined, `“${piece.name}”: a status of no message settles none`);
            holds(one.status !== 'failed' || one.error !== undefined, `“${piece.name}”: it failed, and there is no error`);
          }
        }
      },
    },
    {
      name: 'the evidence has something that the plugin does not know, and it is kept as unsupported or ignored',
      run() {
        const kept = pieces.flatMap((piece) => read(piece)).some((one) => one.kind === 'ignored' || ('content' in one && one.content?.kind === 'unsupported'));
        holds(kept, 'add a delivery of an unknown kind to the evidence: it must become an event of kind ignored, or content of kind unsupported');
      },
    },
    {
      name: 'there is evidence of every kind of message, status and change, or a reason why there is none',
      run() {
        const { lacks = {} } = evidence;
        const all = pieces.map((piece) => read(piece));
        const shown = Object.entries({ ...kinds, ...Object.fromEntries(channel.can.statuses.map((status) => [`status ${status}`, (one: Event) => one.kind === 'status' && one.status === status])) });
        for (const [kind, is] of shown) {
          const present = all.some((events) => events.some(is));
          const reason = lacks[kind] ?? lacks['*'];
          holds(present || (reason !== undefined && reason.trim() !== ''), `there is no evidence of: ${kind}. Add a piece, or a reason to \`lacks\``);
          holds(!present || lacks[kind] === undefined, `there is evidence of: ${kind}, which \`lacks\` says there is not`);
        }
        const several = all.some((events) => events.length > 1);
        holds(several || lacks['several in one delivery'] !== undefined || lacks['*'] !== undefined, 'there is no evidence of: several in one delivery. Add a piece, or a reason to `lacks`');
        for (const kind of Object.keys(lacks)) holds(kind === '*' || kind === 'several in one delivery' || shown.some(([one]) => one === kind), `\`lacks\` names ${JSON.stringify(kind)}, which is no kind`);
      },
    },
    {
      name: 'whatever is missing in a delivery, what is left leaves a trace',
      run() {
        for (const piece of pieces) {
          for (const body of withoutEach(piece.body)) {
            let events: Event[];
            try {
              events = read({ ...piece, body });
            } catch (cause) {
              throw new Error(`“${piece.name}” without one of its parts makes it throw: ${String(cause)}\n${body.slice(0, 2000)}`, { cause });
            }
            holds(events.length > 0, `“${piece.name}” without one of its parts leaves no trace: make it an event of kind ignored\n${body.slice(0, 2000)}`);
            for (const one of events) {
              const fault = faultIn(eventShape, one);
              holds(fault === undefined, `“${piece.name}” without one of its parts: ${fault}\n${body.slice(0, 2000)}`);
            }
          }
        }
      },
    },
    {
      name: 'a delivery that is nothing known becomes an event or a failed row, never silence',
      run() {
        for (const body of ['{"something":{"quite":"new"}}', '{}', '[]', 'null', '"x"', '', 'Something=New', 'not json {', '\u0000', '{"a":']) {
          let events: Event[];
          try {
            events = read({ body });
          } catch (error) {
            holds(error instanceof Error && error.message !== '', `${JSON.stringify(body)} is thrown at us without a word`);
            continue;
          }
          holds(Array.isArray(events) && events.length > 0, `${JSON.stringify(body)} leaves no trace: make it an event of kind ignored, or throw`);
          for (const one of events) {
            const fault = faultIn(eventShape, one);
            holds(fault === undefined, `${JSON.stringify(body)}: ${fault}`);
          }
        }
      },
    },
    {
      name: 'of 2,000 mutations of the evidence none makes it throw or leaves the contract’s shape',
      run() {
        const by = chance(20_261_121);
        for (let made = 0; made < 2000; made++) {
          const piece = by.one(pieces);
          const body = mutate(piece.body, by);
          let events: Event[];
          try {
            events = read({ ...piece, body });
          } catch (cause) {
            throw new Error(`mutation ${made} of “${piece.name}” makes it throw: ${String(cause)}\n${body.slice(0, 2000)}`, { cause });
          }
          for (const one of events) {
            const fault = faultIn(eventShape, one);
            holds(fault === undefined, `mutation ${made} of “${piece.name}”: ${fault}\n${body.slice(0, 2000)}`);
          }
        }
        holds(!('polluted' in {}) && Object.keys(Object.prototype).length === 0, 'Object.prototype was changed');
      },
    },
  ];
}

function identitiesIn(one: Event) {
  switch (one.kind) {
    case 'message':
    case 'change':
      return one.from;
    case 'echo':
      return one.to;
    case 'status':
      return one.to ?? [];
    case 'identity':
      return [...one.was, ...one.is];
    case 'consent':
      return one.who;
    default:
      return [];
  }
}

const content = (kind: string) => (one: Event) => one.kind === 'message' && one.content.kind === kind;
const choice = (of: string) => (one: Event) => one.kind === 'message' && one.content.kind === 'choice' && one.content.of === of;
const change = (what: string) => (one: Event) => one.kind === 'change' && one.change === what;

/** What a person may do, as a provider passes it on. */
const kinds: Readonly<Record<string, (one: Event) => boolean>> = {
  text: content('text'),
  image: content('image'),
  video: content('video'),
  audio: content('audio'),
  voice: content('voice'),
  document: content('document'),
  sticker: content('sticker'),
  location: content('location'),
  contacts: content('contacts'),
  order: content('order'),
  form: content('form'),
  unsupported: content('unsupported'),
  button: choice('button'),
  'list row': choice('list'),
  'template button': choice('template'),
  reply: (one) => one.kind === 'message' && one.replyTo !== undefined,
  forwarded: (one) => one.kind === 'message' && one.forwarded === true,
  referral: (one) => one.kind === 'message' && one.referral !== undefined,
  reaction: (one) => change('reaction')(one) && 'emoji' in one && one.emoji !== undefined,
  'reaction taken back': (one) => change('reaction')(one) && !('emoji' in one && one.emoji !== undefined),
  edit: change('edit'),
  revoke: change('revoke'),
  'person without a phone number': (one) => one.kind === 'message' && one.from.every(({ kind }) => kind !== 'phone'),
  'person who changed': (one) => one.kind === 'identity',
};

/** The body once for each of its parts, with null in its place; a form with the field empty. */
function withoutEach(body: string): string[] {
  let root: unknown;
  try {
    root = JSON.parse(body);
  } catch {
    const fields = [...new URLSearchParams(body)];
    return fields.map((_, at) => new URLSearchParams(fields.map(([name, value], here): [string, string] => [name, here === at ? '' : value])).toString());
  }
  const bodies: string[] = [];
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      const was: unknown = Reflect.get(value, key);
      Reflect.set(value, key, null);
      bodies.push(JSON.stringify(root));
      Reflect.set(value, key, was);
      visit(was);
    }
  };
  visit(root);
  return bodies;
}
