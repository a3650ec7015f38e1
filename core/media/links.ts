/** Links under which a provider, who cannot sign in, may read one medium for a while. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface MediaLinks {
  /**
   * @param ttlMs how long it works
   * @param name what its path ends in, for whoever calls the file by that; it proves nothing
   */
  url(id: string, ttlMs: number, name?: string): string;
  /** `until` and `proof` as they stand in the link. */
  holds(id: string, until: string, proof: string): boolean;
}

/** The web server takes no longer part of a path. */
const mostOfName = 80;

/**
 * @param keys the newest first: it signs, all of them are taken
 * @param base the public address, asked whenever a link is made
 */
export function createMediaLinks(keys: readonly Buffer[], base: () => string, clock: { now(): number }): MediaLinks {
  const proofOf = (key: Buffer, id: string, until: string) => createHmac('sha256', key).update(`media ${id} ${until}`).digest();
  const [newest] = keys;
  if (!newest) throw new RangeError('There is no key to sign with.');
  return {
    url(id, ttlMs, name) {
      const until = String(Math.ceil(clock.now() + ttlMs));
      const called = name?.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^[.-]+|\.+$/g, '').slice(-mostOfName) ?? '';
      return `${base()}/media/${id}${called && `/${called}`}?until=${until}&proof=${proofOf(newest, id, until).toString('base64url')}`;
    },
    holds(id, until, proof) {
      if (!/^\d{1,15}$/.test(until) || Number(until) < clock.now()) return false;
      const given = Buffer.from(proof, 'base64url');
      return keys.some((key) => {
        const right = proofOf(key, id, until);
        return given.length === right.length && timingSafeEqual(given, right);
      });
    },
  };
}
