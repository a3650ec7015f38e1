/** What every notifier promises: alerts are decided purely, and telling the outside fails loudly and without a credential. */
import assert from 'node:assert/strict';
import type { Static, TSchema } from 'typebox';
import { NotSent, Silence, type AlertDraft, type Notifier, type Occurrence } from '#plugin';
import { frozen, holds, inTime, matches, pure, type Check } from './check.ts';
import { world, type Saying } from './context.ts';
import { badAnswers, pluginChecks, secretsIn } from './plugin.ts';
import { alertDraft, faultIn } from './shapes.ts';

/** What a notifier's `evidence.ts` exports. */
export interface NotifierEvidence<S> {
  settings: S;
  /** What happens, and at least which alerts follow. */
  occurrences: readonly { name: string; occurrence: Occurrence; expect: readonly unknown[] }[];
}

/**
 * The contract of a notifier as a list of checks, for any test runner.
 * @param notifier the plugin as its file exports it
 * @param evidence the exports of its `evidence.ts`
 */
export function notifierContract<S extends TSchema>(notifier: Notifier<S>, evidence: NotifierEvidence<Static<S>>): Check[] {
  const { settings, occurrences } = evidence;
  const secrets = secretsIn(notifier.settings, settings);
  const noAlerts = !notifier.alerts && { skip: 'it makes no alerts' };
  const decide = (occurrence: Occurrence): AlertDraft[] => pure(() => notifier.alerts?.(frozen(occurrence), frozen(structuredClone(settings))) ?? []);

  return [
    ...pluginChecks(notifier, 'notifier', settings),
    {
      name: 'it makes alerts, or tells somebody outside',
      run() {
        holds(notifier.alerts || notifier.notify, 'it has neither alerts nor notify: it would do nothing');
      },
    },
    {
      name: 'every occurrence of the evidence makes the alerts it says',
      ...noAlerts,
      run() {
        holds(occurrences.length > 0, 'there is no evidence');
        for (const { name, occurrence, expect } of occurrences) matches(decide(structuredClone(occurrence)), expect, `“${name}”`);
      },
    },
    {
      name: 'alerts are plain data of the contract’s shape, whatever is known of the occurrence',
      ...noAlerts,
      run() {
        for (const occurrence of everyOccurrence()) {
          for (const draft of decide(occurrence)) {
            const fault = faultIn(alertDraft, draft);
            holds(fault === undefined, `${JSON.stringify(occurrence)}: ${fault}`);
          }
        }
      },
    },
    {
      name: 'alerts are decided purely: the same twice, nothing changed, no clock, no chance',
      ...noAlerts,
      run() {
        for (const occurrence of everyOccurrence()) {
          const before = structuredClone(occurrence);
          assert.deepEqual(decide(occurrence), decide(occurrence));
          assert.deepEqual(occurrence, before, 'the occurrence was changed');
        }
      },
    },
    {
      name: 'telling the outside ends in time, past no ctx.fetch and without a credential, whatever the outside does',
      ...(!notifier.notify && { skip: 'it tells nobody outside' }),
      async run() {
        const answers: { name: string; says: Saying }[] = [
          ...badAnswers(secrets[0] ?? ''),
          { name: 'silence', says: new Silence('no answer came') },
          { name: 'nobody there', says: new NotSent('nobody is there') },
        ];
        for (const { name, says } of answers) {
          const [occurrence] = everyOccurrence();
          holds(occurrence, 'there is no occurrence');
          const { ctx, logged, strayed, inside } = world(settings, says);
          let told = '';
          let failed = false;
          try {
            await inTime('notify', inside(async () => notifier.notify?.(frozen(occurrence), ctx)));
          } catch (error) {
            holds(error instanceof Error, `after ${name} it throws ${String(error)}, which is no Error`);
            failed = true;
            told = `${error.message}\n${error.stack}`;
          }
          holds(failed || !(says instanceof Error), `after ${name} it ends as if somebody had been told: let the error through, core tries again`);
          holds(strayed.length === 0, `after ${name} it opened a connection of its own (${strayed.join(', ')})`);
          holds(!secrets.some((secret) => `${told}\n${logged.join('\n')}`.includes(secret)), `after ${name} a credential is told`);
        }
      },
    },
  ];
}

function everyOccurrence(): Occurrence[] {
  const about = { conversation: 'c1', contact: 'Ana {{text}} $& <b>', number: 'Sales', connection: 'k1' };
  return (['hand-off', 'new-message', 'failure'] as const).flatMap((kind) =>
    (['agent', 'people'] as const).flatMap((heldBy) =>
      ['a reason', '', '{{contact}}', '\u0000', 'x'.repeat(10_000)].flatMap((text) => [
        { kind, at: 1_790_000_000_000, heldBy, text, ...about },
        { kind, at: 1_790_000_000_000, heldBy, text },
      ]),
    ),
  );
}
