/** `#plugin`: all that a plugin imports. Types of the contract, TypeBox's `Type`, the three `define` functions, the two errors, `multipart`, and readers of what a provider sent. */
export type * from './contract.ts';
export { Type, type Static, type TSchema } from 'typebox';
export { NotSent, Silence } from '../errors.ts';
export { multipart } from './multipart.ts';
export { jsonIn, jsonOf, type Loose, number, object, objects, objectsOf, present, short, text } from './loose.ts';
import type { TSchema } from 'typebox';
import type { Agent, Channel, Notifier } from './contract.ts';

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
