/** Passwords: argon2id (the library's default), whoever sets or tries one. */
import { createRequire } from 'node:module';
import type * as Argon2 from '@node-rs/argon2';
import { SwitchboardError } from './errors.ts';
import { createTurnstile } from './queue/turnstile.ts';

const require = createRequire(import.meta.url);
let library: typeof Argon2 | undefined;
/** Loaded with the first password: most starts see none. */
const argon2 = () => (library ??= require('@node-rs/argon2') as typeof Argon2);

/** Characters, not bytes: what people count. */
export const leastCharacters = 12;
/** More is no safer, and would only cost time. */
export const mostBytes = 1_000;

export type PasswordProblem = 'tooShort' | 'tooLong';

/** What is wrong with a new password; any characters will do. */
export function passwordProblem(password: string): PasswordProblem | undefined {
  if (Buffer.byteLength(password) > mostBytes) return 'tooLong';
  return [...password].length < leastCharacters ? 'tooShort' : undefined;
}

// 19 MiB and two passes (OWASP): a guess costs an attacker as much as it costs us.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Two at once leave threads for everything else; who comes when a hundred wait is sent away, however many guess from however many places. */
const turnstile = createTurnstile(2);
const mostWaiting = 100;
let waiting = 0;

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (waiting >= mostWaiting) throw new SwitchboardError('OVERLOADED');
  waiting++;
  try {
    return await turnstile('argon2', work);
  } finally {
    waiting--;
  }
}

/** @throws SwitchboardError OVERLOADED */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => argon2().hash(password, cost));
}

let nobody: Promise<string> | undefined;

/**
 * Takes as long for nobody's hash (`null`) as for a wrong password, and says no: how long it took must not tell whether
 * there is such a person.
 * @throws SwitchboardError OVERLOADED
 */
export async function passwordFits(stored: string | null, password: string): Promise<boolean> {
  if (Buffer.byteLength(password) > mostBytes) return false;
  const against = stored ?? (await (nobody ??= argon2().hash('nobody has this password', cost)));
  return inTurn(() => argon2().verify(against, password).then((fits) => fits && stored !== null));
}
