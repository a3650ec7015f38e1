/** The simulator's wire form: `{ "acts": [act, …] }`. Read strictly, answered gently: what does not fit becomes `unsupported` or `ignored`. */
import { createHash } from 'node:crypto';
import { Value } from 'typebox/value';
import { Type, type Content, type Event, type Json, type Static } from '#plugin';

const text = Type.String({ maxLength: 65_536 });
const exact = { additionalProperties: false };

const identity = Type.Union([
  Type.Object({ kind: Type.Literal('phone'), value: Type.String({ pattern: '^[0-9]{5,20}$' }) }, exact),
  Type.Object({ kind: Type.Enum(['user', 'parent-user', 'username']), value: Type.String({ minLength: 1, maxLength: 200 }) }, exact),
]);

const providerError = Type.Object({ code: Type.String({ minLength: 1, maxLength: 100 }), said: Type.String({ maxLength: 500 }) }, exact);

const mediaRef = Type.Object(
  { ref: Type.String({ minLength: 1 }), mime: Type.Optional(text), name: Type.Optional(text), sha256: Type.Optional(text), bytes: Type.Optional(Type.Integer({ minimum: 0 })) },
  exact,
);

const mediaKind = Type.Enum(['image', 'video', 'audio', 'voice', 'document', 'sticker']);

const content = Type.Union([
  Type.Object({ kind: Type.Literal('text'), text }, exact),
  Type.Object(
    { kind: Type.Literal('choice'), id: text, text, description: Type.Optional(text), of: Type.Enum(['button', 'list', 'template']) },
    exact,
  ),
  Type.Object({ kind: mediaKind, media: mediaRef, caption: Type.Optional(text) }, exact),
  Type.Object(
    { kind: Type.Literal('location'), latitude: Type.Number(), longitude: Type.Number(), name: Type.Optional(text), address: Type.Optional(text), url: Type.Optional(text) },
    exact,
  ),
  Type.Object(
    { kind: Type.Literal('contacts'), contacts: Type.Array(Type.Object({ name: text, phones: Type.Array(text), emails: Type.Array(text) }, exact)) },
    exact,
  ),
  Type.Object(
    {
      kind: Type.Literal('order'),
      catalog: Type.Optional(text),
      text: Type.Optional(text),
      items: Type.Array(Type.Object({ product: text, quantity: Type.Number(), price: Type.Optional(Type.Number()), currency: Type.Optional(text) }, exact)),
    },
    exact,
  ),
  // A form's answers are whatever JSON it holds.
  Type.Object({ kind: Type.Literal('form'), name: Type.Optional(text), answers: Type.Unsafe<Json>({}), text: Type.Optional(text) }, exact),
  Type.Object({ kind: Type.Literal('reaction'), emoji: Type.Optional(text) }, exact),
  Type.Object({ kind: Type.Literal('system'), what: text, text: Type.Optional(text) }, exact),
  Type.Object({ kind: Type.Literal('unsupported'), what: text, errors: Type.Optional(Type.Array(providerError)) }, exact),
]);

const envelope = {
  id: Type.String({ minLength: 1, maxLength: 200 }),
  account: Type.String({ minLength: 1, maxLength: 200 }),
  from: Type.Array(identity, { minItems: 1, maxItems: 8 }),
  name: Type.Optional(text),
  at: Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 }),
};

const messageAct = Type.Object({ ...envelope, kind: Type.Literal('message'), content: Type.Unknown(), replyTo: Type.Optional(text) }, exact);
const statusAct = Type.Object(
  {
    ...envelope,
    kind: Type.Literal('status'),
    refs: Type.Array(text),
    ref: Type.Optional(text),
    status: Type.Enum(['sent', 'delivered', 'read', 'failed']),
    error: Type.Optional(providerError),
  },
  exact,
);

/**
 * One act as an event. Pure.
 * @param at milliseconds since 1970 to use for what carries no time of its own
 */
export function toEvent(act: unknown, at: number): Event {
  if (Value.Check(messageAct, act)) return message(act);
  if (Value.Check(statusAct, act)) {
    const { from, name: _, ...status } = act;
    return { ...status, to: from };
  }
  return { kind: 'ignored', id: fingerprint(JSON.stringify(act)), at, why: `The simulator does not know this act: ${describe(act)}.` };
}

/** An id for what has none: the same words give the same id. */
export function fingerprint(words: string): string {
  return `sha256:${createHash('sha256').update(words).digest('hex')}`;
}

function message(act: Static<typeof messageAct>): Event {
  const { content: sent, replyTo, ...rest } = act;
  const understood = toContent(sent);
  if (understood.kind === 'reaction' && replyTo !== undefined) {
    const { name: _, ...who } = rest;
    return { ...who, kind: 'change', change: 'reaction', of: replyTo, ...(understood.emoji !== undefined && { emoji: understood.emoji }) };
  }
  return { ...rest, kind: 'message', content: understood, ...(replyTo !== undefined && { replyTo }) };
}

function toContent(sent: unknown): Content {
  if (Value.Check(content, sent)) return sent;
  return { kind: 'unsupported', what: describe(sent) };
}

function describe(value: unknown): string {
  if (!isRecord(value)) return value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
  const kind = Object.hasOwn(value, 'kind') ? value['kind'] : undefined;
  return typeof kind === 'string' && kind !== '' ? kind.slice(0, 60) : 'an object without a kind';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
