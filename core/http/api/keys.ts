/**
 * Who calls the API: the bearer of a key. A key is known by its SHA-256 only, looked up in memory, so that guessing costs the
 * database nothing and says nothing by the time it takes.
 */
import type { FastifyRequest } from 'fastify';
import { SwitchboardError } from '../../errors.ts';
import { hashKey } from '../../pipeline/receive.ts';
import { fromJson } from '../../pipeline/rows.ts';
import type { Runtime } from '../../runtime.ts';
import { addressOf, placeOf } from '../address.ts';
import { createBuckets, TooMany } from './pace.ts';

export interface Caller {
  keyId: string;
  name: string;
  tenantId: string;
  scopes: readonly string[];
  expiresAt: number;
}

export interface ApiKeys {
  /** @throws SwitchboardError KEY_REFUSED, KEY_EXPIRED · TooMany wrong keys from this address, or requests of this key */
  callerOf(request: FastifyRequest): Promise<Caller>;
}

/** A key that was revoked on another replica works for this long; one that was made there is known after a second. */
const believedMs = 5_000;
const doubtedMs = 1_000;
const usedEveryMs = 60_000;
/** Requests of one key in one process. */
const pace = { burst: 200, perSecond: 50 };
/** Wrong keys from one address. */
const wrong = { burst: 30, perSecond: 0.5 };
/** For so long an address from where a key came is not braked for wrong keys of others behind it. */
const trustedMs = 3_600_000;

export function createApiKeys({ db, clock, log }: Pick<Runtime, 'db' | 'clock' | 'log'>): ApiKeys {
  let known: { at: number; callers: Promise<Map<string, Caller>> } | undefined;
  const used = new Map<string, number>();
  const proven = new Map<string, number>();
  const requests = createBuckets(pace, clock);
  const guesses = createBuckets(wrong, clock);

  async function read(): Promise<Map<string, Caller>> {
    const rows = await db.read((sql) =>
      sql.all<{ id: string; tenant_id: string; name: string; hash: string; scopes: string; expires_at: number | null }>('select id, tenant_id, name, hash, scopes, expires_at from api_key where revoked_at is null'),
    );
    return new Map(rows.map(({ id, tenant_id, name, hash, scopes, expires_at }) => [hash, { keyId: id, name, tenantId: tenant_id, scopes: fromJson<string[]>(scopes), expiresAt: expires_at ?? Infinity }]));
  }

  function callers(notOlderThanMs: number): Promise<Map<string, Caller>> {
    const now = clock.now();
    if (known && now - known.at < notOlderThanMs) return known.callers;
    const callers = read();
    known = { at: now, callers };
    // What could not be read is asked for again by the next.
    callers.catch(() => (known = undefined));
    return callers;
  }

  /** At most once a minute, and nobody waits for it. */
  function noteUsed(keyId: string): void {
    const now = clock.now();
    if (now - (used.get(keyId) ?? -usedEveryMs) < usedEveryMs) return;
    used.set(keyId, now);
    void db.write((sql) => sql.run('update api_key set last_used_at = ? where id = ?', [now, keyId])).catch((error: unknown) => log.warn({ err: error }, 'when an API key was last used could not be noted'));
  }

  return {
    async callerOf(request) {
      const place = placeOf(addressOf(request));
      const key = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
      if (key === undefined) throw new SwitchboardError('KEY_REFUSED');
      const hash = hashKey(key);
      const caller = (await callers(believedMs)).get(hash) ?? (await callers(doubtedMs)).get(hash);
      const from = `${hash} ${place}`;
      const trusted = caller !== undefined && clock.now() - (proven.get(from) ?? -trustedMs) < trustedMs;
      // Whoever guesses from a place that was braked does not learn that a guess was right.
      const braked = guesses.waitMs(place);
      if (braked > 0 && !trusted) throw new TooMany(braked);
      if (!caller) {
        guesses.take(place);
        throw new SwitchboardError('KEY_REFUSED');
      }
      // Whoever holds it may know: nobody guesses one that was good once.
      if (caller.expiresAt <= clock.now()) throw new SwitchboardError('KEY_EXPIRED');
      if (proven.size > 10_000) proven.clear();
      proven.set(from, clock.now());
      const wait = requests.take(caller.keyId);
      if (wait > 0) throw new TooMany(wait);
      noteUsed(caller.keyId);
      return caller;
    },
  };
}
