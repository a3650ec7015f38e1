/** What stands in for Meta's sign-in: its script, its dialog, and the window in which it ends. */
import { join } from 'node:path';
import { type Page, pageFrom } from '../../emulator/page.ts';

const folder = join(import.meta.dirname, 'page');

export async function signInPage(path: string, origin: string): Promise<Page | undefined> {
  if (path === '/sign-up' || /^\/v\d+\.\d+\/dialog\/oauth$/.test(path)) return pageFrom(join(folder, 'sign-up.html'));
  if (path === '/sign-up.js') return pageFrom(join(folder, 'sign-up.js'));
  if (path !== '/en_US/sdk.js') return undefined;
  // Where Meta has its own; the product's page loads it from here when told to, which is another origin.
  const { headers, body } = await pageFrom(join(folder, 'sdk.js'));
  return { headers: { ...headers, 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }, body: body.toString('utf8').replaceAll('EMULATOR_ORIGIN', origin) };
}
