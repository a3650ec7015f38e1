/** The page: write as a customer, see every request with its verdict, switch faults on. Self-contained, under a strict policy. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Page {
  headers: Record<string, string>;
  body: Buffer | string;
}

const types = { html: 'text/html', js: 'text/javascript', css: 'text/css' } as const;
const files = new Map<string, `${string}.${keyof typeof types}`>([['/', 'index.html'], ['/index.js', 'index.js'], ['/style.css', 'style.css']]);

export async function pageAnswer(path: string): Promise<Page | undefined> {
  const file = files.get(path);
  return file && pageFrom(join(import.meta.dirname, 'page', file));
}

/** What an emulator shows loads nothing from elsewhere, and runs nothing that stands in it. */
export async function pageFrom(file: string): Promise<Page> {
  const type = Object.entries(types).find(([ending]) => file.endsWith(`.${ending}`))?.[1] ?? 'text/plain';
  return {
    headers: {
      'content-type': `${type}; charset=utf-8`,
      'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
    body: await readFile(file),
  };
}
