import fc from 'fast-check';

/**
 * Every body is read into something, or refused with a sentence: nothing is lost, and nothing else is thrown.
 * @param odd bodies that look like the provider's, with anything in the place of anything
 * @throws Error with the smallest body that was not
 */
export function readsAnyBody(parse: (body: string | Buffer) => readonly unknown[], odd: fc.Arbitrary<object>): void {
  const kept = (body: string | Buffer) => {
    try {
      return parse(body).length > 0;
    } catch (error) {
      return error instanceof Error && error.message.startsWith('The body is ');
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => kept(Buffer.from(bytes))), { numRuns: 3000 });
  fc.assert(fc.property(fc.json({ maxDepth: 5 }), kept), { numRuns: 2000 });
  fc.assert(fc.property(odd, (body) => kept(JSON.stringify(body))), { numRuns: 3000 });
}
