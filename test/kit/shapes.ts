/**
 * The contract's types as schemas, to hold what a plugin returned against them. `agree` at the end fails the type check when the
 * two drift apart.
 */
import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { AlertDraft, Channel, CheckLine, Content, ErrorMeaning, Event, Json, NumberOnOffer, OutContent, Problem, Refusal, Reply, SendResult, TemplateRecord } from '#plugin';

const exact = { additionalProperties: false };
const text = Type.String();
const some = Type.String({ minLength: 1 });
const json = Type.Unsafe<Json>({});
const maybe = Type.Optional;
const at = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });
const word = <const W extends string>(...words: W[]) => Type.Enum(words);
const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, exact);

const identity = object({ kind: word('phone', 'user', 'parent-user', 'username'), value: some });
const identities = Type.Array(identity, { minItems: 1 });
const error = object({ code: some, said: Type.String({ maxLength: 1000 }) });
const media = object({ ref: some, mime: maybe(text), name: maybe(text), sha256: maybe(text), bytes: maybe(Type.Number()) });
const mediaKinds = word('image', 'video', 'audio', 'voice', 'document', 'sticker');
const cards = Type.Array(object({ name: text, phones: Type.Array(text), emails: Type.Array(text) }));

const content = Type.Union([
  object({ kind: word('text'), text }),
  object({ kind: word('choice'), id: text, text, description: maybe(text), of: word('button', 'list', 'template') }),
  object({ kind: mediaKinds, media, caption: maybe(text) }),
  object({ kind: word('location'), latitude: Type.Number(), longitude: Type.Number(), name: maybe(text), address: maybe(text), url: maybe(text) }),
  object({ kind: word('contacts'), contacts: cards }),
  object({
    kind: word('order'),
    catalog: maybe(text),
    text: maybe(text),
    items: Type.Array(object({ product: text, quantity: Type.Number(), price: maybe(Type.Number()), currency: maybe(text) })),
  }),
  object({ kind: word('form'), name: maybe(text), answers: json, text: maybe(text) }),
  object({ kind: word('reaction'), emoji: maybe(text) }),
  object({ kind: word('system'), what: text, text: maybe(text) }),
  object({ kind: word('unsupported'), what: text, errors: maybe(Type.Array(error)) }),
]);

const status = word('sent', 'delivered', 'read', 'failed');
const any = { id: some, account: maybe(some), at };
const referral = object({ source: text, url: maybe(text), headline: maybe(text), text: maybe(text), clickId: maybe(text) });
const price = object({ category: maybe(text), model: maybe(text), billable: maybe(Type.Boolean()) });

export const event = Type.Union([
  object({
    ...any,
    kind: word('message'),
    from: identities,
    name: maybe(text),
    thread: maybe(text),
    content,
    replyTo: maybe(text),
    forwarded: maybe(Type.Boolean()),
    referral: maybe(referral),
    errors: maybe(Type.Array(error)),
  }),
  object({ ...any, kind: word('echo'), to: identities, by: word('phone', 'person', 'bot'), thread: maybe(text), content }),
  object({ ...any, kind: word('change'), from: identities, of: some, change: word('edit', 'revoke', 'reaction'), content: maybe(content), emoji: maybe(text) }),
  object({ ...any, kind: word('status'), refs: Type.Array(some), ref: maybe(some), status, error: maybe(error), price: maybe(price), to: maybe(Type.Array(identity)) }),
  object({ ...any, kind: word('identity'), was: identities, is: identities }),
  object({ ...any, kind: word('consent'), who: identities, category: text, value: word('stop', 'resume') }),
  object({ ...any, kind: word('holder'), thread: some, holder: word('person', 'bot') }),
  object({
    ...any, kind: word('template'), template: text, name: maybe(text), language: maybe(text), status: maybe(word('draft', 'pending', 'approved', 'rejected', 'paused', 'disabled')),
    quality: maybe(text), category: maybe(text), reason: maybe(text),
  }),
  object({ ...any, kind: word('account'), what: text, severity: word('info', 'warning', 'stop'), said: text }),
  object({ ...any, kind: word('ignored'), why: some }),
]);

const choice = object({ id: some, title: some, description: maybe(text) });
const choices = Type.Array(choice, { minItems: 1 });

const outContent = Type.Union([
  object({ kind: word('text'), text: some }),
  object({ kind: word('buttons'), text: some, header: maybe(text), footer: maybe(text), buttons: choices }),
  object({
    kind: word('list'),
    text: some,
    header: maybe(text),
    footer: maybe(text),
    button: some,
    sections: Type.Array(object({ title: maybe(text), rows: choices }), { minItems: 1 }),
  }),
  object({ kind: word('link'), text: some, title: some, url: some }),
  object({ kind: word('location-request'), text: some }),
  object({ kind: mediaKinds, media: some, caption: maybe(text), name: maybe(text), mime: some, bytes: Type.Number() }),
  object({ kind: word('location'), latitude: Type.Number(), longitude: Type.Number(), name: maybe(text), address: maybe(text) }),
  object({ kind: word('contacts'), contacts: cards }),
  object({ kind: word('reaction'), emoji: text, to: some }),
  object({
    kind: word('template'), template: some, name: some, language: some, variables: Type.Record(Type.String(), text), text: maybe(text),
    media: maybe(object({ kind: word('image', 'video', 'audio', 'voice', 'document', 'sticker'), id: some, mime: some, bytes: Type.Number(), name: maybe(text) })),
  }),
]);

export const sendResult = Type.Union([
  object({ accepted: object({ refs: Type.Array(some), thread: maybe(text), learned: maybe(Type.Array(identity)) }) }),
  object({ rejected: object({ code: some, said: text, scope: word('message', 'contact', 'template', 'number', 'connection') }) }),
  object({ retry: object({ code: some, said: text, afterMs: maybe(Type.Number({ minimum: 0 })), scope: word('pair', 'number', 'connection') }) }),
]);

export const reply = object({
  messages: Type.Array(outContent),
  state: maybe(json),
  handOff: maybe(object({ reason: some, key: maybe(some), params: maybe(Type.Record(Type.String(), text)) })),
  why: some,
  steps: maybe(Type.Array(object({ name: text, said: maybe(text), ms: maybe(Type.Number()) }))),
});

export const refusal = object({ refused: word('unsigned', 'wrong-secret', 'other-url', 'rewritten-body', 'not-configured') });
export const checkLine = object({ what: some, state: word('ok', 'doubtful', 'broken', 'not-yet'), said: some, mend: maybe(some), params: maybe(Type.Record(Type.String(), text)), answered: maybe(some), field: maybe(some) });
export const meaning = object({ sentence: some, whose: word('customer', 'operator', 'provider', 'us'), retried: Type.Boolean(), next: maybe(some) });
export const numberOnOffer = object({ account: some, title: some, phone: maybe(text), note: maybe(text), uncertain: maybe(Type.Literal(true)) });
export const subscription = object({ state: word('ours', 'other', 'none'), url: maybe(text) });
export const problem = object({ problem: some, field: maybe(some) });
const header = Type.Union([object({ kind: word('text'), text: some }), object({ kind: mediaKinds })]);
const button = object({ kind: word('reply', 'url', 'phone', 'code', 'other'), title: text, target: maybe(text) });
export const templateRecord = object({
  id: some, name: some, language: some, status: word('draft', 'pending', 'approved', 'rejected', 'paused', 'disabled'), category: maybe(text), quality: maybe(text), reason: maybe(text),
  components: json, preview: object({ header: maybe(header), body: text, footer: maybe(text), buttons: maybe(Type.Array(button)) }),
  variables: Type.Array(object({ key: some, example: maybe(text) })),
});
export const alertDraft = object({ kind: word('hand-off', 'new-message', 'failure'), key: some, text: some });

/** What is wrong with the value's shape, with its place; undefined when nothing is. What JSON would drop is not looked at. */
export function faultIn(schema: TSchema, value: unknown): string | undefined {
  const data: unknown = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  // Of a union's many complaints, the variant of the same kind is the one that was meant.
  const kind = typeof data === 'object' && data !== null && 'kind' in data ? data.kind : undefined;
  if (Value.Check(schema, data)) return undefined;
  const variants = 'anyOf' in schema && Array.isArray(schema.anyOf) ? (schema.anyOf as TSchema[]) : [];
  const meant = variants.find((variant) => Value.Check(Type.Object({ kind: kindOf(variant) }), { kind })) ?? schema;
  const said = Value.Errors(meant, data).map((fault) => `${fault.instancePath || 'it'} ${fault.message}`);
  return `${said.slice(0, 3).join('; ')}: ${JSON.stringify(data).slice(0, 500)}`;
}

function kindOf(variant: TSchema): TSchema {
  const properties = 'properties' in variant ? (variant.properties as Record<string, TSchema>) : {};
  return properties['kind'] ?? Type.Never();
}

type Same<Schema, T> = [Schema] extends [T] ? ([T] extends [Schema] ? true : false) : false;
type Agree = [
  Same<Static<typeof content>, Content>,
  Same<Static<typeof event>, Event>,
  Same<Static<typeof outContent>, OutContent>,
  Same<Static<typeof sendResult>, SendResult>,
  Same<Static<typeof reply>, Reply>,
  Same<Static<typeof refusal>, Refusal>,
  Same<Static<typeof checkLine>, CheckLine>,
  Same<Static<typeof meaning>, ErrorMeaning>,
  Same<Static<typeof alertDraft>, AlertDraft>,
  Same<Static<typeof numberOnOffer>, NumberOnOffer>,
  Same<Static<typeof subscription>, Awaited<ReturnType<NonNullable<Channel['subscribe']>['read']>>>,
  Same<Static<typeof problem>, Problem>,
  Same<Static<typeof templateRecord>, TemplateRecord>,
];
true satisfies false extends Agree[number] ? never : true;
