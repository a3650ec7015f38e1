/**
 * A plugin's way out that ends at its provider's own descriptions: each request is held against the one it belongs to, by Prism. What is
 * neither valid nor listed as an exception fails, and so does an exception that nothing needs.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Test } from 'tap';
import type { Static, TSchema } from 'typebox';
import { request } from 'undici';
import { world, type Call, type Saying, type World } from '#testing';
import type { Channel, Context, Json, Outgoing, SendResult } from '#plugin';
import { stored } from '../kit/samples.ts';
import type { Exception } from './exceptions.ts';
import { startPrism } from './prism.ts';

export interface Provider {
  /** The descriptions, all in this folder. */
  files: readonly string[];
  /** To which description a request belongs, and its path as that one writes it; undefined: to none. */
  route(url: URL): { file: string; path: string } | undefined;
  exceptions: readonly Exception[];
}

export interface Wire {
  /**
   * A world whose provider is the descriptions.
   * @param how by operation: the name of the example that is the answer, or an answer where the examples hold none that leads on
   */
  to<S>(settings: S, how?: Record<string, string | { answer: Json }>): World<S>;
  /** What is wrong with a request, to show that something would be noticed; undefined: nothing. */
  faultOf(call: Call): Promise<string | undefined>;
  /**
   * Ends the test: every request was valid or listed, every exception was needed, and these are the operations that were asked.
   * @param operations like `POST /v1/Content`, in the words of the descriptions
   */
  held(t: Test, operations: readonly string[]): void;
}

export async function openWire(t: Test, { files, route, exceptions }: Provider): Promise<Wire> {
  const running = new Map(await Promise.all(files.map(async (file) => [file, { ...(await startPrism(t, file)), operations: operationsOf(file) }] as const)));
  const asked = new Set<string>();
  const used = new Set<Exception>();
  const faults: string[] = [];

  const operationOf = ({ url, init }: Call) => {
    const place = route(new URL(url));
    return place && running.get(place.file)?.operations(init.method ?? 'GET', place.path);
  };

  async function heldAgainst(call: Call, example?: string): Promise<Exclude<Saying, Error> | { fault: string }> {
    const place = route(new URL(call.url));
    const prism = place && running.get(place.file);
    if (!prism || operationOf(call) === undefined) return { fault: 'no description has such an operation' };
    return await hold(prism.url + place.path + new URL(call.url).search, call, example);
  }

  async function answered(call: Call, how: Record<string, string | { answer: Json }>): Promise<Saying> {
    const { url, init } = call;
    const method = init.method ?? 'GET';
    const operation = operationOf(call);
    const wanted = how[operation ?? ''];
    const held = await heldAgainst(call, typeof wanted === 'string' ? wanted : undefined);
    if (!('fault' in held)) {
      asked.add(operation ?? '');
      return typeof wanted === 'object' ? { ...held, body: JSON.stringify(wanted.answer) } : held;
    }
    const known = exceptions.find((one) => one.method === method && one.url.test(url) && one.fault.test(held.fault));
    if (known) {
      used.add(known);
      return known.answer(url);
    }
    const said = `${method} ${url.slice(0, 200)}: ${held.fault}\n${Buffer.from(init.body ?? '').toString().slice(0, 2000)}`;
    faults.push(said);
    throw new Error(said);
  }

  return {
    to: (settings, how = {}) => world(settings, (call) => answered(call, how), {}, stored),
    async faultOf(call) {
      const held = await heldAgainst(call);
      return 'fault' in held ? held.fault : undefined;
    },
    held(t, operations) {
      t.strictSame(faults, [], 'every request is one that the description accepts, or is listed');
      t.strictSame(exceptions.filter((one) => !used.has(one)).map(({ method, url }) => `${method} ${url.source}`), [], 'every exception is needed');
      t.strictSame([...asked].sort(), [...operations].sort(), 'these operations were asked');
      for (const { why } of exceptions) t.ok(why.length > 20, why);
    },
  };
}

/** Asks Prism. What it finds wrong with the request stands in a header of its answer. */
async function hold(url: string, { init }: Call, example: string | undefined): Promise<Exclude<Saying, Error> | { fault: string }> {
  const headers = { ...init.headers, ...(example !== undefined && { prefer: `example=${example}` }) };
  for (let tries = 0; ; tries += 1) {
    try {
      const { statusCode, headers: said, body } = await request(url, { method: init.method ?? 'GET', headers, body: init.body ?? null, signal: AbortSignal.timeout(120_000) });
      const text = await body.text();
      const answer = { status: statusCode, headers: Object.fromEntries(Object.entries(said).map(([name, value]) => [name, String(value)])), body: text };
      const fault = faultIn(answer);
      return fault === undefined ? answer : { fault };
    } catch (error) {
      // A connection that Prism closed while it was idle.
      if (tries > 1) throw error;
      await pause(50);
    }
  }
}

function faultIn({ status, headers, body }: { status: number; headers: Record<string, string>; body: string }): string | undefined {
  const violations = (JSON.parse(headers['sl-violations'] ?? '[]') as { location: string[]; message: string }[]).filter(({ location }) => location[0] === 'request');
  if (violations.length > 0) return violations.map(({ location, message }) => `${location.slice(1).join('.')}: ${message}`).join('; ');
  if (body.includes('stoplight.io/prism/errors#')) return body.slice(0, 500);
  return status >= 400 ? `it was answered ${status}` : undefined;
}

/** Which operation of a description a request is, in its own words. */
function operationsOf(file: string): (method: string, path: string) => string | undefined {
  const { paths } = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as { paths: Record<string, Record<string, Json>> };
  const known = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path, pattern: new RegExp(`^${path.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`) })),
  );
  // A path that names its parts goes before one that has a place for them.
  known.sort((one, other) => one.path.split('{').length - other.path.split('{').length);
  return (method, path) => {
    const found = known.find((one) => one.method === method && one.pattern.test(path));
    return found && `${found.method} ${found.path}`;
  };
}

/** Sends as core does: what must be at the provider first, then the message. */
export async function sendBy<S extends TSchema>(channel: Channel<S>, out: Outgoing, ctx: Context<Static<S>>): Promise<SendResult> {
  const prepared = channel.prepares?.(out.content) === false ? undefined : await channel.prepare?.(out, ctx);
  return await channel.send(out, prepared, ctx);
}
