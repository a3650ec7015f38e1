/** Connections and agents run and stop alike: a start asks whether the stored settings are right, and what is not is their state's reason. */
import type { IAgent, IConnection, RunState } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import { inEnglish, keep, type Words } from '../kept-words.ts';
import { keepTemplateTimers } from '../pipeline/templates.ts';
import type { AnyPlugin, CheckLine } from '../plugin/contract/plugin.ts';
import { audit, change, goOn, tell, type By } from './change.ts';
import { reasonOf } from './checks.ts';
import { lineOf, writeLine } from './connection-log.ts';
import type { WorkspaceParts } from './parts.ts';

/** What connections and agents differ in when they are started. */
export interface Runs<Row extends IConnection | IAgent> {
  subject: 'connection' | 'agent';
  /** @throws SwitchboardError NOT_FOUND */
  row(em: Em, id: string): Promise<Row>;
  /** Undefined while its plugin is not loaded. */
  plugin(parts: WorkspaceParts, row: Row): AnyPlugin | undefined;
  /** The doctor's lines for what is stored. Whatever it throws is a reason not to run. */
  examine(parts: WorkspaceParts, em: Em, row: Row): Promise<CheckLine[]>;
  /** Where the lines are kept, whatever the state has become meanwhile. */
  keep?(row: Row, lines: CheckLine[], now: number): void;
}

/** What core itself finds in the way, before any plugin is asked. */
export class NotRunnable extends Error {
  override readonly name = 'NotRunnable';
  readonly words: Words;
  constructor(words: Words) {
    super(inEnglish([words]));
    this.words = words;
  }
}

interface Deeds {
  start(tenantId: string, id: string, by: By): Promise<{ state: RunState; lines: CheckLine[] }>;
  restart(tenantId: string, id: string, by: By): Promise<{ state: RunState; lines: CheckLine[] }>;
  stop(tenantId: string, id: string, by: By): Promise<void>;
}

export function deedsOf<Row extends IConnection | IAgent>(parts: WorkspaceParts, of: Runs<Row>): Deeds {
  return {
    start: (tenantId, id, by) => start(parts, of, tenantId, id, by, 'start'),
    restart: (tenantId, id, by) => start(parts, of, tenantId, id, by, 'restart'),
    stop: (tenantId, id, by) => stop(parts, of, tenantId, id, by),
  };
}

async function start<Row extends IConnection | IAgent>(parts: WorkspaceParts, of: Runs<Row>, tenantId: string, id: string, by: By, deed: 'start' | 'restart') {
  const runtime = parts.runtime();
  const { subject } = of;
  const began = runtime.clock.now();
  await change(runtime, tenantId, async (em) => {
    Object.assign(await of.row(em, id), { state: 'starting', stateReason: null, stateAt: began });
    audit(em, runtime, tenantId, by, { action: `${subject}.${deed}`, subject, subjectId: id });
  });
  tell(runtime, { tenantId, numbers: true });
  const { lines, reason } = await ask(parts, of, tenantId, id);
  const state = await change(runtime, tenantId, async (em): Promise<RunState> => {
    const row = await of.row(em, id);
    const now = runtime.clock.now();
    of.keep?.(row, lines, now);
    // Somebody stopped it, or started it again, while the provider was asked: theirs is the later word.
    if (row.state !== 'starting' || row.stateAt !== began) return row.state;
    Object.assign(row, { state: reason ? 'error' : 'running', stateReason: reason ? keep(reason) : null, stateAt: now });
    if (!reason && subject === 'connection') writeLine(em, { tenantId, connectionId: id, at: now }, lineOf('connection.running', {}, null));
    if (reason) audit(em, runtime, tenantId, by, { action: `${subject}.error`, subject, subjectId: id, detail: { said: inEnglish([reason]) } });
    return row.state;
  });
  if (state === 'running') await goOn(runtime, subject, id);
  if (state === 'running' && subject === 'connection') await keepTemplateTimers(runtime);
  tell(runtime, { tenantId, numbers: true });
  return { state, lines };
}

async function ask<Row extends IConnection | IAgent>(parts: WorkspaceParts, of: Runs<Row>, tenantId: string, id: string): Promise<{ lines: CheckLine[]; reason: Words | undefined }> {
  const em = parts.runtime().db.em(tenantId);
  const row = await of.row(em, id);
  try {
    const lines = await of.examine(parts, em, row);
    return { lines, reason: reasonOf(of.plugin(parts, row), lines) };
  } catch (error) {
    return { lines: [], reason: error instanceof NotRunnable ? error.words : { said: error instanceof Error ? error.message : String(error) } };
  }
}

async function stop<Row extends IConnection | IAgent>(parts: WorkspaceParts, { subject, row: rowOf }: Runs<Row>, tenantId: string, id: string, by: By): Promise<void> {
  const runtime = parts.runtime();
  await change(runtime, tenantId, async (em) => {
    const row = await rowOf(em, id);
    if (row.state === 'stopped') return;
    Object.assign(row, { state: 'stopped', stateReason: null, stateAt: runtime.clock.now() });
    audit(em, runtime, tenantId, by, { action: `${subject}.stop`, subject, subjectId: id });
  });
  tell(runtime, { tenantId, numbers: true });
}
