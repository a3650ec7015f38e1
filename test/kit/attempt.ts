/** One call of a plugin's method in a world of its own, and everything that came of it. */
import type { Static, TSchema } from 'typebox';
import { NotSent, Silence, type Channel, type Context } from '#plugin';
import { holds, inTime } from './check.ts';
import { world, type Saying, type World } from './context.ts';
import { badAnswers, secretsIn } from './plugin.ts';
import { stored } from './samples.ts';

export interface Attempt<T> extends Pick<World<unknown>, 'calls' | 'logged' | 'strayed'> {
  result: T | undefined;
  thrown: unknown;
}

/** Runs it and gives what it returned or threw. @throws Error it did not end within five seconds */
export async function attempt<S, T>(settings: S, says: Parameters<typeof world>[1], run: (ctx: Context<S>) => Promise<T>, store = {}): Promise<Attempt<T>> {
  const { ctx, calls, logged, strayed, inside } = world(settings, says, store, stored);
  try {
    return { result: await inTime('it', inside(() => run(ctx))), thrown: undefined, calls, logged, strayed };
  } catch (thrown) {
    return { result: undefined, thrown, calls, logged, strayed };
  }
}

/** What a plugin cannot choose: every bad answer, repeating this secret, and the two ways in which none comes. */
export function failures(secret: string): { name: string; says: Saying; status: number | undefined }[] {
  return [
    ...badAnswers(secret).map(({ name, says }) => ({ name, says, status: says.status })),
    { name: 'silence', says: new Silence('no answer came'), status: undefined },
    { name: 'nobody there', says: new NotSent('nobody is there'), status: undefined },
  ];
}

/** No: said by the provider, or by whatever stands in its place. */
export const isRefusal = (status: number | undefined): boolean => status === undefined || status >= 400;

/** Fails when a credential stands where people look, or travels to a stranger, or something went past `ctx.fetch`. */
export function discreet<S extends TSchema, T>(channel: Channel<S>, settings: Static<S>, { result, thrown, logged, strayed, calls }: Attempt<T>, about: string): void {
  for (const secret of secretsIn(channel.settings, settings)) {
    holds(!told(result).includes(secret), `${about}: the result contains a credential`);
    holds(!told(thrown).includes(secret), `${about}: the error contains a credential`);
    holds(!logged.join('\n').includes(secret), `${about}: a log line contains a credential`);
  }
  holds(thrown === undefined || thrown instanceof Error, `${about}: it throws ${String(thrown)}, which is no Error`);
  holds(!(thrown instanceof TypeError || thrown instanceof SyntaxError || thrown instanceof RangeError), `${about}: it stumbles: ${String(thrown)}`);
  holds(strayed.length === 0, `${about}: it opened a connection of its own (${strayed.join(', ')})`);
  guarded(channel, settings, calls, about);
}

/** Fails when a call carries a credential to an origin that `origins` does not name. */
export function guarded<S extends TSchema>(channel: Channel<S>, settings: Static<S>, calls: World<unknown>['calls'], about: string): void {
  const origins = channel.origins?.(settings) ?? [];
  for (const { url, init } of calls) {
    const carries = secretsIn(channel.settings, settings).some((secret) => carriesSecret(url, init, secret));
    holds(!carries || origins.includes(new URL(url).origin), `${about}: a credential is given to ${new URL(url).origin}, which origins() does not name`);
  }
}

export function carriesSecret(url: string, init: World<unknown>['calls'][number]['init'], secret: string): boolean {
  const basic = (value: string) => (/^basic /i.test(value) ? Buffer.from(value.slice(6), 'base64').toString() : '');
  const headers = Object.values(init.headers ?? {}).flatMap((value) => [value, basic(value)]);
  return [url, decodeURIComponent(url), ...headers, Buffer.from(init.body ?? '').toString()].some((part) => part.includes(secret));
}

export const creating = (calls: World<unknown>['calls']): number => calls.filter(({ init }) => (init.method ?? 'GET') !== 'GET').length;

/** Everything a reader could see of it, an error's causes included. */
export function told(value: unknown): string {
  if (!(value instanceof Error)) return JSON.stringify(value) ?? String(value);
  return [value.message, value.stack, JSON.stringify({ ...value, cause: undefined }), value.cause === undefined ? '' : told(value.cause)].join('\n');
}
