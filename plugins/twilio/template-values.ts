/** The values that a template is sent with. */
import { object, text } from '#plugin';
import { ask, type TwilioContext } from './api.ts';

/** Does Twilio refuse this value (error 21656)? */
export function variableFault(value: string): boolean {
  return value.trim() === '' || /[\n\r\t]| {5}/.test(value);
}

/** The variable that is the whole address of a template's file; undefined where there is none. */
export function mediaVariableIn(types: unknown): string | undefined {
  for (const type of Object.values(object(types) ?? {})) {
    const media = object(type)?.media;
    for (const address of Array.isArray(media) ? media : [media]) {
      const variable = /^\s*\{\{\s*([\w.-]+)\s*\}\}\s*$/.exec(text(address) ?? '')?.[1];
      if (variable !== undefined) return variable;
    }
  }
  return undefined;
}

/** Asked once for each template: what is in a Content resource does not change. */
export async function mediaVariable(sid: string, ctx: TwilioContext): Promise<string | undefined> {
  const key = `medium:${sid}`;
  const known = await ctx.store.get(key);
  if (known !== undefined) return text(known);
  const found = mediaVariableIn((await ask(ctx, 'content', `/v1/Content/${encodeURIComponent(sid)}`)).types);
  await ctx.store.set(key, found ?? null);
  return found;
}
