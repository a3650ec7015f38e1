/** Every plugin in plugins/ keeps the contract of its kind, whether it asks to be tested or not. */
import { readdirSync } from 'node:fs';
import t from 'tap';
import type { AnyPlugin } from '#plugin';
import { contractOf, runChecks } from '#testing';

const folder = new URL('../plugins/', import.meta.url);

for (const { name } of readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  await t.test(`${name} keeps the contract`, async (t) => {
    const { default: plugin } = (await import(new URL(`${name}/index.ts`, folder).href)) as { default: AnyPlugin };
    t.equal(plugin.name, name, 'its name is the name of its folder');
    await runChecks(t, contractOf(plugin, await import(new URL(`${name}/evidence.ts`, folder).href)));
  });
}
