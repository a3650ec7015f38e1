/** What the API answers, for its description; the tests hold every answer to it. A member that is undefined is left out of JSON. */
import { Type, type TProperties } from 'typebox';

const text = Type.String();
const at = Type.Integer({ description: 'Milliseconds since 1970, UTC.' });
const id = Type.String({ description: 'A UUID.' });
const may = Type.Optional;
const words = <const W extends readonly string[]>(...of: W) => Type.Enum(of);
/** Closed, so that nothing is answered that is not described. */
const shape = <P extends TProperties>(members: P) => Type.Object(members, { additionalProperties: false });

const runState = words('stopped', 'starting', 'running', 'error');

const check = shape({
  id: Type.String({ description: 'What was looked at, for programs.' }),
  what: Type.String({ description: 'The same in the caller’s language.' }),
  state: words('ok', 'doubtful', 'broken', 'not-yet'),
  said: text,
  mend: may(text),
  answered: may(Type.String({ description: 'The provider’s own words.' })),
  field: may(text),
});
export const checks = shape({ checks: Type.Array(check), checkedAt: may(at) });
export const run = shape({ state: runState, checks: Type.Array(check) });

const numberName = shape({ id, name: text, account: text, active: Type.Boolean() });
const connectionRow = {
  id, plugin: text, channel: text, loaded: Type.Boolean(), name: text, description: text, state: runState, reason: may(text), stateAt: at, declared: Type.Boolean(),
  numbers: Type.Array(numberName), lastEventAt: may(at), version: Type.Integer(),
};
export const connectionInList = shape(connectionRow);
export const connection = shape({
  ...connectionRow,
  settings: Type.Record(text, Type.Unknown(), { description: 'Without secrets.' }),
  secrets: Type.Record(text, text, { description: 'Stored secrets by setting, each as its last four characters, or empty when it is too short to show any.' }),
  checks: Type.Array(check),
  checkedAt: may(at),
  graceUntil: may(at),
  can: shape({
    subscribe: Type.Boolean(), unsubscribe: Type.Boolean(), register: Type.Boolean(), rotate: Type.Boolean(),
    templates: Type.Union([Type.Literal(false), shape({ list: Type.Boolean(), create: Type.Boolean(), delete: Type.Boolean(), byHand: Type.Boolean() })]),
  }),
  waiting: Type.Integer(),
  rejections: Type.Array(shape({ id, cause: text, source: text, count: Type.Integer(), firstAt: at, lastAt: at })),
  createdAt: at,
});
const told = shape({ field: text, label: text, value: text });
export const handOff = shape({
  webhookUrl: text, reachable: Type.Boolean(), tokens: Type.Array(told), facts: Type.Array(told), accounts: Type.Array(text),
});
export const offer = shape({ account: text, title: text, phone: may(text), note: may(text), taken: may(Type.String({ description: 'The name under which it is connected; empty when another organisation has it.' })) });
export const logLine = shape({ id, at, level: words('info', 'warn', 'error'), message: text, event: may(text), by: may(text), detail: Type.Record(text, Type.Unknown()) });
export const channel = shape({
  plugin: text, title: text, accountTitle: text, mark: may(words('recommended', 'legacy')), needsPublicUrl: Type.Boolean(), simulator: Type.Boolean(), offers: Type.Boolean(), signIn: may(shape({ missing: may(text) })),
  settings: Type.Unknown({ description: 'The JSON Schema of its settings; writeOnly marks a secret.' }),
});

export const number = shape({
  id, name: text, account: text, phone: may(text), active: Type.Boolean(), connection: id, plugin: text, channel: text, simulator: Type.Boolean(), state: runState, reason: may(text),
  agent: may(id), environment: may(words('draft', 'published')), openConversations: Type.Integer(), waiting: Type.Integer(),
  today: Type.Object({ in: Type.Integer(), out: Type.Integer() }, { description: 'Messages since midnight in the organisation’s time zone.' }), declared: Type.Boolean(), version: Type.Integer(),
});
export const binding = shape({ agent: id, name: text, environment: words('draft', 'published'), inbound: Type.Boolean() });
export const agent = shape({ id, name: text, plugin: text, state: runState, reason: may(text), channels: Type.Array(text), published: may(Type.Integer()), draft: may(Type.Integer()) });

const previewHeader = Type.Union([shape({ kind: Type.Literal('text'), text }), shape({ kind: words('image', 'video', 'audio', 'voice', 'document', 'sticker') })]);
const preview = shape({
  header: may(previewHeader), body: text, footer: may(text),
  buttons: may(Type.Array(shape({ kind: words('reply', 'url', 'phone', 'code', 'other'), title: text, target: may(text) }))),
});
export const template = shape({
  id, connection: id, providerId: text, name: text, language: text, status: words('draft', 'pending', 'approved', 'rejected', 'paused', 'disabled'), category: may(text), quality: may(text), reason: may(text),
  preview, variables: Type.Array(shape({ key: text, example: may(text) })), media: may(text), updatedAt: at,
});

export const medium = shape({
  id, kind: text, state: words('stored', 'missing', 'gone'), reason: may(text), mime: may(text), name: may(text), bytes: may(Type.Integer()), sha256: may(text), width: may(Type.Integer()), height: may(Type.Integer()),
  durationMs: may(Type.Integer()), thumbnail: Type.Boolean(), mp4: Type.Boolean(), at,
  mostBytes: may(Type.Integer({ description: 'Of one that was too large: how much is taken on its channel.' })), url: Type.String({ description: 'Where its bytes are, for the same key.' }),
});

export const message = shape({
  id, conversation: id, connection: id, number: id, contact: id, seq: Type.Integer(), at, author: words('contact', 'agent', 'person', 'api', 'phone'), by: may(text), kind: text,
  content: Type.Unknown(), text, media: may(medium), changes: may(Type.Unknown()), status: text, statusAt: at, providerRef: may(text), idempotencyKey: may(text),
  quote: may(shape({ id: may(id), author: may(text), text })),
  receipts: Type.Array(shape({ status: text, at, note: may(text) })),
  error: may(shape({
    code: Type.String({ description: 'The provider’s own.' }), said: Type.String({ description: 'The provider’s own words.' }), sentence: may(Type.String({ description: 'What it means.' })),
    whose: may(words('customer', 'operator', 'provider', 'us')), retried: may(Type.Boolean()), next: may(Type.String({ description: 'What to do about it.' })),
  })),
});
export const sentTemplate = shape({
  id, conversation: id, at, author: words('agent', 'person', 'api', 'phone'), status: text, statusAt: at, template: text, language: text, text, contact: shape({ name: may(text), phone: may(text) }),
  error: may(shape({ code: Type.String({ description: 'The provider’s own.' }), said: text })),
});
export const delivery = shape({
  id, at, connection: id, connectionName: text, state: words('received', 'processed', 'failed'), reason: may(text),
  reasonCodes: may(Type.Array(text, { description: 'Of `reason`, for programs: `number-unknown`, `unreadable` …; none for what the channel’s plugin says itself.' })), events: may(Type.Integer()), bytes: Type.Integer(), processedAt: may(at),
});
export const taken = shape({
  messages: Type.Array(shape({ id, seq: Type.Integer() }), { description: 'One, or several where a text was too long for one or a caption goes apart; none in a dry run.' }),
  conversation: may(id), number: id, dryRun: may(Type.Literal(true)),
});

export const error = shape({
  error: shape({
    code: text, message: text, requestId: text, fields: may(Type.Record(text, text)), reason: may(Type.String({ description: 'Of NOT_ELIGIBLE: why, for programs.' })), retryAfter: may(Type.Integer({ description: 'Seconds.' })),
    checks: may(Type.Array(check)),
  }),
});
