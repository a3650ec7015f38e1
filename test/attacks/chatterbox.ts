/** An agent that tells the log everything it knows, and dies with a secret on its lips when it is asked to. */
import { defineAgent, Type } from '#plugin';

export default defineAgent({
  name: 'chatterbox',
  title: 'Chatterbox',
  contract: 1,
  settings: Type.Object({ token: Type.String({ writeOnly: true }), say: Type.String() }),
  async respond(turn, { settings, log }) {
    const texts = turn.messages.map(({ text }) => text);
    log.info({ settings, token: settings.token, authorization: `Bearer ${settings.token}`, cookie: settings.token, text: texts.join(' '), body: texts, turn: { content: turn.messages } }, `I was told ${settings.token}`);
    log.warn({ heard: { deep: [{ words: settings.token }] }, err: new Error(`within an error: ${settings.token}`, { cause: new Error(settings.token) }) }, 'and this');
    log.error({ name: turn.contact.name ?? '' }, `their name is ${turn.contact.name ?? ''}`);
    if (texts.some((text) => text.includes('fail'))) throw new Error(`It fails with ${settings.token}`, { cause: new Error(`because of ${settings.token}`) });
    return { messages: texts.map((text) => ({ kind: 'text', text: `${settings.say}: ${text}` })), why: 'It chatters.' };
  },
});
