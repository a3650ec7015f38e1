/**
 * `#plugin`: all that a plugin imports. The plugin contract, version 1 (types only, nothing of it runs), TypeBox's `Type`, the
 * three `define` functions, the two errors, `multipart`, readers of what a provider sent, and `errorCatalogue`.
 *
 * A plugin is a value. It answers questions; it never holds a request, a transaction or a retry loop. If you are just
 * starting, read `Channel` (contract/channel.ts) or `Agent` (contract/agent.ts) and their required members; an optional
 * method *is* the capability. Then what all plugins have (contract/plugin.ts) and what each is given (contract/context.ts).
 */
export type * from './contract/plugin.ts';
export type * from './contract/context.ts';
export type * from './contract/channel.ts';
export type * from './contract/event.ts';
export type * from './contract/content.ts';
export type * from './contract/template.ts';
export type * from './contract/guide.ts';
export type * from './contract/agent.ts';
export type * from './contract/notifier.ts';
export { Type, type Static, type TSchema } from 'typebox';
export { NotSent, Silence } from '../errors.ts';
export { errorCatalogue, type ErrorRule, meaningOf } from './error-catalogue.ts';
export { multipart } from './multipart.ts';
export { jsonIn, jsonOf, type Loose, number, object, objects, objectsOf, present, short, text } from './loose.ts';
import type { TSchema } from 'typebox';
import type { Agent } from './contract/agent.ts';
import type { Channel } from './contract/channel.ts';
import type { Notifier } from './contract/notifier.ts';

/** Returns its argument; it exists so that types are inferred from the settings schema and the editor helps. */
export function defineChannel<S extends TSchema>(channel: Omit<Channel<S>, 'kind'>): Channel<S> {
  return { kind: 'channel', ...channel };
}

/** Returns its argument with its kind; see `defineChannel`. */
export function defineAgent<S extends TSchema>(agent: Omit<Agent<S>, 'kind'>): Agent<S> {
  return { kind: 'agent', ...agent };
}

/** Returns its argument with its kind; see `defineChannel`. */
export function defineNotifier<S extends TSchema>(notifier: Omit<Notifier<S>, 'kind'>): Notifier<S> {
  return { kind: 'notifier', ...notifier };
}
