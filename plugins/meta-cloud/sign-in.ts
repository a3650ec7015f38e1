/**
 * Embedded Signup: somebody signs in with Meta in the browser and brings a code; everything else is asked of Meta, server to server. What
 * the browser says about accounts and numbers is a hint. The code lives thirty seconds and works once, so nothing here waits or repeats.
 */
import { randomBytes } from 'node:crypto';
import { object, short, text, type CheckLine, type Json, type Loose } from '#plugin';
import { ask, askAll, call, graphError, type MetaContext, Refused } from './graph.ts';
import { needsRegistering, numberFields, numberLine } from './numbers.ts';
import { register } from './register.ts';
import type { Settings } from './settings.ts';
import { en } from './texts/en.ts';
import { inspect, tokenLines, type Token } from './token.ts';

type Server = Record<string, string | undefined>;

const needed = ['META_APP_ID', 'META_APP_SECRET', 'META_CONFIG_ID'] as const;

/** Why sign-in cannot be offered on this server. */
export function missing(server: Server): string | undefined {
  const absent = needed.filter((name) => (server[name] ?? '').trim() === '');
  return absent.length === 0 ? undefined : `Signing in with Meta needs ${absent.join(', ')} on this server.`;
}

/** What the scripts and frames of the page that signs in are loaded from, as Meta's SDK does it. */
export const origins = {
  script: ['https://connect.facebook.net'],
  frame: ['https://www.facebook.com', 'https://web.facebook.com', 'https://staticxx.facebook.com'],
};

/** What the page needs to know. `messageOrigins` are the exact hosts whose messages may be believed to be the popup's. */
export function page(server: Server): Record<string, string> {
  return {
    appId: server.META_APP_ID ?? '',
    configId: server.META_CONFIG_ID ?? '',
    version: 'v25.0',
    sdkUrl: 'https://connect.facebook.net/en_US/sdk.js',
    dialogUrl: 'https://www.facebook.com/v25.0/dialog/oauth',
    messageOrigins: 'https://www.facebook.com https://web.facebook.com https://facebook.com',
  };
}

/** A sentence for the operator; `problem` is its key in the texts, for who speaks another language. */
export class SignInFailed extends Error {
  readonly problem: keyof typeof en;
  readonly params: Record<string, string>;
  constructor(problem: keyof typeof en, params: Record<string, string> = {}) {
    super(en[problem].replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => params[name] ?? ''));
    this.problem = problem;
    this.params = params;
  }
}

/** What the browser brought. `session` is Meta's message WA_EMBEDDED_SIGNUP as it came: a text that holds JSON, or an object. */
interface Brought {
  code: string | undefined;
  /** Of the way without Meta's script: the address that Meta sent the browser back to, character for character. */
  redirectUri: string | undefined;
  pin: string | undefined;
  event: string | undefined;
  about: Loose;
}

function broughtBy(input: Json): Brought {
  const given = object(input) ?? {};
  const session = object(typeof given.session === 'string' ? parsed(given.session) : given.session);
  return { code: text(given.code), redirectUri: text(given.redirectUri), pin: text(given.pin), event: text(session?.event), about: object(session?.data) ?? {} };
}

function parsed(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}

/**
 * The settings of a connection, its numbers, and lines about what is still to do. The app is subscribed to the account afterwards; sending
 * the account's events to this connection's own address is `subscribe.set`, once the connection is saved and can answer Meta's handshake.
 * @throws SignInFailed in words for the operator; NotSent, Silence when Meta cannot be reached
 */
export async function finish(input: Json, server: Server, ctx: MetaContext): Promise<{ settings: Settings; accounts: string[]; lines: CheckLine[] }> {
  if (missing(server) !== undefined) throw new SignInFailed('signIn.notConfigured');
  const app = { appId: (server.META_APP_ID ?? '').trim(), appSecret: (server.META_APP_SECRET ?? '').trim() };
  const brought = broughtBy(input);
  const code = codeOf(brought);
  const accessToken = await exchanged(code, brought.redirectUri, app, ctx);
  const own: MetaContext = { ...ctx, settings: { ...ctx.settings, ...app, accessToken } };
  const token = await inspected(accessToken, app, own);
  const { account, others, numbers } = await accountFor(token, text(brought.about.waba_id), own);
  const chosen = numberFor(numbers, text(brought.about.phone_number_id));
  await subscribed(account, own);
  const coexists = chosen?.is_on_biz_app === true || brought.event === 'FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING';
  const id = text(chosen?.id);
  const lines = [
    ...tokenLines(token, { appId: app.appId, businessAccountId: account, now: ctx.now() }),
    ...(others.length > 0 ? [{ what: 'account', state: 'doubtful' as const, said: 'signIn.otherAccounts', mend: 'signIn.otherAccounts.mend', params: { account, others: others.join(', ') }, field: 'businessAccountId' }] : []),
    ...(await linesOf(numbers, chosen, brought.pin, coexists, own)),
  ];
  const { verifyToken } = ctx.settings;
  const settings: Settings = {
    ...ctx.settings,
    ...app,
    accessToken,
    verifyToken: verifyToken?.trim() ? verifyToken : randomBytes(24).toString('base64url'),
    businessAccountId: account,
    messagesPerSecond: coexists ? 20 : (ctx.settings.messagesPerSecond ?? 80),
    ...(id !== undefined && { phoneNumberIds: [id] }),
  };
  return { settings, accounts: id === undefined ? [] : [id], lines };
}

// ── the browser's part ───────────────────────────────────────────────────────────────────────────────────────────────

function codeOf({ code, event, about }: Brought): string {
  // Meta reports what went wrong inside the flow as CANCEL here and as ERROR there: its words decide.
  const words = short(about.error_message);
  if (words !== undefined) throw new SignInFailed('signIn.reported', { words, session: text(about.session_id) ?? '–' });
  if (event === 'FINISH_OBO_MIGRATION' || event === 'FINISH_GRANT_ONLY_API_ACCESS') throw new SignInFailed('signIn.notSupported', { event });
  if (event === 'CANCEL' || code === undefined) throw new SignInFailed('signIn.cancelled', { step: short(about.current_step, 60) ?? '–' });
  if (code.length > 2000) throw new SignInFailed('signIn.codeUsed');
  return code;
}

// ── Meta's part ──────────────────────────────────────────────────────────────────────────────────────────────────────

interface App {
  appId: string;
  appSecret: string;
}

/** Meta's words are left out: they may quote the request, which holds the secret and the code. */
async function exchanged(code: string, redirectUri: string | undefined, { appId, appSecret }: App, ctx: MetaContext): Promise<string> {
  const query = { client_id: appId, client_secret: appSecret, code, ...(redirectUri !== undefined && { redirect_uri: redirectUri }) };
  const answer = await call(ctx, 'oauth/access_token', { query, token: null });
  const error = graphError(answer, ctx.settings);
  if (error) {
    if (error.code === '1' || error.code === '101') throw new SignInFailed('signIn.secret');
    throw new SignInFailed(error.code === '100' ? 'signIn.codeUsed' : 'signIn.exchange', { code: error.code });
  }
  if (answer.status !== 200) throw new SignInFailed('signIn.exchange', { code: `HTTP ${answer.status}` });
  const token = text(object(answer.json())?.access_token);
  if (token === undefined) throw new SignInFailed('signIn.exchange', { code: '–' });
  return token;
}

async function inspected(accessToken: string, app: App, ctx: MetaContext): Promise<Token> {
  const token = await orFailed(() => inspect(accessToken, app, ctx), 'signIn.inspect');
  if (!token.valid || token.app !== app.appId) throw new SignInFailed('signIn.token');
  return token;
}

async function orFailed<T>(work: () => Promise<T>, problem: keyof typeof en): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused) throw new SignInFailed(problem, { code: error.code });
    throw error;
  }
}

/** Whether the token may look at the account's numbers is the only proof that it may use it. */
async function accountFor(token: Token, hint: string | undefined, ctx: MetaContext): Promise<{ account: string; others: string[]; numbers: Loose[] }> {
  if (hint !== undefined && (!/^\d{5,32}$/.test(hint) || (token.accounts.length > 0 && !token.accounts.includes(hint)))) throw new SignInFailed('signIn.otherAccount');
  const candidates = hint === undefined ? token.accounts : [hint];
  if (candidates.length === 0) throw new SignInFailed('signIn.noAccount');
  let refused = '';
  for (const account of candidates.slice(0, 20)) {
    try {
      const numbers = await askAll(ctx, `${encodeURIComponent(account)}/phone_numbers`, { fields: numberFields });
      return { account, others: candidates.filter((one) => one !== account), numbers };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused = error.code;
    }
  }
  throw new SignInFailed('signIn.noAccess', { code: refused });
}

/** The one that was chosen, if it is the account's; the only one where nothing was said; never several by themselves. */
function numberFor(numbers: readonly Loose[], hint: string | undefined): Loose | undefined {
  if (hint === undefined) return numbers.length === 1 ? numbers[0] : undefined;
  const chosen = numbers.find(({ id }) => text(id) === hint);
  if (!chosen) throw new SignInFailed('signIn.otherNumber');
  return chosen;
}

/** Without it nothing arrives, so a refusal ends the sign-in; a yes is looked up once more. */
async function subscribed(account: string, ctx: MetaContext): Promise<void> {
  const path = `${account}/subscribed_apps`;
  const apps = await orFailed(async () => {
    await ask(ctx, path, { body: {} });
    return await askAll(ctx, path, {});
  }, 'signIn.subscribe');
  if (!apps.some((app) => (text(object(app.whatsapp_business_api_data)?.id) ?? text(app.id)) === ctx.settings.appId)) throw new SignInFailed('signIn.subscribe', { code: '–' });
}

async function linesOf(numbers: readonly Loose[], chosen: Loose | undefined, pin: string | undefined, coexists: boolean, ctx: MetaContext): Promise<CheckLine[]> {
  if (numbers.length === 0) return [{ what: 'numbers', state: 'not-yet', said: 'doctor.numbers.none', mend: 'doctor.numbers.add' }];
  if (!chosen) return [{ what: 'numbers', state: 'not-yet', said: 'signIn.choose', mend: 'signIn.choose.mend', params: { count: String(numbers.length) } }];
  if (coexists || !needsRegistering(chosen)) return [numberLine({ ...chosen, ...(coexists && { is_on_biz_app: true }) })];
  // Never with a PIN of our own choosing: it would become the number's.
  return pin === undefined ? [numberLine(chosen)] : [await register(text(chosen.id) ?? '', pin, ctx)];
}
