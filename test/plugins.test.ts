/** Every plugin in plugins/ keeps the contract of its kind, whether it asks to be tested or not. */
import { existsSync, readdirSync } from 'node:fs';
import t from 'tap';
import type { AnyPlugin } from '#plugin';
import { contractOf, runChecks } from '#testing';

const folder = new URL('../plugins/', import.meta.url);

const noPhone = 'it has no simulated phone';
const noHands = 'its provider shakes no hands';
const noRegistering = 'its numbers need no registering';
const noSignIn = 'nobody signs in with its provider';
const noCourtesies = 'it has neither typing nor read marks';

/** Why checks are skipped, by plugin. Whoever adds a line here lets something go unproven. */
const excused: Record<string, readonly string[]> = {
  coster: [
    noCourtesies,
    noPhone,
    'it lists no numbers',
    'it sends no media',
    noRegistering,
    noSignIn,
    'its webhook is not signed over the body',
    'nothing must be at the provider before a message',
    'where its events go is set at the provider',
  ],
  'meta-cloud': [noPhone],
  notifications: ['it gives credentials to nobody', 'it has no doctor', 'it tells nobody outside'],
  qontak: [noCourtesies, noPhone, noRegistering, noSignIn, noHands, 'its webhook is not signed over the body', 'its webhook is proven by the secret in its URL, which core checks'],
  rules: ['it gives credentials to nobody'],
  simulator: [
    'it gives credentials to nobody',
    'it does not say what it hands over',
    'it has no guide',
    'it has no templates',
    noCourtesies,
    'it lists no numbers',
    'it names no limits',
    'its evidence has no answers of a provider',
    noRegistering,
    noSignIn,
    noHands,
    'nothing must be at the provider before a message',
    'where its events go is set at the provider',
  ],
  twilio: [noPhone, noRegistering, noSignIn, noHands],
};

const skipped: Record<string, readonly string[]> = {};

for (const name of readdirSync(folder).filter((name) => existsSync(new URL(`${name}/index.ts`, folder)))) {
  await t.test(`${name} keeps the contract`, async (t) => {
    const { default: plugin } = (await import(new URL(`${name}/index.ts`, folder).href)) as { default: AnyPlugin };
    const evidence: unknown = await import(new URL(`${name}/evidence.ts`, folder).href);
    t.equal(plugin.name, name, 'its name is the name of its folder');
    const { properties } = plugin.settings as unknown as { properties: Record<string, { title?: string; description?: string }> };
    const said = Object.entries(properties).flatMap(([setting, { title, description }]) => [[`${setting}.title`, title], [`${setting}.description`, description]] as const);
    for (const [key, english] of said) t.equal(plugin.texts?.en[key], english, `its texts say in English what its schema says: ${key}`);
    const checks = contractOf(plugin, evidence);
    await runChecks(t, checks);
    for (const { name: check, skip } of checks) if (skip !== undefined) t.comment(`not tried, as ${skip}: ${check}`);
    skipped[name] = [...new Set(checks.flatMap(({ skip }) => skip ?? []))].sort();
    // What no provider's evidence shows is excused by the evidence, in a sentence.
    for (const [kind, reason] of Object.entries(lacksOf(evidence))) t.comment(`no evidence of ${kind}: ${reason}`);
  });
}

t.test('what is skipped is skipped for a reason that is written down here', async (t) => {
  t.strictSame(skipped, Object.fromEntries(Object.entries(excused).map(([name, reasons]) => [name, reasons.toSorted()])));
});

function lacksOf(evidence: unknown): object {
  const lacks = typeof evidence === 'object' && evidence !== null && 'lacks' in evidence ? evidence.lacks : undefined;
  return typeof lacks === 'object' && lacks !== null ? lacks : {};
}
