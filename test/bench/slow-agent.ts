/** An echo that thinks before it answers, as an agent that asks a model may. */
import { setTimeout as pause } from 'node:timers/promises';
import { defineAgent, Type } from '../../core/plugin/index.ts';

export default defineAgent({
  name: 'slow',
  title: 'Slow',
  contract: 1,
  settings: Type.Object({ thinksMs: Type.Integer({ title: 'Thinks, in milliseconds' }) }, { additionalProperties: false }),
  async respond(turn, ctx) {
    await pause(ctx.settings.thinksMs, undefined, { signal: ctx.signal });
    return { messages: turn.messages.map(({ text }) => ({ kind: 'text' as const, text: `echo: ${text}` })), why: 'It echoes after a while.' };
  },
});
