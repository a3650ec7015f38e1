/**
 * All that only people need, the API included: half of the program's modules and a quarter of its memory, loaded when
 * somebody asks. It is read piece by piece: between two of them webhooks get their turn.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from './db/open.ts';

/** Long enough for what came in during one piece to be answered before the next. */
const turnMs = 10;

/** What changes an installation, and the entities under it. */
export async function loadWorkspace(db: Database) {
  for (const piece of [() => import('@mikro-orm/core'), () => import('kysely'), () => import('@mikro-orm/sqlite'), () => import('@mikro-orm/migrations')]) {
    await piece();
    await pause(turnMs);
  }
  await db.openEntities();
  await pause(turnMs);
  return import('./workspace/index.ts');
}

/** What shows it. */
export async function loadPages() {
  await pause(turnMs);
  const { createViews } = await import('./admin/view.ts');
  await pause(turnMs);
  const { buildApp } = await import('./app.ts');
  await pause(turnMs);
  return { createViews, buildApp };
}
