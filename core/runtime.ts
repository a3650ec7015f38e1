/** What every step of the path of a message needs, made once at start and handed on. */
import type { Commit } from './db/commit.ts';
import type { Database } from './db/open.ts';
import type { Directory } from './directory.ts';
import type { Live } from './live.ts';
import type { MediaParts } from './media/stored.ts';
import type { Metrics } from './metrics.ts';
import type { Log } from './plugin/contract/context.ts';
import type { Notifier } from './plugin/contract/notifier.ts';
import type { Json } from './plugin/contract/plugin.ts';
import type { Plugins } from './plugin/load.ts';
import type { Sealer } from './plugin/secrets.ts';
import type { Listening } from './queue/clock-set.ts';
import type { Enqueued } from './queue/queue.ts';

export interface Clock {
  now(): number;
}

export interface PipelineOptions {
  /** How long an unknown send waits for a receipt before the setting of its author decides. */
  unknownWaitMs: number;
  /** What becomes of an agent's unknown reply after that. A person's or a campaign's message is always offered to a person. */
  unknownAgentReply: 'send-again' | 'ask';
  /** Total time an agent may think about one turn. */
  turnMs: number;
  /** Sends under way at once on one connection. */
  sendsAtOnce: number;
  /** How often the templates of a running connection are read from its provider. */
  templatesEveryMs: number;
  /** Closed and archived conversations are reopened by a message within this time. */
  reopenMs: number;
  webhookMaxBytes: number;
  /** Deliveries that may wait for their commit before new ones are told 503. */
  mostWaiting: number;
}

export interface Runtime {
  db: Database;
  commit: Commit;
  plugins: Plugins;
  notifiers: readonly { notifier: Notifier; settings: Record<string, Json> }[];
  directory: Directory;
  live: Live;
  media: MediaParts;
  /** Deliveries are read again later, and what proved some of them is a secret. */
  sealer: Sealer;
  metrics: Metrics;
  clock: Clock;
  /** When this process began. */
  startedAt: number;
  listening: Listening;
  log: Log;
  options: PipelineOptions;
  /** Tells the worker, on every replica, that something may be due now. */
  wake(): void;
  /** A fence for lanes that this process may take at once with what it writes; undefined when it has enough to do. */
  fence(): string | undefined;
  /** After the commit: works on the lanes it took, and wakes whoever looks for the others. */
  goOn(enqueued: Enqueued): void;
  /** Named points of the path, where a test may end the process. Does nothing in the product. */
  at(point: CrashPoint): void;
}

export const crashPoints = [
  'read', 'verified', 'begun', 'committed', 'answered', 'agent-begun', 'agent-done', 'composed', 'before-send', 'after-send', 'after-mark',
] as const;
/** The last two are on the way of an older database to this version. */
export type CrashPoint = (typeof crashPoints)[number] | 'in-backup' | 'in-migration';
