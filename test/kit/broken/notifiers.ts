/** Notifiers with one fault each, and what the contract must say of it. */
import type { Notifier } from '#plugin';
import { notifierContract } from '../notifier.ts';
import type { Broken } from './channels.ts';
import { notifierEvidence, soundNotifier } from './sound.ts';

function broken(flaw: string, check: string, says: RegExp, changes: Partial<Notifier<typeof soundNotifier.settings>>): Broken {
  return { flaw, check, says, checks: notifierContract({ ...soundNotifier, ...changes }, notifierEvidence) };
}

const { alerts: _alerts, notify: _notify, ...idle } = soundNotifier;
const outsideCheck = 'telling the outside ends in time, past no ctx.fetch and without a credential, whatever the outside does';
const pureCheck = 'alerts are decided purely: the same twice, nothing changed, no clock, no chance';

export const brokenNotifiers: Broken[] = [
  { flaw: 'it does nothing', check: 'it makes alerts, or tells somebody outside', says: /neither alerts nor notify/, checks: notifierContract(idle, notifierEvidence) },
  broken('it overlooks failures', 'every occurrence of the evidence makes the alerts it says', /0 came, 1 were expected/, { alerts: () => [] }),
  broken('an alert has no key', 'alerts are plain data of the contract’s shape, whatever is known of the occurrence', /\/key/, { alerts: ({ kind, conversation }) => [{ kind, key: conversation ?? '', text: 'It happened.' }] }),
  broken('an alert reads the clock', pureCheck, /the clock was read/, { alerts: ({ kind }) => [{ kind, key: String(Date.now()), text: 'It happened.' }] }),
  broken('an alert changes what happened', pureCheck, /read only/, {
    alerts(occurrence) {
      occurrence.text = occurrence.text.trim();
      return [{ kind: occurrence.kind, key: 'x', text: 'It happened.' }];
    },
  }),
  broken('it swallows that nobody was told', outsideCheck, /as if somebody had been told/, {
    async notify(_occurrence, ctx) {
      await ctx.fetch('https://api.sound.example.test/notify').catch(() => undefined);
    },
  }),
  broken('its error repeats what the outside said', outsideCheck, /credential is told/, {
    async notify(_occurrence, ctx) {
      throw new Error((await ctx.fetch('https://api.sound.example.test/notify')).text());
    },
  }),
  broken('it calls past the guard', outsideCheck, /connection of its own/, {
    async notify() {
      await fetch('http://127.0.0.1:1234/').catch(() => undefined);
      throw new Error('Nobody was told.');
    },
  }),
];
