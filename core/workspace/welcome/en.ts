/** Every language says all of this. */
export type Words = typeof en;

export const en = {
  connection: 'Simulator',
  number: 'Test phone',
  agent: 'Welcome',
  greetings: ['hello', 'hi', 'hey', 'menu', 'start'],
  hello: 'Hello from {workspace}. I answer by rules that you can change under Agents. What do you want to try?',
  abilities: { title: 'What can you do?', say: 'I answer keywords, show menus and lists, remember what was said, and give the conversation to a person when one is asked for.' },
  list: {
    title: 'Show me a list',
    say: 'A list holds up to ten choices. Choose one.',
    button: 'Choose',
    rows: [
      { id: 'hours', title: 'Opening hours', description: 'An answer to a question', say: 'We are open from 9 to 17, Monday to Friday.' },
      { id: 'order', title: 'My order', description: 'Another answer', say: 'Your order is on its way.' },
      { id: 'address', title: 'Address', description: 'One more', say: 'You find us at 1 Main Street.' },
    ],
  },
  person: { title: 'Talk to a person', say: 'A person takes over now. Answer in the inbox: I stay silent until you switch AI on again.', reason: 'Asked for a person in the menu.' },
  back: 'Back to the menu',
  thanks: ['thanks', 'thank you'],
  welcome: 'You are welcome.',
  missed: 'I have no rule for “{{text}}”. Write menu to see what I can do.',
  personWords: ['person', 'human', 'operator'],
};
