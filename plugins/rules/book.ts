/** Settings made ready: every sentence, keyword and lookup is prepared once, so that answering is cheap. */
import type { Choice, OutContent, Reply } from '#plugin';
import { fold, keyword, type Heard } from './hear.ts';
import { sentence, type Known, type Sentence } from './sentence.ts';
import type { Answer, Menu, Rule, Settings, When } from './settings.ts';
import { reasons } from './texts.ts';

export interface ReadyAnswer {
  /** For "why it answered". */
  why: string;
  say(known: Known): OutContent[];
  offers: readonly Choice[];
  handOff: Reply['handOff'];
  remember: readonly [string, Sentence][];
  forget: readonly string[];
}

export interface Book {
  rules: { fits(heard: Heard): boolean; answer: ReadyAnswer }[];
  /** What a choice leads to, by its id. */
  choices: Map<string, ReadyAnswer>;
  wantsPerson: ReadyAnswer & { fits(heard: Heard): boolean };
  fallback: ReadyAnswer | undefined;
  handOffAfter: number;
}

const books = new WeakMap<Settings, Book>();

/** The same settings object is made ready once. */
export function bookOf(settings: Settings): Book {
  const known = books.get(settings);
  if (known) return known;
  const book = open(settings);
  books.set(settings, book);
  return book;
}

function open(settings: Settings): Book {
  const menus = new Map(Object.entries(settings.menus ?? {}));
  const wanted = (settings.handOffWords ?? []).map(keyword);
  return {
    rules: settings.rules.map((rule, index) => ({
      fits: condition(rule.when),
      answer: ready(rule, menus, `Rule ${index + 1} answered: it is for ${describe(rule.when)}.`),
    })),
    choices: choicesOf(menus),
    wantsPerson: {
      ...ready({ ...(settings.handOffSay && { say: settings.handOffSay }) }, menus, 'The contact wrote a word that asks for a person.'),
      handOff: reasons.asked,
      fits: (heard) => wanted.some((word) => word(heard)),
    },
    fallback: settings.fallback && ready(settings.fallback, menus, 'No rule fits, so the fallback answered.'),
    handOffAfter: settings.fallback?.handOffAfter ?? Infinity,
  };
}

/** The answers of all menus' choices; a choice that bears the name of a menu leads there. */
function choicesOf(menus: Map<string, Menu>): Map<string, ReadyAnswer> {
  const choices = new Map<string, ReadyAnswer>();
  for (const menu of menus.keys()) choices.set(menu, ready({ menu }, menus, `The choice “${menu}” opened its menu.`));
  for (const [name, menu] of menus) {
    for (const choice of menu.choices) {
      if (answers(choice)) choices.set(choice.id, ready(choice, menus, `The choice “${choice.id}” of the menu “${name}” answered.`));
    }
  }
  return choices;
}

/** Whether a choice says by itself what follows. */
export function answers(answer: Answer): boolean {
  return answer.say !== undefined || answer.menu !== undefined || answer.handOff !== undefined;
}

function ready(answer: Answer, menus: Map<string, Menu>, why: string): ReadyAnswer {
  const lines = many(answer.say).map(sentence);
  const menu = answer.menu === undefined ? undefined : menus.get(answer.menu);
  const question = menu && sentence(menu.say);
  const own = answer.buttons ?? answer.list?.rows;
  const ownChoices = own?.map(toChoice);
  const menuChoices = menu?.choices.map(toChoice) ?? [];
  return {
    why,
    say(known) {
      const said = lines.map((line) => line(known)).filter((text) => text.trim() !== '');
      const messages: OutContent[] = said.map((text) => ({ kind: 'text', text }));
      if (ownChoices) {
        const text = said.length === 0 ? titles(ownChoices) : said[said.length - 1] ?? '';
        messages.splice(-1, 1, offer(text, ownChoices, answer.list ? (answer.list.button ?? '☰') : undefined));
      }
      if (menu && question) messages.push(offer(question(known), menuChoices, menu.button));
      return messages;
    },
    offers: menu ? menuChoices : (ownChoices ?? []),
    handOff: answer.handOff,
    remember: Object.entries(answer.remember ?? {}).map(([name, value]) => [name, sentence(String(value))]),
    forget: answer.forget ?? [],
  };
}

/** Up to three short choices are buttons; more, or described ones, are a list. What the channel cannot show, core degrades. */
function offer(text: string, choices: Choice[], button: string | undefined): OutContent {
  if (button === undefined && choices.length <= 3 && choices.every((choice) => choice.description === undefined)) {
    return { kind: 'buttons', text, buttons: choices.map((choice) => ({ ...choice })) };
  }
  return { kind: 'list', text, button: button ?? '☰', sections: [{ rows: choices.map((choice) => ({ ...choice })) }] };
}

function titles(choices: Choice[]): string {
  return choices.map((choice) => choice.title).join(' / ');
}

function toChoice({ id, title, description }: Choice): Choice {
  return { id, title, ...(description !== undefined && { description }) };
}

function condition(when: When): (heard: Heard) => boolean {
  const tests: ((heard: Heard) => boolean)[] = [];
  if (when.words !== undefined) tests.push(anyOf(many(when.words).map(keyword)));
  if (when.equals !== undefined) {
    const whole = new Set(many(when.equals).map(fold));
    tests.push((heard) => whole.has(heard.folded()));
  }
  if (when.startsWith !== undefined) {
    const starts = many(when.startsWith).map(fold);
    tests.push((heard) => starts.some((start) => heard.folded().startsWith(start)));
  }
  if (when.choice !== undefined) {
    const ids = new Set(many(when.choice));
    tests.push((heard) => heard.choice !== undefined && ids.has(heard.choice));
  }
  if (when.kind !== undefined) {
    const kinds = new Set<string>(many(when.kind));
    tests.push((heard) => kinds.has(heard.kind));
  }
  if (when.first !== undefined) tests.push((heard) => heard.first === when.first);
  for (const [name, value] of Object.entries(when.remembered ?? {})) tests.push((heard) => heard.remembered.get(name) === String(value));
  if (tests.length === 0) return () => when.any === true;
  return (heard) => tests.every((test) => test(heard));
}

function anyOf(tests: ((heard: Heard) => boolean)[]): (heard: Heard) => boolean {
  return (heard) => tests.some((test) => test(heard));
}

/** The condition in words; of many keywords the first three. */
function describe(when: Rule['when']): string {
  const said = [
    ...(when.any === true ? ['any message'] : []),
    ...(when.words === undefined ? [] : [`a message with ${oneOf(when.words)}`]),
    ...(when.equals === undefined ? [] : [`the message ${oneOf(when.equals)}`]),
    ...(when.startsWith === undefined ? [] : [`a message that begins with ${oneOf(when.startsWith)}`]),
    ...(when.choice === undefined ? [] : [`the choice ${oneOf(when.choice)}`]),
    ...(when.kind === undefined ? [] : [`a message of the kind ${oneOf(when.kind)}`]),
    ...(when.first === undefined ? [] : [when.first ? 'the first message' : 'a message after the first']),
    ...Object.entries(when.remembered ?? {}).map(([name, value]) => `${name} remembered as “${clipped(String(value))}”`),
  ];
  return said.join(', ') || 'no condition';
}

function oneOf(words: string | readonly string[]): string {
  const all = many(words);
  const named = all.slice(0, 3).map((word) => `“${clipped(word)}”`);
  if (all.length > 3) named.push(`${all.length - 3} more`);
  return [named.slice(0, -1).join(', '), ...named.slice(-1)].filter(Boolean).join(' or ');
}

const clipped = (text: string): string => (text.length > 40 ? `${text.slice(0, 39).toWellFormed()}…` : text);

export function many<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return isList(value) ? value : [value];
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
