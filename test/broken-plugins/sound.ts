/** A channel with nothing wrong with it. Each file beside it breaks one thing, and load.test.ts says what must be said about it. */
import { defineAgent, defineChannel, Type } from '#plugin';

const channel = defineChannel({
  name: 'sound',
  title: 'Sound',
  contract: 1,
  settings: Type.Object({ apiKey: Type.String({ writeOnly: true }) }),
  can: { webhook: 'signed', sends: ['text'], statuses: ['sent'], maxText: 1000 },
  account: { title: 'Account', parse: (typed) => typed },
  verify: () => ({ refused: 'unsigned' }),
  parse: () => [],
  send: () => Promise.resolve({ accepted: { refs: [] } }),
});

export const agent = defineAgent({
  name: 'sound-agent',
  title: 'Sound agent',
  contract: 1,
  settings: Type.Object({}),
  respond: () => Promise.resolve({ messages: [], why: 'It says nothing.' }),
});

export default channel;
