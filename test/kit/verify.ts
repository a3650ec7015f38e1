/** Authenticity: what the provider proved is believed, and nothing else is. */
import assert from 'node:assert/strict';
import type { Static, TSchema } from 'typebox';
import type { Channel, Refusal, WebhookRequest } from '#plugin';
import { requestOf, type ChannelEvidence } from './evidence.ts';
import { chance } from './chance.ts';
import { frozen, holds, pure, type Check } from './check.ts';
import { secretsIn, withSecrets } from './plugin.ts';
import { faultIn, refusal } from './shapes.ts';

export function verifyChecks<S extends TSchema>(channel: Channel<S>, evidence: ChannelEvidence<Static<S>>): Check[] {
  const { settings } = evidence;
  const { webhook } = channel.can;
  const notOverBody = webhook !== 'signed' && { skip: 'its webhook is not signed over the body' };
  const pieces = evidence.evidence;
  // Whoever may ask for a header besides has evidence with one, and is held to it like anybody else.
  const unproven = webhook === 'secret-url' && Object.keys(evidence.sign(Buffer.from('{}'), settings, 'https://bot.example.test/webhooks/key')).length === 0;
  const byUrl = unproven && { skip: 'its webhook is proven by the secret in its URL, which core checks' };
  const sample = () => {
    const [first] = pieces;
    holds(first, 'there is no evidence');
    return requestOf(evidence, first, settings);
  };
  const proofNames = () => {
    const { url, body } = sample();
    return Object.keys(evidence.sign(body, settings, url)).map((name) => name.toLowerCase());
  };
  const refuses = (request: WebhookRequest, because: string, given: Static<S> = settings) => {
    const verdict = channel.verify(request, given);
    holds(verdict !== true, `${because} is believed`);
    const fault = faultIn(refusal, verdict);
    holds(fault === undefined, `${because} is not refused in the contract's words: ${fault}`);
    holds(!secretsIn(channel.settings, settings).some((secret) => JSON.stringify(verdict).includes(secret)), `${because}: the refusal contains a secret`);
  };
  const withHeader = (name: string, values: string[]): WebhookRequest => {
    const request = sample();
    return { ...request, headers: { ...request.headers, [name]: values } };
  };
  const onEachProof = (change: (value: string, name: string) => string[]) => {
    for (const name of proofNames()) {
      const [value = ''] = sample().headers[name] ?? [];
      const changed = change(value, name);
      if (changed.length !== 1 || changed[0] !== value) refuses(withHeader(name, changed), `${name}: ${JSON.stringify(changed)}`);
    }
  };

  return [
    {
      name: 'what the provider signed is believed, every piece of evidence',
      run() {
        for (const piece of pieces) {
          const verdict = channel.verify(requestOf(evidence, piece, settings), settings);
          holds(verdict === true, `“${piece.name}” is refused: ${JSON.stringify(verdict)}`);
        }
      },
    },
    {
      name: 'what is kept of a webhook proves it later, too, and no secret is kept in the open',
      run() {
        const proofs = pure(() => channel.proofHeaders?.(frozen(structuredClone(settings))) ?? []);
        for (const { name } of proofs) holds(name === name.toLowerCase(), `proofHeaders() names ${name}, which is not in lower case`);
        const kept = new Set(['content-type', 'user-agent', ...proofs.map(({ name }) => name)]);
        const secrets = secretsIn(channel.settings, settings);
        for (const piece of pieces) {
          const request = requestOf(evidence, piece, settings);
          const later = { ...request, headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => kept.has(name))) };
          holds(channel.verify(later, settings) === true, `“${piece.name}” is refused without a header that proofHeaders() does not name`);
          assert.deepEqual(channel.parse(later, settings), channel.parse(request, settings), `“${piece.name}” says something else without a header that proofHeaders() does not name`);
          for (const [name, values] of Object.entries(later.headers)) {
            if (proofs.some((proof) => proof.name === name && proof.secret)) continue;
            holds(!secrets.some((secret) => values.some((value) => value.includes(secret))), `${name} holds a secret of the settings: say so in proofHeaders()`);
          }
        }
      },
    },
    {
      name: 'a webhook without its proof is refused',
      ...byUrl,
      run() {
        const names = proofNames();
        holds(names.length > 0, 'sign() of the evidence returns no header');
        const request = sample();
        refuses({ ...request, headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => !names.includes(name))) }, 'a webhook without its proof');
        refuses({ ...request, headers: {} }, 'a webhook without headers');
      },
    },
    { name: 'an empty proof is refused', ...byUrl, run: () => onEachProof(() => ['']) },
    { name: 'a proof that is there twice is refused', ...byUrl, run: () => onEachProof((value) => [value, value]) },
    { name: 'a proof in upper-case letters is refused', ...byUrl, run: () => onEachProof((value) => [value.toUpperCase()]) },
    {
      name: 'a proof that is cut, prolonged or changed by one letter is refused',
      ...byUrl,
      run() {
        onEachProof((value) => [value.slice(0, -1)]);
        onEachProof((value) => [`${value}0`]);
        onEachProof((value) => [value.slice(0, -1) + (value.endsWith('0') ? '1' : '0')]);
        onEachProof((value) => [` ${value}`]);
      },
    },
    {
      name: 'a webhook proven with another secret is refused',
      ...byUrl,
      run() {
        const other = withSecrets(channel.settings, settings, (secret) => `${secret.slice(0, -1)}~`);
        const [first] = pieces;
        holds(first, 'there is no evidence');
        refuses(requestOf(evidence, first, other), 'a webhook proven with another secret');
        refuses(sample(), 'a webhook of before the secret was changed', other);
      },
    },
    {
      name: 'a blank secret believes nothing, not even what was proven with it',
      ...byUrl,
      run() {
        for (const blank of ['', ' ', '\t']) {
          const unset = withSecrets(channel.settings, settings, () => blank);
          const [first] = pieces;
          holds(first, 'there is no evidence');
          refuses(requestOf(evidence, first, unset), `what was proven with the secret ${JSON.stringify(blank)}`, unset);
        }
      },
    },
    {
      name: 'a body changed by one byte is refused',
      ...notOverBody,
      run() {
        const request = sample();
        const { length } = request.body;
        for (const at of new Set([0, 1, length >> 1, length - 2, length - 1])) {
          const body = Buffer.from(request.body);
          body[at] = (body[at] ?? 0) ^ 1;
          refuses({ ...request, body }, `a body changed at byte ${at}`);
        }
        refuses({ ...request, body: Buffer.concat([request.body, Buffer.from('\n')]) }, 'a body with one more byte');
        refuses({ ...request, body: request.body.subarray(0, -1) }, 'a body with one byte less');
        refuses({ ...request, body: Buffer.alloc(0) }, 'no body');
      },
    },
    {
      name: 'verifying is pure: the same verdict twice, nothing changed, no clock, no chance',
      run() {
        const request = sample();
        const before = structuredClone({ ...request, body: request.body.toString('hex') });
        const own = frozen(structuredClone(settings));
        const verdicts = [0, 1].map(() => pure(() => channel.verify(frozen(request), own)));
        assert.deepEqual(verdicts[0], verdicts[1]);
        assert.deepEqual({ ...request, body: request.body.toString('hex') }, before);
      },
    },
    {
      name: 'of 1,000 mutated requests none makes it throw, and none is believed whose proof or body was changed',
      run() {
        const by = chance(20_261_121);
        for (let made = 0; made < 1000; made++) {
          const piece = by.one(pieces);
          const original = requestOf(evidence, piece, settings);
          const request = mutated(original, by, proofNames());
          const verdict: true | Refusal = channel.verify(request, settings);
          if (verdict !== true) {
            const fault = faultIn(refusal, verdict);
            holds(fault === undefined, `mutation ${made} of “${piece.name}”: ${fault}`);
          } else if (webhook === 'signed') {
            holds(request.body.equals(original.body), `mutation ${made} of “${piece.name}”: another body is believed`);
            for (const name of proofNames()) assert.deepEqual(request.headers[name], original.headers[name], `mutation ${made} of “${piece.name}”: another proof is believed`);
          }
        }
      },
    },
  ];
}

function mutated(request: WebhookRequest, by: ReturnType<typeof chance>, proofs: readonly string[]): WebhookRequest {
  const headers = structuredClone(request.headers);
  let body = Buffer.from(request.body);
  const name = by.one([...Object.keys(headers), ...proofs, '__proto__', 'x-unknown']);
  // Defined, not assigned: a header may be called __proto__.
  const set = (values: string[]) => Object.defineProperty(headers, name, { value: values, enumerable: true, configurable: true, writable: true });
  const present = Object.hasOwn(headers, name) ? (headers[name] ?? []) : [];
  const junk = ['', ' ', 'sha256=', `sha256=${'0'.repeat(64)}`, `sha1=${'0'.repeat(40)}`, 'null', '\u0000', '=', '💥', 'x'.repeat(10_000)];
  switch (by.below(6)) {
    case 0:
      Reflect.deleteProperty(headers, name);
      break;
    case 1:
      set([by.one(junk)]);
      break;
    case 2:
      set([...present, by.one(junk)]);
      break;
    case 3:
      set([]);
      break;
    case 4:
      body = body.length === 0 ? Buffer.from('x') : Buffer.from(body.subarray(0, by.below(body.length)));
      break;
    default:
      for (let changes = 1 + by.below(5); changes > 0; changes--) body[by.below(body.length)] = by.below(256);
  }
  return { ...request, headers, body };
}
