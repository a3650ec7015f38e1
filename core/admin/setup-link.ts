/** The one-time link to `/setup`, which the console prints while there is nobody. */
import type { AppContext } from '../context.ts';
import type { Runtime } from '../runtime.ts';
import { baseUrl } from '../workspace/address.ts';
import { outside } from './paths.ts';
import { hashOf, newToken, sameText } from './session.ts';

const linkKey = 'setup-link';
const linkMs = 24 * 3_600_000;

/** Anybody at all: then there is nothing to set up. */
export async function hasPeople({ db }: Pick<Runtime, 'db'>): Promise<boolean> {
  return (await db.read((sql) => sql.all('select 1 as one from "user" limit 1'))).length > 0;
}

/**
 * A new link for the console, in place of the one before; undefined when there are people already. Only its hash is kept.
 * Asked for once the server listens, so that the port is known.
 */
export async function offerSetupLink({ runtime, server }: Pick<AppContext, 'runtime' | 'server'>): Promise<string | undefined> {
  if (await hasPeople(runtime)) return undefined;
  const token = newToken();
  await keepLink(runtime, { hash: hashOf(token), until: runtime.clock.now() + linkMs });
  return `${baseUrl(server)}${outside.setup}?token=${token}`;
}

export interface Link {
  hash: string;
  until: number;
}

/** In place of the one before. */
export async function keepLink({ db, clock }: Runtime, link: Link): Promise<void> {
  await db.write((sql) => sql.run(
    'insert into installation (key, value, updated_at) values (?, ?, ?) on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at',
    [linkKey, JSON.stringify(link), clock.now()],
  ));
}

/** Undefined when it is not the last one that was offered, or too old. */
export async function linkFor({ db, clock }: Runtime, token: string | undefined): Promise<Link | undefined> {
  if (token === undefined) return undefined;
  const [row] = await db.read((sql) => sql.all<{ value: string }>('select value from installation where key = ?', [linkKey]));
  if (!row) return undefined;
  const link = JSON.parse(row.value) as Link;
  return clock.now() < link.until && sameText(link.hash, hashOf(token)) ? link : undefined;
}

/** False when somebody else has just used it. */
export async function useUp({ db }: Runtime, link: Link): Promise<boolean> {
  return (await db.write((sql) => sql.run('delete from installation where key = ? and value = ?', [linkKey, JSON.stringify(link)]))) === 1;
}
