/** What an agent returned is held to the contract before anything is made of it: a slip of a plugin fails its turn, not the lane. */
import type { Words } from '../kept-words.ts';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Reply } from '../plugin/contract/agent.ts';
import { storableText } from './characters.ts';

const text = Type.String({ maxLength: 65_536 });
const word = Type.String({ maxLength: 1_024 });
/** What a provider would refuse for being empty. */
const some = Type.String({ minLength: 1, maxLength: 1_024 });
const choice = Type.Object({ id: some, title: some, description: Type.Optional(word) });
const kind = <K extends string>(name: K) => ({ kind: Type.Literal(name) });
const mediaKind = Type.Enum(['image', 'video', 'audio', 'voice', 'document', 'sticker']);
const media = (name: Static<typeof mediaKind>) =>
  Type.Object({ ...kind(name), media: word, caption: Type.Optional(text), name: Type.Optional(word), mime: word, bytes: Type.Number() });

const content = Type.Union([
  Type.Object({ ...kind('text'), text: Type.String({ minLength: 1, maxLength: 65_536 }) }),
  Type.Object({ ...kind('buttons'), text, header: Type.Optional(word), footer: Type.Optional(word), buttons: Type.Array(choice, { minItems: 1 }) }),
  Type.Object({ ...kind('list'), text, header: Type.Optional(word), footer: Type.Optional(word), button: some, sections: Type.Array(Type.Object({ title: Type.Optional(word), rows: Type.Array(choice, { minItems: 1 }) }), { minItems: 1 }) }),
  Type.Object({ ...kind('link'), text, title: some, url: Type.String({ maxLength: 4_096 }) }),
  Type.Object({ ...kind('location-request'), text }),
  Type.Object({ ...kind('location'), latitude: Type.Number(), longitude: Type.Number(), name: Type.Optional(word), address: Type.Optional(word) }),
  Type.Object({ ...kind('contacts'), contacts: Type.Array(Type.Object({ name: word, phones: Type.Array(word), emails: Type.Array(word) })) }),
  Type.Object({ ...kind('reaction'), emoji: word, to: word }),
  Type.Object({
    ...kind('template'), template: word, name: word, language: word, variables: Type.Record(Type.String(), text), text: Type.Optional(text),
    media: Type.Optional(Type.Object({ kind: mediaKind, id: word, mime: word, bytes: Type.Number(), name: Type.Optional(word) })),
  }),
  media('image'), media('video'), media('audio'), media('voice'), media('document'), media('sticker'),
]);
const reply = Type.Object({
  messages: Type.Array(content, { maxItems: 50 }),
  state: Type.Optional(Type.Unknown()),
  handOff: Type.Optional(Type.Object({ reason: text, key: Type.Optional(word), params: Type.Optional(Type.Record(Type.String(), word, { maxProperties: 20 })) })),
  why: text,
  steps: Type.Optional(Type.Array(Type.Object({ name: word, said: Type.Optional(text), ms: Type.Optional(Type.Number()) }))),
});

/** The reply as plain data that can be stored, or what is wrong with it. */
export function soundReply(given: unknown): { reply: Reply } | { failed: Words } {
  let plain: unknown;
  try {
    plain = JSON.parse(JSON.stringify(given) ?? 'null');
  } catch (error) {
    return { failed: { code: 'agent-not-data', answered: (error instanceof Error ? error.message : String(error)).slice(0, 500) } };
  }
  if (isReply(plain)) return { reply: storableText(plain) };
  const [first] = Value.Errors(reply, plain);
  return { failed: { code: 'agent-reply-unknown', ...(first && { answered: `${first.instancePath || 'it'} ${first.message}`.slice(0, 500) }) } };
}

/** The schema above and the contract's type say the same; `reply.test.ts` holds them together. */
function isReply(value: unknown): value is Reply {
  return Value.Check(reply, value);
}
