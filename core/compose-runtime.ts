/** Puts database, group commit, directory and worker together. The product and a bot in a test are made by the same hands. */
import { createCommit } from './db/commit.ts';
import type { Database } from './db/open.ts';
import { createDirectory, type DirectoryParts } from './directory.ts';
import { createLive, type Notice } from './live.ts';
import { noMetrics } from './metrics.ts';
import type { Log } from './plugin/contract.ts';
import type { Plugins } from './plugin/load.ts';
import { checkSettings } from './plugin/settings.ts';
import { createWorker, type Worker } from './queue/worker.ts';
import type { Clock, CrashPoint, PipelineOptions, Runtime } from './runtime.ts';

export interface RuntimeParts {
  db: Database;
  plugins: Plugins;
  directory: DirectoryParts;
  clock: Clock;
  log: Log;
  options: PipelineOptions;
  /** Lanes at work at once. */
  lanes: number;
  metrics?: Runtime['metrics'];
  /** Carries change notices to other replicas. */
  relay?(notice: Notice): void;
  /** Tests only: called at each named point of the path. */
  at?(point: CrashPoint): void;
}

export interface Running {
  runtime: Runtime;
  worker: Worker;
  /** A notice that came from another replica. */
  hear(notice: Notice): void;
}

export async function composeRuntime(parts: RuntimeParts): Promise<Running> {
  const { db, plugins, clock, log, options } = parts;
  const live = createLive(parts.relay);
  const worker = createWorker(() => runtime, { lanes: parts.lanes, sendsAtOnce: options.sendsAtOnce, sleepMs: db.kind === 'sqlite' ? 5_000 : 500 });
  const runtime: Runtime = {
    db,
    commit: createCommit(db),
    plugins,
    notifiers: plugins.notifiers().map((notifier) => ({ notifier, settings: defaultsOf(notifier.settings) })),
    directory: await createDirectory(db, parts.directory),
    live,
    metrics: parts.metrics ?? noMetrics,
    clock,
    log,
    options,
    wake: worker.wake,
    fence: worker.fence,
    take: worker.take,
    at: parts.at ?? (() => {}),
  };
  return { runtime, worker, hear: live.hear };
}

function defaultsOf(schema: Parameters<typeof checkSettings>[0]): Record<string, never> {
  const checked = checkSettings(schema, {});
  if ('errors' in checked) throw new Error('a notifier must do without settings until it is given some');
  return checked.settings as Record<string, never>;
}
