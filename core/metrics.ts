/** Counts for Prometheus. What is a state (jobs, failures, alerts) is read from the database when somebody asks. */
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Database } from './db/open.ts';

export interface Metrics {
  webhook(outcome: 'accepted' | 'handshake' | 'refused' | 'unknown' | 'unavailable' | 'throttled'): void;
  send(outcome: 'accepted' | 'rejected' | 'retry' | 'not-sent' | 'unknown' | 'broken'): void;
  turn(outcome: 'answered' | 'failed' | 'waiting' | 'skipped'): void;
  text(): Promise<string>;
  contentType: string;
}

export const noMetrics: Metrics = { webhook() {}, send() {}, turn() {}, text: async () => '', contentType: 'text/plain' };

export function createMetrics(db: Database, waiting: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counter = (name: string, help: string) => new Counter({ name: `switchboard_${name}`, help, labelNames: ['outcome'] as const, registers: [registry] });
  const webhooks = counter('webhooks_total', 'Webhooks by what became of them');
  const sends = counter('sends_total', 'Calls to providers that send a message, by what was said');
  const turns = counter('turns_total', 'Turns of agents, by how they ended');
  new Gauge({ name: 'switchboard_writes_waiting', help: 'Items that wait for the next commit', registers: [registry], collect() { this.set(waiting()); } });
  new Gauge({
    name: 'switchboard_jobs', help: 'Jobs by kind and state', labelNames: ['kind', 'state'] as const, registers: [registry],
    async collect() {
      this.reset();
      const rows = await db.read((sql) =>
        sql.all<{ kind: string; state: string; n: number }>(
          "select kind, case when buried_at is not null then 'buried' when waiting_for is not null then 'waiting' else 'due' end as state, count(*) as n from job group by 1, 2",
        ),
      );
      for (const { kind, state, n } of rows) this.set({ kind, state }, n);
    },
  });
  return {
    webhook: (outcome) => webhooks.inc({ outcome }),
    send: (outcome) => sends.inc({ outcome }),
    turn: (outcome) => turns.inc({ outcome }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
