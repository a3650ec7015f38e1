/** All that only people need. It is read piece by piece: between two of them webhooks get their turn. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from './db/open.ts';

/** Long enough for what came in during one piece to be answered before the next. */
const turnMs = 10;

export async function loadPages(db: Database) {
  for (const piece of [() => import('@mikro-orm/core'), () => import('kysely'), () => import('@mikro-orm/sqlite'), () => import('@mikro-orm/migrations')]) {
    await pause(turnMs);
    await piece();
  }
  await pause(turnMs);
  await db.openEntities();
  await pause(turnMs);
  const { createWorkspace } = await import('./workspace/index.ts');
  await pause(turnMs);
  const { createViews } = await import('./admin/view.ts');
  const { offerSetupLink } = await import('./admin/setup.ts');
  await pause(turnMs);
  const { buildApp } = await import('./app.ts');
  await pause(turnMs);
  return { createWorkspace, createViews, offerSetupLink, buildApp };
}
