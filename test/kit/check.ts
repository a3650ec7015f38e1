/** What a contract is made of: named checks that any test runner can run. */
import assert from 'node:assert/strict';

export interface Check {
  /** A fact about the plugin, for example `a body changed by one byte is refused`. */
  name: string;
  /** Throws an AssertionError (or whatever the plugin threw) when the fact does not hold. */
  run(): void | Promise<void>;
  /** Why this plugin need not keep the promise; the check is then not run. */
  skip?: string;
}

/** The part of a tap test that running checks needs; node:test and others fit as well or are adapted in three lines. */
export interface Runner {
  test(name: string, options: { skip?: string }, run: (t: { pass(message: string): unknown }) => Promise<void>): unknown;
}

/** Runs a contract as the subtests of a tap test. */
export async function runChecks(t: Runner, checks: readonly Check[]): Promise<void> {
  for (const { name, run, skip } of checks) {
    await t.test(name, skip === undefined ? {} : { skip }, async (one) => {
      await run();
      one.pass(name);
    });
  }
}

/** Runs a contract without any runner, for command lines and for tests of the kit itself. */
export async function resultsOf(checks: readonly Check[]): Promise<{ name: string; skip?: string; error?: Error }[]> {
  const results: { name: string; skip?: string; error?: Error }[] = [];
  for (const { name, run, skip } of checks) {
    if (skip !== undefined) results.push({ name, skip });
    else {
      try {
        await run();
        results.push({ name });
      } catch (error) {
        results.push({ name, error: error instanceof Error ? error : new Error(String(error)) });
      }
    }
  }
  return results;
}

/** Fails with our words before the difference, so that the place is named. */
export function holds(condition: unknown, words: string): asserts condition {
  assert.ok(condition, words);
}

/** The same number of things, each at least what is expected of it. */
export function matches(actual: readonly unknown[], expected: readonly unknown[], about: string): void {
  assert.equal(actual.length, expected.length, `${about}: ${actual.length} came, ${expected.length} were expected\n${JSON.stringify(actual, undefined, 2)}`);
  for (const [index, one] of expected.entries()) {
    try {
      assert.partialDeepStrictEqual(actual[index], one);
    } catch (error) {
      throw new assert.AssertionError({ message: `${about}, number ${index + 1}: ${error instanceof Error ? error.message : String(error)}`, actual: actual[index], expected: one });
    }
  }
}

/** A promise that is kept in five seconds, or an error that names what hung. */
export async function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within 5 s`)), 5000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Frozen all the way down, so that whoever changes it throws. Buffers cannot be frozen and are left. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value) && !ArrayBuffer.isView(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}

/**
 * Runs what must be pure: reading the clock, chance or the environment throws while it runs. Only for what is not asynchronous.
 */
export function pure<T>(run: () => T): T {
  const forbid = (what: string) => (): never => {
    throw new Error(`${what} was read: this must be pure, the request carries its own time`);
  };
  const { Date: RealDate } = globalThis;
  const { random } = Math;
  const { now } = performance;
  const { env } = process;
  class NoClock extends RealDate {
    constructor(...given: [] | [number | string | Date]) {
      if (given.length === 0) forbid('the clock')();
      super(...(given as [number]));
    }
    static override now = forbid('the clock');
  }
  globalThis.Date = NoClock as unknown as DateConstructor;
  Math.random = forbid('chance');
  performance.now = forbid('the clock');
  process.env = new Proxy({}, { get: forbid('the environment'), has: forbid('the environment') });
  try {
    return run();
  } finally {
    globalThis.Date = RealDate;
    Math.random = random;
    performance.now = now;
    process.env = env;
  }
}
