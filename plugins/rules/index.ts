/** Answers by rules: keywords, menus, a fallback, hand-off. It needs nothing but its settings. */
import { isDeepStrictEqual } from 'node:util';
import { defineAgent, type OutContent, type Reply, type Turn } from '#plugin';
import { bookOf, type Book, type ReadyAnswer } from './book.ts';
import { hear, type Heard } from './hear.ts';
import { readMemory, writeMemory, type Memory } from './memory.ts';
import { problemsOf } from './problems.ts';
import { settings } from './settings.ts';
import { reasons, texts } from './texts.ts';

export default defineAgent({
  name: 'rules',
  title: 'Rules',
  contract: 1,
  settings,
  texts,

  async respond(turn, ctx) {
    return answer(turn, bookOf(ctx.settings));
  },

  async check(ctx) {
    const problems = problemsOf(ctx.settings);
    if (problems.length > 0) return problems;
    return [{ what: 'rules', state: 'ok', said: `${count(ctx.settings.rules.length, 'rule')} and ${count(Object.keys(ctx.settings.menus ?? {}).length, 'menu')}, nothing wrong with them.` }];
  },
});

/** A burst is answered in its order; the same words are said once, and the fallback speaks only when nothing else did. */
function answer(turn: Turn, book: Book): Reply {
  const memory = readMemory(turn.state);
  const said: OutContent[] = [];
  const whys: string[] = [];
  let handOff: Reply['handOff'];
  let missed: Heard | undefined;

  for (const [index, message] of turn.messages.entries()) {
    const heard = hear(message, memory.offered, index === 0 && turn.history.length === 0, memory.remembered);
    const found = find(heard, book);
    if (!found) {
      missed ??= heard;
      continue;
    }
    give(found, heard);
    memory.offered = found.offers;
    memory.misses = 0;
    if (handOff) break;
  }

  if (missed && whys.length === 0) miss(missed);
  const state = writeMemory(memory);
  return {
    messages: said,
    ...(!isDeepStrictEqual(state, turn.state) && { state }),
    ...(handOff && { handOff }),
    why: [...new Set(whys)].join(' ') || 'There was no message to answer.',
  };

  function give(found: ReadyAnswer, heard: Heard) {
    for (const name of found.forget) memory.remembered.delete(name);
    for (const [name, value] of found.remember) memory.remembered.set(name, value((asked) => known(asked, heard, turn, memory)).slice(0, 1000));
    for (const content of found.say((asked) => known(asked, heard, turn, memory))) {
      if (!said.some((before) => isDeepStrictEqual(before, content))) said.push(content);
    }
    whys.push(found.why);
    handOff = found.handOff;
  }

  /** The choices on offer stay: whoever mistyped may still pick one. */
  function miss(heard: Heard) {
    memory.misses++;
    if (book.fallback) {
      give(book.fallback, heard);
      if (book.fallback.offers.length > 0) memory.offered = book.fallback.offers;
    } else whys.push('No rule fits, and there is no fallback.');
    if (memory.misses < book.handOffAfter) return;
    handOff ??= reasons.missed(memory.misses);
    whys.push('People were asked after that many misses.');
    memory.misses = 0;
  }
}

function find(heard: Heard, book: Book): ReadyAnswer | undefined {
  const chosen = heard.choice === undefined ? undefined : book.choices.get(heard.choice);
  if (chosen) return chosen;
  if (heard.choice === undefined && book.wantsPerson.fits(heard)) return book.wantsPerson;
  return book.rules.find((rule) => rule.fits(heard))?.answer;
}

/** What `{{…}}` may name. Nothing else is looked up, so a message cannot reach anything. */
function known(name: string, heard: Heard, turn: Turn, memory: Memory): string | undefined {
  switch (name) {
    case 'text':
      return heard.text;
    case 'name':
      return turn.contact.name;
    case 'phone':
      return turn.contact.phone;
    default:
      return memory.remembered.get(name);
  }
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
