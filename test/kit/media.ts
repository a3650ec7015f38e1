/** Files: fetched as streams, never lost to a passing fault, asked for with credentials only where those belong; and sent after an upload. */
import { buffer } from 'node:stream/consumers';
import type { Static, TSchema } from 'typebox';
import { NotSent, Silence, type Channel, type Json, type MediaRef, type OutContent } from '#plugin';
import { attempt, creating, discreet, failures, guarded, type Attempt } from './attempt.ts';
import { holds, type Check } from './check.ts';
import { accountIn, inTurn, sayingOf, type ChannelEvidence } from './evidence.ts';
import { secretsIn } from './plugin.ts';
import { outgoing, sampleOf } from './samples.ts';
import { faultIn, sendResult } from './shapes.ts';

const elsewhere = 'https://elsewhere.example.test';

export function mediaChecks<S extends TSchema>(channel: Channel<S>, evidence: ChannelEvidence<Static<S>>): Check[] {
  const { settings, media = [], uploads = [], answers = [] } = evidence;
  const { can } = channel;
  const fetchesNone = !channel.media && { skip: 'its media are not fetched from a provider' };
  const preparesNone = !channel.prepare && { skip: 'nothing must be at the provider before a message' };
  const outcomes = () => failures(secretsIn(channel.settings, settings)[0] ?? '');
  const yes = answers.find((answer) => typeof answer.expect === 'object' && answer.expect !== null && 'accepted' in answer.expect);
  const fetch = (ref: MediaRef, says: Parameters<typeof attempt>[1]) => attempt(settings, says, async (ctx) => channel.media?.(ref, ctx));

  return [
    {
      name: 'of each kind of media that it sends, sizes and types can be asked before anything is sent',
      ...(!can.media && { skip: 'it sends no media' }),
      run() {
        for (const [kind, { maxBytes, mime }] of Object.entries(can.media ?? {})) {
          holds((can.sends as readonly string[]).includes(kind), `it says what ${kind} may be, and does not send it`);
          holds(Number.isInteger(maxBytes) && maxBytes > 0, `${kind}.maxBytes is not a number of bytes`);
          holds(mime.length > 0 && new Set(mime).size === mime.length, `${kind} has no types, or one of them twice`);
          for (const type of mime) holds(/^[a-z]+\/[a-z0-9.+-]+$/.test(type), `${kind}: ${JSON.stringify(type)} is not a type as found in a file: lower-case, without parameters`);
        }
      },
    },
    {
      name: 'each medium of the evidence comes as its bytes, or is gone, or will be asked for again',
      ...fetchesNone,
      async run() {
        holds(media.some(({ expect }) => typeof expect === 'object'), 'it fetches media: add one that comes to the evidence, as `media`');
        for (const { name, source, ref, answers: given, expect } of media) {
          holds(source.trim() !== '', `“${name}” does not say where it comes from`);
          const made = await fetch(ref, inTurn(given));
          discreet(channel, settings, { ...made, result: typeof made.result }, `“${name}”`);
          if (expect === 'later') {
            holds(made.thrown instanceof NotSent || made.thrown instanceof Silence, `“${name}” should be asked for again, not ${came(made)}`);
            continue;
          }
          holds(made.thrown === undefined, `“${name}” throws ${String(made.thrown)}`);
          if (expect === 'gone') holds(made.result === 'gone', `“${name}” should be gone`);
          else {
            holds(typeof made.result === 'object', `“${name}” does not come: ${came(made)}`);
            const bytes = (await buffer(made.result.stream)).toString();
            holds(bytes === expect.bytes, `“${name}” comes as ${JSON.stringify(bytes.slice(0, 200))}`);
            holds(expect.mime === undefined || made.result.mime === expect.mime, `“${name}” is a ${made.result.mime}`);
          }
        }
      },
    },
    {
      name: 'no passing fault makes a medium be taken for gone',
      ...fetchesNone,
      async run() {
        for (const { ref } of media) {
          for (const { name, says, status } of outcomes()) {
            const made = await fetch(ref, says);
            discreet(channel, settings, { ...made, result: typeof made.result }, `after ${name}`);
            const passing = status === undefined || status === 401 || status === 429 || status >= 500;
            if (made.calls.length === 0) continue;
            holds(!passing || made.thrown instanceof NotSent || made.thrown instanceof Silence, `after ${name} it is ${typeof made.result === 'object' ? 'taken for the medium' : came(made)}: throw NotSent or Silence, it is asked for again`);
          }
        }
      },
    },
    {
      name: 'an address that came from outside is given no credential of ours',
      ...fetchesNone,
      async run() {
        for (const { name, ref, answers: given } of media) {
          const strange = (text: string) => text.replaceAll(/https?:\/\/[^/"\\\s]+/g, elsewhere);
          const strayed = await fetch({ ...ref, ref: strange(ref.ref) }, inTurn(given.map((answer) => ({ ...answer, body: strange(answer.body) }))));
          guarded(channel, settings, strayed.calls, `“${name}” at another address`);
          guarded(channel, settings, (await fetch({ ...ref, ref: `${elsewhere}/file.jpg` }, inTurn(given))).calls, `“${name}” by an address`);
        }
      },
    },
    {
      name: 'a message refers to what was prepared for it, and sending it is one call',
      ...preparesNone,
      async run() {
        holds(uploads.length > 0, 'it prepares: add what it prepares to the evidence, as `uploads`');
        holds(yes, 'the evidence has no answer that is accepted');
        for (const { name, source, content, answers: given } of uploads) {
          holds(source.trim() !== '', `“${name}” does not say where it comes from`);
          holds(channel.prepares?.(content) !== false, `“${name}” is not prepared`);
          const { prepared, sent } = await prepareAndSend(content, inTurn(given), sayingOf(yes));
          holds(prepared.thrown === undefined, `“${name}”: preparing throws ${String(prepared.thrown)}`);
          holds(prepared.calls.length > 0, `“${name}”: preparing asks nobody`);
          const parts = textsIn(prepared.result);
          const said = sent.calls.map(({ url, init }) => url + Buffer.from(init.body ?? '').toString()).join('\n');
          holds(parts.some((part) => said.includes(part) || said.includes(encodeURIComponent(part))), `“${name}”: the message names nothing of what was prepared: ${JSON.stringify(prepared.result)}`);
          holds(creating(sent.calls) === 1, `“${name}”: sending made ${creating(sent.calls)} calls that create`);
        }
      },
    },
    {
      name: 'whatever became of preparing, sending says what becomes of the message',
      ...preparesNone,
      async run() {
        const contents = [...channel.can.sends.map(sampleOf), ...uploads.map(({ content }) => content)].filter((content) => channel.prepares?.(content) !== false);
        for (const content of contents) {
          for (const { name, says } of outcomes()) {
            const { prepared, sent } = await prepareAndSend(content, says, says);
            discreet(channel, settings, prepared, `${content.kind}, preparing, after ${name}`);
            discreet(channel, settings, sent, `${content.kind}, sending, after ${name}`);
            holds(JSON.stringify(prepared.result ?? null) === JSON.stringify(structuredClone(prepared.result ?? null)), `${content.kind}, after ${name}: what was prepared is no plain data`);
            const fault = sent.result && faultIn(sendResult, sent.result);
            holds(fault === undefined, `${content.kind}, after ${name}: ${fault}`);
            holds(sent.result || sent.thrown instanceof Silence || sent.thrown instanceof NotSent, `${content.kind}, after ${name}: sending throws ${String(sent.thrown)}`);
          }
        }
      },
    },
  ];

  async function prepareAndSend(content: OutContent, first: Parameters<typeof attempt>[1], then: Parameters<typeof attempt>[1]) {
    const out = outgoing(accountIn(evidence), content);
    const prepared = await attempt(settings, first, async (ctx): Promise<Json | undefined> => channel.prepare?.(out, ctx));
    const sent = await attempt(settings, then, async (ctx) => channel.send(out, prepared.result, ctx));
    return { prepared, sent };
  }
}

/** Every text in it, as an address or a body would carry it. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** What became of it, in a word. */
function came({ thrown, result }: Attempt<unknown>): string {
  return thrown instanceof Error ? thrown.message : JSON.stringify(result);
}
