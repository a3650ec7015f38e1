/** A shop's rules and what they answer, for the contract kit. */
import type { Settings } from './settings.ts';

const menu = { kind: 'list', text: 'What can we do, Ana?', button: 'Choose', sections: [{ rows: [{ id: 'hours', title: 'Opening hours' }, { id: 'order', title: 'My order' }, { id: 'person', title: 'A person', description: 'in ten minutes' }] }] };
const offered = [{ id: 'hours', title: 'Opening hours' }, { id: 'order', title: 'My order' }, { id: 'person', title: 'A person' }];

export const settings: Settings = {
  rules: [
    { when: { first: true, words: ['hello', 'hola', 'halo'] }, say: 'Welcome, {{name|friend}}.', menu: 'main' },
    { when: { words: ['menu', '⭐'] }, menu: 'main' },
    { when: { words: ['opening hours', 'horário'] }, say: ['Open from 9 to 17.', 'Closed on Sunday.'] },
    { when: { choice: ['order'] }, say: 'Which one?', buttons: [{ id: 'latest', title: 'The latest' }, { id: 'main', title: 'Back' }] },
    { when: { choice: 'latest' }, say: 'It is on its way.', remember: { asked: 'order' } },
    { when: { startsWith: 'track ' }, say: 'Looking for {{text}}.' },
    { when: { equals: 'again', remembered: { asked: 'order' } }, say: 'Still on its way.', forget: ['asked'] },
    { when: { kind: ['image', 'voice'] }, say: 'Please write it, {{name}}.' },
  ],
  menus: {
    main: {
      say: 'What can we do, {{name}}?',
      button: 'Choose',
      choices: [
        { id: 'hours', title: 'Opening hours', say: 'Open from 9 to 17.' },
        { id: 'order', title: 'My order' },
        { id: 'person', title: 'A person', description: 'in ten minutes', say: 'Somebody comes.', handOff: { reason: 'Chose “A person” in the menu.' } },
      ],
    },
  },
  fallback: { say: 'I did not understand “{{text}}”.', handOffAfter: 2 },
  handOffWords: ['human', 'persona'],
  handOffSay: 'One moment, {{name}}.',
};

const text = (words: string) => ({ kind: 'text', text: words });

export const turns = [
  { name: 'a greeting at the beginning', said: 'Hello there!', expect: { messages: [text('Welcome, Ana.'), menu], state: { offered } } },
  { name: 'a greeting from somebody without a name', said: '¡HOLA!', turn: { contact: { id: 'c', attributes: {} } }, expect: { messages: [text('Welcome, friend.'), { kind: 'list' }] } },
  { name: 'a keyword with other case and accents', said: 'qual é o HORARIO?', expect: { messages: [text('Open from 9 to 17.'), text('Closed on Sunday.')] } },
  { name: 'a keyword inside another word', said: 'menus', expect: { messages: [text('I did not understand “menus”.')], state: { misses: 1 } } },
  { name: 'a keyword that is a sign', said: 'nice⭐', expect: { messages: [menu] } },
  { name: 'a tapped choice that answers itself', said: { kind: 'choice', id: 'hours', text: 'Opening hours', of: 'list' } as const, expect: { messages: [text('Open from 9 to 17.')] } },
  { name: 'a number for what was on offer', said: '2', turn: { state: { offered } }, expect: { messages: [{ kind: 'buttons', text: 'Which one?' }] } },
  { name: 'a number with nothing on offer', said: '2', expect: { messages: [text('I did not understand “2”.')] } },
  { name: 'the title of what was on offer', said: 'my ORDER', turn: { state: { offered } }, expect: { messages: [{ kind: 'buttons' }] } },
  { name: 'a choice that gives the conversation to people', said: '3.', turn: { state: { offered } }, expect: { messages: [text('Somebody comes.')], handOff: { reason: 'Chose “A person” in the menu.' }, state: null } },
  { name: 'a choice that bears the name of a menu', said: { kind: 'choice', id: 'main', text: 'Back', of: 'button' } as const, expect: { messages: [menu] } },
  { name: 'something to remember', said: { kind: 'choice', id: 'latest', text: 'The latest', of: 'button' } as const, expect: { state: { remembered: { asked: 'order' } } } },
  { name: 'something remembered', said: 'again', turn: { state: { remembered: { asked: 'order' } } }, expect: { messages: [text('Still on its way.')], state: null } },
  { name: 'the same without it', said: 'again', expect: { messages: [text('I did not understand “again”.')] } },
  { name: 'a prefix', said: 'Track 42', expect: { messages: [text('Looking for Track 42.')] } },
  { name: 'a word that asks for a person', said: 'quiero una PERSONA', expect: { messages: [text('One moment, Ana.')], handOff: { reason: 'The contact asked for a person.', key: 'reason.asked' } } },
  { name: 'a second miss in a row', said: 'hmm', turn: { state: { misses: 1, offered } }, expect: { messages: [text('I did not understand “hmm”.')], handOff: { reason: 'No rule fitted 2 messages in a row.', key: 'reason.missed', params: { count: '2' } }, state: { offered } } },
  { name: 'a burst with words between', said: ['opening hours', 'please', 'opening hours!!'], expect: { messages: [text('Open from 9 to 17.'), text('Closed on Sunday.')] } },
  { name: 'a burst that nothing fits', said: ['hm', 'ah'], expect: { messages: [text('I did not understand “hm”.')], state: { misses: 1 } } },
  { name: 'a picture', said: { kind: 'image', media: { ref: 'm1' } } as const, expect: { messages: [text('Please write it, Ana.')] } },
  { name: 'a message that looks like a place', said: 'track {{phone}}', expect: { messages: [text('Looking for track {{phone}}.')] } },
];
