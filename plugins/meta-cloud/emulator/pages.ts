/** The pages: one to write as a customer and see what arrives, and what stands in for Meta's sign-in. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { State } from './state.ts';

const files: Readonly<Record<string, { file: string; type: string }>> = {
  '/': { file: 'index.html', type: 'text/html' },
  '/index.js': { file: 'index.js', type: 'text/javascript' },
  '/style.css': { file: 'style.css', type: 'text/css' },
  '/sign-up': { file: 'sign-up.html', type: 'text/html' },
  '/sign-up.js': { file: 'sign-up.js', type: 'text/javascript' },
  // Where Meta has its own; the product's page loads it from here when told to.
  '/en_US/sdk.js': { file: 'sdk.js', type: 'text/javascript' },
};

export async function pageAnswer(path: string, state: State): Promise<{ status: number; headers: Record<string, string>; body: string | Buffer } | undefined> {
  const known = /^\/v\d+\.\d+\/dialog\/oauth$/.test(path) ? files['/sign-up'] : Object.hasOwn(files, path) ? files[path] : undefined;
  if (!known) return undefined;
  const body = await readFile(join(import.meta.dirname, 'page', known.file));
  const headers = {
    'content-type': `${known.type}; charset=utf-8`,
    'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    // The product loads this one from another origin.
    ...(known.file === 'sdk.js' && { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }),
  };
  return { status: 200, headers, body: known.file === 'sdk.js' ? body.toString('utf8').replaceAll('EMULATOR_ORIGIN', state.url) : body };
}
