/** Sentences with places for what is known: `Hello {{name|there}}`. One pass, no logic: what a contact wrote is never read again. */

export type Known = (name: string) => string | undefined;
export type Sentence = (known: Known) => string;

const place = /\{\{\s*([A-Za-z][A-Za-z0-9_-]{0,39})\s*(?:\|([^{}]*))?\}\}/g;

export function sentence(written: string): Sentence {
  const parts: (string | { name: string; otherwise: string })[] = [];
  let from = 0;
  for (const found of written.matchAll(place)) {
    const [whole, name = '', otherwise = ''] = found;
    parts.push(written.slice(from, found.index), { name, otherwise });
    from = found.index + whole.length;
  }
  parts.push(written.slice(from));
  if (parts.length === 1) return () => written;
  return (known) => {
    let said = '';
    for (const part of parts) said += typeof part === 'string' ? part : known(part.name) || part.otherwise;
    return said;
  };
}

/** The names that a sentence asks for. */
export function namesIn(written: string): string[] {
  return [...written.matchAll(place)].map(([, name = '']) => name);
}
