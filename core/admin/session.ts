/**
 * Logins: a random token in the browser's cookie, its SHA-256 in a row, so that a copy of the database signs nobody in. A
 * login ends at sign-out, after half a day without a request, and after a week whatever happens.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ServerSettings } from '../context.ts';
import type { IUser, Role } from '../db/entities/index.ts';
import { uuid } from '../ids.ts';
import type { Runtime } from '../runtime.ts';

const idleMs = 12 * 3_600_000;
const absoluteMs = 7 * 24 * 3_600_000;
/** What ends a login elsewhere (another replica, the database) takes effect within this time; here at once. */
const believedMs = 1_000;
const seenEveryMs = 60_000;

export interface SignedIn {
  loginId: string;
  user: Pick<IUser, 'id' | 'name' | 'email' | 'locale' | 'theme'>;
  /** Oldest first. */
  memberships: { tenantId: string; role: Role }[];
}

interface LoginRow {
  id: string;
  createdAt: number;
  lastSeenAt: number;
  address: string;
  browser: string;
}

export interface Sessions {
  /** Returns the token for the cookie. A new one at every sign-in: what somebody planted before is worth nothing. */
  begin(userId: string, from: { address: string; browser: string }): Promise<string>;
  find(token: string): Promise<SignedIn | undefined>;
  /** False when there is no such login of this person. */
  end(userId: string, loginId: string): Promise<boolean>;
  endOthers(userId: string, loginId: string): Promise<void>;
  list(userId: string): Promise<LoginRow[]>;
  /** Something about this person was changed. */
  refresh(userId: string): void;
}

/** Whoever was signed in may come back at any moment, to a page that is still open. */
export async function anybodySignedIn({ db, clock }: Pick<Runtime, 'db' | 'clock'>): Promise<boolean> {
  const now = clock.now();
  return (await db.read((sql) => sql.all('select 1 as one from login where expires_at > ? and last_seen_at > ? limit 1', [now, now - idleMs]))).length > 0;
}

export function createSessions({ db, clock, log }: Pick<Runtime, 'db' | 'clock' | 'log'>): Sessions {
  const believed = new Map<string, { signedIn: SignedIn; at: number }>();
  const refresh = (userId: string) => {
    for (const [hash, { signedIn }] of believed) if (signedIn.user.id === userId) believed.delete(hash);
  };

  async function read(hash: string, now: number): Promise<SignedIn | undefined> {
    const rows = await db.read((sql) => sql.all<Row>(
      `select l.id, l.last_seen_at, l.expires_at, u.id as user_id, u.email, u.name, u.locale, u.theme, m.tenant_id, m.role
       from login l join "user" u on u.id = l.user_id and u.disabled_at is null left join membership m on m.user_id = u.id
       where l.token_hash = ? order by m.created_at, m.id`,
      [hash],
    ));
    const [row] = rows;
    if (!row || now >= row.expires_at || now >= row.last_seen_at + idleMs) return undefined;
    if (now >= row.last_seen_at + seenEveryMs) {
      // A database that is busy must not keep somebody from reading; the next minute brings the next chance.
      await db.write((sql) => sql.run('update login set last_seen_at = ? where id = ? and last_seen_at < ?', [now, row.id, now])).catch((error: unknown) => log.warn({ err: error }, 'a login was not marked as seen'));
    }
    return {
      loginId: row.id,
      user: { id: row.user_id, email: row.email, name: row.name, locale: row.locale, theme: row.theme },
      memberships: rows.flatMap(({ tenant_id: tenantId, role }) => (tenantId && role ? [{ tenantId, role }] : [])),
    };
  }

  return {
    refresh,
    async begin(userId, { address, browser }) {
      const token = newToken();
      const now = clock.now();
      await db.write(async (sql) => {
        await sql.run('delete from login where expires_at <= ? or last_seen_at <= ?', [now, now - idleMs]);
        await sql.insert(
          'login',
          ['id', 'user_id', 'token_hash', 'created_at', 'last_seen_at', 'expires_at', 'address', 'browser'],
          [[uuid(), userId, hashOf(token), now, now, now + absoluteMs, address.slice(0, 64), browser.slice(0, 255)]],
        );
      });
      return token;
    },
    async find(token) {
      const hash = hashOf(token);
      const now = clock.now();
      const known = believed.get(hash);
      if (known && now >= known.at && now < known.at + believedMs) return known.signedIn;
      const signedIn = await read(hash, now);
      if (!signedIn) believed.delete(hash);
      else {
        if (believed.size >= 10_000) believed.clear();
        believed.set(hash, { signedIn, at: now });
      }
      return signedIn;
    },
    async end(userId, loginId) {
      const ended = await db.write((sql) => sql.run('delete from login where id = ? and user_id = ?', [loginId, userId]));
      refresh(userId);
      return ended > 0;
    },
    async endOthers(userId, loginId) {
      await db.write((sql) => sql.run('delete from login where user_id = ? and id <> ?', [userId, loginId]));
      refresh(userId);
    },
    async list(userId) {
      const now = clock.now();
      const rows = await db.read((sql) => sql.all<{ id: string; created_at: number; last_seen_at: number; address: string; browser: string }>(
        'select id, created_at, last_seen_at, address, browser from login where user_id = ? and expires_at > ? and last_seen_at > ? order by last_seen_at desc, id limit 100',
        [userId, now, now - idleMs],
      ));
      return rows.map((row) => ({ id: row.id, createdAt: row.created_at, lastSeenAt: row.last_seen_at, address: row.address, browser: row.browser }));
    },
  };
}

interface Row {
  id: string;
  last_seen_at: number;
  expires_at: number;
  user_id: string;
  email: string;
  name: string;
  locale: IUser['locale'];
  theme: IUser['theme'];
  tenant_id: string | null;
  role: Role | null;
}

/** 256 bits. */
export const newToken = (): string => randomBytes(32).toString('base64url');
const tokenForm = /^[\w-]{43}$/;

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

// ── cookies ──────────────────────────────────────────────────────────────────────────────────────────────────────────

type Server = Pick<ServerSettings, 'publicUrl'>;

const isHttps = ({ publicUrl }: Server) => publicUrl?.startsWith('https:') === true;
/** The prefix makes browsers refuse a cookie that a neighbouring subdomain or plain http tries to plant. */
const nameOf = (name: string, server: Server) => (isHttps(server) ? `__Host-${name}` : name);
const session = 'switchboard';
/** Before anybody is signed in: ties the sign-in form to the browser it was given to. */
const visit = 'switchboard-visit';

/** @param seconds until the browser forgets it; absent: when it is closed */
export function giveCookie(reply: FastifyReply, server: Server, name: string, value: string, seconds?: number): void {
  reply.setCookie(nameOf(name, server), value, { path: '/', httpOnly: true, sameSite: 'lax', secure: isHttps(server), ...(seconds !== undefined && { maxAge: seconds }) });
}

export function takeCookie(reply: FastifyReply, server: Server, name: string): void {
  giveCookie(reply, server, name, '', 0);
}

export function cookieOf(request: FastifyRequest, server: Server, name: string): string | undefined {
  return request.cookies[nameOf(name, server)];
}

export function tokenOf(request: FastifyRequest, server: Server): string | undefined {
  return tokenIn(request, server, session);
}

export function signIn(reply: FastifyReply, server: Server, token: string): void {
  giveCookie(reply, server, session, token, absoluteMs / 1_000);
  takeCookie(reply, server, visit);
}

export function signOut(reply: FastifyReply, server: Server): void {
  takeCookie(reply, server, session);
}

function tokenIn(request: FastifyRequest, server: Server, name: string): string | undefined {
  const token = cookieOf(request, server, name);
  return token !== undefined && tokenForm.test(token) ? token : undefined;
}

// ── the token of forms ───────────────────────────────────────────────────────────────────────────────────────────────

const formTokenOf = (token: string): string => createHmac('sha256', token).update('switchboard form').digest('base64url');

/** What every form of this browser carries; a page of another site can neither read it nor the cookie it is made of. */
export function formToken(request: FastifyRequest, reply: FastifyReply, server: Server): string {
  const token = tokenOf(request, server) ?? tokenIn(request, server, visit);
  if (token) return formTokenOf(token);
  const fresh = newToken();
  giveCookie(reply, server, visit, fresh);
  return formTokenOf(fresh);
}

export function formTokenFits(given: unknown, request: FastifyRequest, server: Server): boolean {
  if (typeof given !== 'string') return false;
  const cookies = [tokenOf(request, server), tokenIn(request, server, visit)].filter((token) => token !== undefined);
  return cookies.some((token) => sameText(formTokenOf(token), given));
}

/** In the time that it takes for any two texts. */
export function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
