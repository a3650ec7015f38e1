/** Puts database, group commit, directory and worker together. The product and a bot in a test are made by the same hands. */
import { createCommit } from './db/commit.ts';
import type { Database } from './db/open.ts';
import type { Relay } from './db/relay.ts';
import { createDirectory, type Directory, type DirectoryParts } from './directory.ts';
import { createLive, type Notice } from './live.ts';
import type { MediaParts } from './media/stored.ts';
import { noMetrics, type Metrics } from './metrics.ts';
import type { Log } from './plugin/contract/context.ts';
import type { Plugins } from './plugin/load.ts';
import type { Sealer } from './plugin/secrets.ts';
import { checkSettings } from './plugin/settings.ts';
import { createListening } from './queue/clock-set.ts';
import { createWorker, type Worker } from './queue/worker.ts';
import type { Clock, CrashPoint, PipelineOptions, Runtime } from './runtime.ts';

export interface RuntimeParts {
  db: Database;
  plugins: Plugins;
  directory: DirectoryParts;
  media: MediaParts;
  sealer: Sealer;
  clock: Clock;
  /** Milliseconds that only go on, whatever the clock is set to; the process's own unless told. */
  steady?(): number;
  log: Log;
  options: PipelineOptions;
  /** Lanes at work at once. */
  lanes: number;
  /** Given the count of writes that wait. */
  metrics?(waiting: () => number): Metrics;
  /** Carries change notices, and that the directory changed, to other replicas. */
  relay?: Pick<Relay, 'tell' | 'tellReload' | 'tellWake'>;
  /** Tests only: called at each named point of the path. */
  at?(point: CrashPoint): void;
}

export interface Running {
  runtime: Runtime;
  worker: Worker;
  /** What came from another replica. */
  hear: { notice(notice: Notice): void; wake(): void; reload(): Promise<void> };
}

export async function composeRuntime(parts: RuntimeParts): Promise<Running> {
  const { db, plugins, clock, log, options } = parts;
  const directory = await createDirectory(db, parts.directory);
  const live = createLive((notice) => parts.relay?.tell(notice));
  const worker = createWorker(() => runtime, { lanes: parts.lanes, holds: db.kind === 'sqlite' ? parts.lanes : Math.min(sharedHolds, parts.lanes), sendsAtOnce: options.sendsAtOnce, turnsAtOnce: Math.max(parts.lanes - options.sendsAtOnce, 1), sleepMs: db.kind === 'sqlite' ? 5_000 : 500 });
  const runtime: Runtime = {
    db,
    commit: createCommit(db),
    plugins,
    notifiers: plugins.notifiers().map((notifier) => ({ notifier, settings: defaultsOf(notifier.settings) })),
    directory: shared(directory, parts.relay),
    live,
    media: parts.media,
    sealer: parts.sealer,
    metrics: parts.metrics?.(() => runtime.commit.waiting) ?? noMetrics,
    clock,
    startedAt: clock.now(),
    listening: createListening(clock, parts.steady ?? (() => performance.now())),
    log,
    options,
    wake() {
      worker.wake();
      parts.relay?.tellWake();
    },
    fence: worker.fence,
    goOn({ held, left }) {
      worker.take(held);
      if (left > 0) runtime.wake();
    },
    at: parts.at ?? (() => {}),
  };
  return { runtime, worker, hear: { notice: live.hear, wake: worker.wake, reload: directory.reload } };
}

/** Above this many lanes at work a replica leaves new ones to whoever is free: another replica, most likely. */
const sharedHolds = 16;

/** A change made here is read again here at once, and on the other replicas as soon as they hear of it. */
function shared(directory: Directory, relay: RuntimeParts['relay']): Directory {
  if (!relay) return directory;
  // Also where it fails here: the change is made.
  return { ...directory, reload: () => directory.reload().finally(() => relay.tellReload()) };
}

function defaultsOf(schema: Parameters<typeof checkSettings>[0]): Record<string, never> {
  const checked = checkSettings(schema, {});
  if ('errors' in checked) throw new Error('a notifier must do without settings until it is given some');
  return checked.settings as Record<string, never>;
}
