/** What a person writes: rules, menus and a fallback. The shape is stable; scripts and configuration files rely on it. */
import { Type, type Static } from '#plugin';

const exact = { additionalProperties: false };
const line = Type.String({ minLength: 1, maxLength: 4096 });
const id = Type.String({ minLength: 1, maxLength: 200 });
const name = '^[A-Za-z][A-Za-z0-9_-]{0,39}$';
const oneOrMore = Type.Union([line, Type.Array(line, { minItems: 1, maxItems: 200 })]);
const value = Type.Union([Type.String({ maxLength: 1000 }), Type.Number(), Type.Boolean()]);

const kind = Type.Enum(['text', 'choice', 'image', 'video', 'audio', 'voice', 'document', 'sticker', 'location', 'contacts', 'order', 'form', 'reaction', 'system', 'unsupported']);

const when = Type.Object(
  {
    any: Type.Optional(Type.Literal(true, { description: 'Every message.' })),
    words: Type.Optional({ ...oneOrMore, description: 'One of these words or phrases stands in the message, whatever its case and accents.' }),
    equals: Type.Optional({ ...oneOrMore, description: 'The whole message is one of these.' }),
    startsWith: Type.Optional({ ...oneOrMore, description: 'The message begins with one of these.' }),
    choice: Type.Optional({ ...oneOrMore, description: 'A button or list row with one of these ids was chosen.' }),
    kind: Type.Optional(Type.Union([kind, Type.Array(kind, { minItems: 1 })], { description: 'The message is of one of these kinds, for example image.' })),
    first: Type.Optional(Type.Boolean({ description: 'It is (or is not) the first message of the conversation.' })),
    remembered: Type.Optional(Type.Record(Type.String({ pattern: name }), value, { description: 'All of these were remembered with these values.' })),
  },
  { ...exact, description: 'Everything that is named must hold.' },
);

const option = { id, title: line, description: Type.Optional(line) };

const answer = {
  say: Type.Optional({ ...oneOrMore, description: 'One message, or several.' }),
  buttons: Type.Optional(Type.Array(Type.Object(option, exact), { minItems: 1, maxItems: 50, description: 'Choices under the last message.' })),
  list: Type.Optional(Type.Object({ button: Type.Optional(line), rows: Type.Array(Type.Object(option, exact), { minItems: 1, maxItems: 50 }) }, { ...exact, description: 'Choices behind a button.' })),
  menu: Type.Optional(Type.String({ pattern: name, description: 'The name of the menu to show.' })),
  handOff: Type.Optional(Type.Object({ reason: line }, { ...exact, description: 'Give the conversation to people.' })),
  remember: Type.Optional(Type.Record(Type.String({ pattern: name }), value)),
  forget: Type.Optional(Type.Array(Type.String({ pattern: name }))),
};

const rule = Type.Object({ when, ...answer }, exact);
const menu = Type.Object({ say: line, button: Type.Optional(line), choices: Type.Array(Type.Object({ ...option, ...answer }, exact), { minItems: 1, maxItems: 50 }) }, exact);

export const settings = Type.Object(
  {
    rules: Type.Array(rule, { title: 'Rules', description: 'The first rule that fits a message answers it.', format: 'yaml', maxItems: 1000, examples: [[{ when: { words: ['hello', 'hi'] }, say: 'Hello {{name|there}}.' }, { when: { equals: 'menu' }, menu: 'main' }]] }),
    menus: Type.Optional(Type.Record(Type.String({ pattern: name }), menu, { title: 'Menus', description: 'Choices by name; a choice answers itself or leads on.', format: 'yaml', examples: [{ main: { say: 'What do you need?', choices: [{ id: 'hours', title: 'Opening hours', say: 'Every day, 8 to 18.' }, { id: 'person', title: 'A person', handOff: { reason: 'Chose a person in the menu.' } }] } }] })),
    fallback: Type.Optional(
      Type.Object(
        { ...answer, handOffAfter: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Give the conversation to people after so many misses in a row.' })) },
        { ...exact, title: 'Fallback', description: 'What to answer when no rule fits.', format: 'yaml', examples: [{ say: 'I did not understand that.', handOffAfter: 3 }] },
      ),
    ),
    handOffWords: Type.Optional(Type.Array(line, { title: 'Words for a person', description: 'Whoever writes one of these is given to people.', maxItems: 200 })),
    handOffSay: Type.Optional(Type.String({ title: 'Said at hand-off', description: 'Said when one of these words was written.', maxLength: 4096 })),
  },
  exact,
);

export type Settings = Static<typeof settings>;
export type Rule = Settings['rules'][number];
export type When = Rule['when'];
export type Answer = Omit<Rule, 'when'>;
export type Menu = NonNullable<Settings['menus']>[string];
