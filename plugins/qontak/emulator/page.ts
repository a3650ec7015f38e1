/** The page: write as a customer, see every request with its verdict, switch faults on. Self-contained, under a strict policy. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const files: Readonly<Record<string, { file: string; type: string }>> = {
  '/': { file: 'index.html', type: 'text/html' },
  '/index.js': { file: 'index.js', type: 'text/javascript' },
  '/style.css': { file: 'style.css', type: 'text/css' },
};

export async function pageAnswer(path: string): Promise<{ headers: Record<string, string>; body: Buffer } | undefined> {
  const known = Object.hasOwn(files, path) ? files[path] : undefined;
  if (!known) return undefined;
  return {
    headers: {
      'content-type': `${known.type}; charset=utf-8`,
      'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    },
    body: await readFile(join(import.meta.dirname, 'page', known.file)),
  };
}
