/** A phone in the browser: a channel that needs no provider and is proven like any other. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { defineChannel, Silence, Type, type ErrorMeaning, type Json, type OutContent, type SendResult } from '#plugin';
import { fingerprint, toEvent } from './acts.ts';
import { texts } from './texts.ts';

const header = 'x-simulator-signature';

const settings = Type.Object({
  secret: Type.String({ title: 'Secret', description: 'Signs what the simulated phones send. Made by the product.', writeOnly: true, generate: true, minLength: 16 }),
});

const sends: readonly OutContent['kind'][] = [
  'text', 'buttons', 'list', 'link', 'location-request', 'image', 'video', 'audio', 'voice', 'document', 'sticker', 'location', 'contacts', 'reaction', 'template',
];
const megabyte = 1024 * 1024;
const office = 'application/vnd.openxmlformats-officedocument';
const documents = [
  'application/pdf', 'text/plain', 'text/csv', 'application/msword', 'application/vnd.ms-excel', 'application/vnd.ms-powerpoint',
  `${office}.wordprocessingml.document`, `${office}.spreadsheetml.sheet`, `${office}.presentationml.presentation`,
];

export default defineChannel({
  name: 'simulator',
  title: 'Simulator',
  contract: 1,
  settings,
  texts,
  can: {
    webhook: 'signed',
    sends,
    statuses: ['sent', 'delivered', 'read', 'failed'],
    replyWindowHours: 24,
    maxText: 4096,
    // WhatsApp's own limits, so that what is tried here looks the same on a real phone.
    buttons: { max: 3, title: 20, id: 256, text: 1024 },
    list: { max: 10, title: 24, description: 72, id: 200, text: 4096, button: 20 },
    media: {
      image: { maxBytes: 5 * megabyte, mime: ['image/jpeg', 'image/png'] },
      video: { maxBytes: 16 * megabyte, mime: ['video/mp4', 'video/3gpp'] },
      audio: { maxBytes: 16 * megabyte, mime: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'], caption: false },
      voice: { maxBytes: 16 * megabyte, mime: ['audio/ogg'], caption: false },
      document: { maxBytes: 100 * megabyte, mime: documents },
      sticker: { maxBytes: 500 * 1024, mime: ['image/webp'], caption: false },
    },
  },

  account: {
    title: 'Code',
    parse(typed) {
      const code = /^(?:sim:)?([a-z0-9][a-z0-9-]{0,31})$/.exec(typed.trim().toLowerCase())?.[1];
      return code === undefined ? { problem: 'account.problem' } : `sim:${code}`;
    },
  },

  verify(request, { secret }) {
    if (typeof secret !== 'string' || secret.trim() === '') return { refused: 'not-configured' };
    const given = request.headers[header];
    const [signature] = given ?? [];
    if (given?.length !== 1 || signature === undefined || !/^sha256=[0-9a-f]{64}$/.test(signature)) return { refused: 'unsigned' };
    const same = timingSafeEqual(Buffer.from(signature.slice(7), 'hex'), createHmac('sha256', secret).update(request.body).digest());
    return same || { refused: 'wrong-secret' };
  },

  proofHeaders: () => [{ name: header }],

  parse(request) {
    const said: unknown = JSON.parse(request.body.toString('utf8'));
    const acts = typeof said === 'object' && said !== null && 'acts' in said && Array.isArray(said.acts) ? said.acts : [];
    if (acts.length === 0) return [{ kind: 'ignored', id: fingerprint(JSON.stringify(said)), at: request.receivedAt, why: 'There is no act in it.' }];
    return acts.map((act) => toEvent(act, request.receivedAt));
  },

  simulate(act, { secret }) {
    const body = Buffer.from(JSON.stringify({ acts: [act] }));
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    return { headers: { 'content-type': 'application/json', [header]: `sha256=${signature}` }, body };
  },

  /** A phone's files lie in the workspace's own store: the ref is the medium's id there. */
  async media({ ref }, ctx) {
    const found = await ctx.media(ref);
    return found ? { stream: found.stream(), mime: found.mime, ...(found.name !== undefined && { name: found.name }) } : 'gone';
  },

  async send(out, _prepared, ctx) {
    const fault = await ctx.store.get('nextSend');
    if (fault !== undefined && fault !== null) {
      await ctx.store.set('nextSend', null);
      const outcome = misbehave(fault);
      if (outcome) return outcome;
    }
    return { accepted: { refs: [`sim-${out.ref}`] } };
  },

  explain({ code }): ErrorMeaning {
    switch (code) {
      case 'simulated-failure':
        return { sentence: 'error.failure', whose: 'operator', retried: false, next: 'error.failure.next' };
      case 'simulated-bounce':
        return { sentence: 'error.bounce', whose: 'customer', retried: false, next: 'error.bounce.next' };
      case 'simulated-wait':
        return { sentence: 'error.wait', whose: 'provider', retried: true };
      case 'timeout':
        return { sentence: 'error.silent', whose: 'provider', retried: false, next: 'error.silent.next' };
      default:
        return { sentence: 'error.unknown', whose: 'us', retried: false };
    }
  },

  async check() {
    return [{ what: 'simulator', state: 'ok', said: 'The simulator needs no provider: nothing can be wrong outside.' }];
  },
});

/** What the phone's fault switches ask of the next message; undefined when the order is not one of them. */
function misbehave(fault: Json): SendResult | undefined {
  if (typeof fault !== 'object' || fault === null || Array.isArray(fault)) return undefined;
  if (fault['silent'] === true) throw new Silence('The simulated phone took the message and said nothing.');
  if (typeof fault['retryAfterMs'] === 'number') {
    return { retry: { code: 'simulated-wait', said: 'The simulated phone asked to wait.', afterMs: fault['retryAfterMs'], scope: 'pair' } };
  }
  if (fault['fail'] !== undefined) {
    const said = typeof fault['fail'] === 'string' ? fault['fail'].slice(0, 300) : 'The simulated phone refused the message.';
    return { rejected: { code: 'simulated-failure', said, scope: 'message' } };
  }
  return undefined;
}
