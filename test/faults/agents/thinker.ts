/** Thinks for as long as it is told, then says what it heard; and misbehaves when a message asks for it. */
import { defineAgent, Type } from '#plugin';

export default defineAgent({
  name: 'thinker',
  title: 'Thinker',
  contract: 1,
  settings: Type.Object({ thinkMs: Type.Integer({ minimum: 0, maximum: 600_000 }) }),
  async respond(turn, { settings }) {
    for (const { text } of turn.messages) {
      if (text.startsWith('throw')) throw new Error('it hurts');
      if (text.startsWith('never')) await new Promise<never>(() => {});
      // Nobody waits for this one: it fails on its own, later.
      if (text.startsWith('stray')) void Promise.reject(new Error('stray'));
    }
    if (settings.thinkMs > 0) await new Promise((resolve) => setTimeout(resolve, settings.thinkMs));
    return { messages: turn.messages.map(({ text }) => ({ kind: 'text', text: `echo: ${text}` })), why: 'It says what it heard.' };
  },
});
