/**
 * Counts for Prometheus. What is a state (jobs, failures, alerts) is read from the database when somebody asks, and the
 * library that writes it all down is loaded when somebody first does: it costs as much memory as the rest of the web side.
 */
import type { Registry } from 'prom-client';
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
  const counts = { webhooks: new Map<string, number>(), sends: new Map<string, number>(), turns: new Map<string, number>() };
  const count = (of: Map<string, number>, outcome: string) => void of.set(outcome, (of.get(outcome) ?? 0) + 1);
  let registry: Promise<Registry> | undefined;
  return {
    webhook: (outcome) => count(counts.webhooks, outcome),
    send: (outcome) => count(counts.sends, outcome),
    turn: (outcome) => count(counts.turns, outcome),
    async text() {
      registry ??= createRegistry(db, waiting, counts);
      return (await registry).metrics();
    },
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
  };
}

type Counts = Record<'webhooks' | 'sends' | 'turns', ReadonlyMap<string, number>>;

async function createRegistry(db: Database, waiting: () => number, counts: Counts): Promise<Registry> {
  const { Counter, Gauge, Registry, collectDefaultMetrics } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = (name: string, help: string, of: ReadonlyMap<string, number>) =>
    new Counter({
      name: `switchboard_${name}`, help, labelNames: ['outcome'] as const, registers,
      collect() {
        this.reset();
        for (const [outcome, n] of of) this.inc({ outcome }, n);
      },
    });
  counter('webhooks_total', 'Webhooks by what became of them', counts.webhooks);
  counter('sends_total', 'Calls to providers that send a message, by what was said', counts.sends);
  counter('turns_total', 'Turns of agents, by how they ended', counts.turns);
  new Gauge({ name: 'switchboard_writes_waiting', help: 'Items that wait for the next commit', registers, collect() { this.set(waiting()); } });
  new Gauge({
    name: 'switchboard_jobs', help: 'Jobs by kind and state', labelNames: ['kind', 'state'] as const, registers,
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
  return registry;
}
