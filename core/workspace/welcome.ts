/** What a new workspace begins with, in its own language: names, and the rules of an agent that answers at once. */
import type { Json, Locale } from '../plugin/contract/plugin.ts';
import { en, type Words } from './welcome/en.ts';
import { es } from './welcome/es.ts';
import { id } from './welcome/id.ts';

export interface Welcome {
  connection: string;
  number: string;
  agent: string;
  /** Settings of the rules agent. */
  rules: Record<string, Json>;
}

const words: Record<Locale, Words> = { en, es, id };

export function welcomeIn(locale: Locale, workspaceName: string): Welcome {
  const { connection, number, agent, greetings, hello, abilities, list, person, back, thanks, welcome, missed, personWords } = words[locale];
  // Braces would be read as a place to fill in.
  const workspace = workspaceName.replace(/[{}]/g, '');
  const rules = {
    rules: [
      { when: { words: greetings }, menu: 'main' },
      { when: { words: thanks }, say: welcome },
      { when: { first: true }, menu: 'main' },
    ],
    menus: {
      main: {
        say: hello.replace('{workspace}', () => workspace),
        choices: [
          { id: 'abilities', title: abilities.title, say: abilities.say, buttons: [{ id: 'main', title: back }] },
          { id: 'list', title: list.title, menu: 'list' },
          { id: 'person', title: person.title, say: person.say, handOff: { reason: person.reason } },
        ],
      },
      list: { say: list.say, button: list.button, choices: [...list.rows, { id: 'main', title: back }] },
    },
    fallback: { say: missed, handOffAfter: 3 },
    handOffWords: personWords,
    handOffSay: person.say,
  };
  return { connection, number, agent, rules };
}
