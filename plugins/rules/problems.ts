/** What the schema cannot see: choices that lead nowhere, ids used twice, rules that are never reached. */
import type { CheckLine } from '#plugin';
import { answers, bookOf, many } from './book.ts';
import { fold, hear } from './hear.ts';
import { namesIn } from './sentence.ts';
import type { Answer, Settings } from './settings.ts';

export function problemsOf(settings: Settings): CheckLine[] {
  const lines: CheckLine[] = [];
  const answersByPlace = placesOf(settings);
  const names = new Set(['text', 'name', 'phone', ...answersByPlace.flatMap(({ answer }) => Object.keys(answer.remember ?? {}))]);

  for (const { place, field, answer } of answersByPlace) {
    if (answer.menu !== undefined && !Object.hasOwn(settings.menus ?? {}, answer.menu)) {
      broken(field, `${place} shows the menu “${answer.menu}”, which does not exist.`, 'Write the name of a menu, or add this one under Menus.');
    }
    if (answer.buttons && answer.list) broken(field, `${place} has buttons and a list.`, 'A message can show only one of them: remove the other.');
    if ((answer.buttons || answer.list) && answer.say === undefined) broken(field, `${place} offers choices without a word.`, 'Add say: a message with choices needs a text.');
    for (const written of [...many(answer.say), ...Object.values(answer.remember ?? {}).map(String)]) unknownNames(field, place, written);
    leadsOn(field, place, answer.buttons ?? answer.list?.rows ?? []);
  }
  for (const [index, rule] of settings.rules.entries()) {
    const place = `Rule ${index + 1}`;
    if (Object.keys(rule.when).length === 0) broken('rules', `${place} has no condition.`, 'Say when it fits, for example when: { any: true }.');
    if (!answers(rule) && !rule.remember && !rule.forget) broken('rules', `${place} does nothing.`, 'Add say, menu or handOff.');
    for (const word of [...many(rule.when.words), ...many(rule.when.equals), ...many(rule.when.startsWith)]) blank('rules', place, word);
  }
  for (const [name, menu] of Object.entries(settings.menus ?? {})) {
    unknownNames('menus', `The menu “${name}”`, menu.say);
    leadsOn('menus', `The menu “${name}”`, menu.choices.filter((choice) => !answers(choice)));
  }
  for (const word of settings.handOffWords ?? []) blank('handOffWords', 'The words for a person', word);
  usedTwice();
  neverReached();
  return lines;

  function broken(field: string, said: string, mend: string) {
    lines.push({ what: field, state: 'broken', said, mend, field });
  }

  function blank(field: string, place: string, word: string) {
    if (fold(word) === '') broken(field, `${place} has a blank word, which would fit every message.`, 'Remove it.');
  }

  function unknownNames(field: string, place: string, written: string) {
    for (const name of namesIn(written)) {
      if (!names.has(name)) broken(field, `${place} uses {{${name}}}, which is not known.`, `Known here: ${[...names].join(', ')}.`);
    }
  }

  /** A choice leads on by its own answer, by a menu of that name, or by a rule that it fits; a rule for any message does not count. */
  function leadsOn(field: string, place: string, choices: readonly { id: string; title: string }[]) {
    const book = bookOf(settings);
    const meant = settings.rules.flatMap((rule, index) => (rule.when.any && Object.keys(rule.when).length === 1 ? [] : (book.rules[index] ?? [])));
    for (const { id, title } of choices) {
      const tap = { id: '', ref: '', at: 0, text: title, content: { kind: 'choice', id, text: title, of: 'button' } } as const;
      const heard = hear(tap, [], false, new Map());
      if (!book.choices.has(id) && !meant.some((rule) => rule.fits(heard))) {
        broken(field, `${place} offers “${title}” (${id}), which leads nowhere.`, `Give it an answer, name a menu “${id}”, or add a rule with when: { choice: ${id} }.`);
      }
    }
  }

  /** A tap on an old menu still arrives, so an id must mean one thing everywhere in Menus, and once in one message. */
  function usedTwice() {
    const seen = new Map<string, string>();
    for (const [name, menu] of Object.entries(settings.menus ?? {})) {
      for (const choice of menu.choices) {
        const before = seen.get(choice.id);
        if (before !== undefined) broken('menus', `The choice id “${choice.id}” stands in the menu “${before}” and again in “${name}”.`, 'Give each choice its own id.');
        else if (answers(choice) && choice.menu !== choice.id && Object.hasOwn(settings.menus ?? {}, choice.id)) broken('menus', `The choice “${choice.id}” of the menu “${name}” answers itself and is also the name of a menu.`, 'Rename one of them.');
        seen.set(choice.id, name);
      }
    }
    for (const { place, field, answer } of answersByPlace) {
      const ids = (answer.buttons ?? answer.list?.rows ?? []).map((choice) => choice.id);
      for (const id of new Set(ids.filter((one, index) => ids.indexOf(one) !== index))) broken(field, `${place} offers the id “${id}” twice.`, 'Give each choice its own id.');
    }
  }

  function neverReached() {
    const catchAll = settings.rules.findIndex((rule) => rule.when.any && Object.keys(rule.when).length === 1);
    if (catchAll === -1 || catchAll === settings.rules.length - 1) return;
    lines.push({
      what: 'rules',
      state: 'doubtful',
      said: `Rule ${catchAll + 1} takes every message, so the rules after it are never reached.`,
      mend: 'Move it to the end.',
      field: 'rules',
    });
  }
}

/** Every answer with the words that name its place. */
function placesOf(settings: Settings): { place: string; field: string; answer: Answer }[] {
  return [
    ...settings.rules.map((answer, index) => ({ place: `Rule ${index + 1}`, field: 'rules', answer })),
    ...Object.entries(settings.menus ?? {}).flatMap(([name, menu]) =>
      menu.choices.map((answer) => ({ place: `The choice “${answer.id}” of the menu “${name}”`, field: 'menus', answer })),
    ),
    ...(settings.fallback ? [{ place: 'The fallback', field: 'fallback', answer: settings.fallback }] : []),
    ...(settings.handOffSay === undefined ? [] : [{ place: 'What is said at hand-off', field: 'handOffSay', answer: { say: settings.handOffSay } }]),
  ];
}
