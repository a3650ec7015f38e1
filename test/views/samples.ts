/** Rich, typed data for every page: the template tests and the screenshots render it. */
import type { Chrome } from '../../core/admin/views/every-page.ts';
import { agentSamples } from './samples/agents.ts';
import { alertSamples } from './samples/alerts.ts';
import { connectionSamples } from './samples/connections.ts';
import { deliverySamples } from './samples/deliveries.ts';
import { inboxSamples } from './samples/inbox.ts';
import { liveSamples } from './samples/live.ts';
import { loginSamples } from './samples/login.ts';
import { numberSamples } from './samples/numbers.ts';
import { settingsSamples } from './samples/settings.ts';
import { chrome, type Sample } from './samples/shop.ts';
import { simulatorSamples } from './samples/simulator.ts';
import { templateSamples } from './samples/templates.ts';

export const samples: Sample[] = [...loginSamples, ...numberSamples, ...inboxSamples, ...simulatorSamples, ...templateSamples, ...alertSamples, ...agentSamples, ...connectionSamples, ...deliverySamples, ...settingsSamples, ...liveSamples];

/** The chrome of a sample in a language. */
export function chromeOf(sample: Sample, over: Partial<Chrome> = {}): Chrome {
  const made = chrome({ ...sample.chrome, ...over });
  for (const key of sample.without ?? []) delete made[key];
  if (sample.without) delete made.alerts;
  return made;
}
