/** The doctor: each line says what was tried, what Twilio answered and how to mend it; what is broken comes first. */
import { NotSent, Silence, object, objects, short, text, type CheckLine, type Loose } from '#plugin';
import { sandbox } from './address.ts';
import { ask, askAll, Refused, type TwilioContext } from './api.ts';
import { isOnline, sendersOf } from './numbers.ts';
import { readSubscription } from './subscribe.ts';

const order: Record<CheckLine['state'], number> = { broken: 0, doubtful: 1, 'not-yet': 2, ok: 3 };

export async function check(ctx: TwilioContext): Promise<CheckLine[]> {
  const parts = await Promise.all([credentials(ctx), apiKey(ctx), senders(ctx), service(ctx), subscription(ctx), statusUrl(ctx)]);
  return parts.flat().sort((one, other) => order[one.state] - order[other.state]);
}

const accountPath = ({ settings }: TwilioContext) => `/2010-04-01/Accounts/${settings.accountSid}.json`;

/** Twilio refuses a wrong SID and a wrong token in the same words: what is told together with the other answer is said, and both are marked where nothing is. */
async function credentials(ctx: TwilioContext): Promise<CheckLine[]> {
  const [found, signing] = await Promise.all([account(ctx), signingToken(ctx)]);
  const [first] = found;
  // There is no such account, so nothing was tested that belongs to it.
  if (first?.field === 'accountSid' && first.what === 'token') return found;
  const asked = [...found, ...signing].filter(({ what }) => what === 'token' || what === 'auth-token');
  if (!asked.every(({ mend }) => mend === 'doctor.mend.token' || mend === 'doctor.mend.key')) return [...found, ...signing];
  const said = hasKey(ctx) ? 'doctor.sidFitsNothing' : 'doctor.sidOrToken';
  return [...found, ...signing, { what: 'account-sid', state: 'broken', said, mend: 'doctor.mend.account', field: 'accountSid' }];
}

async function account(ctx: TwilioContext): Promise<CheckLine[]> {
  try {
    const found = await ask(ctx, 'api', accountPath(ctx));
    const name = text(found.friendly_name) ?? ctx.settings.accountSid;
    const lines: CheckLine[] = [{ what: 'token', state: 'ok', said: 'doctor.account', params: { name } }];
    const status = text(found.status);
    if (status !== 'active') lines.push({ what: 'account', state: 'broken', said: 'doctor.accountStatus', params: { name, status: status ?? '?' }, mend: 'doctor.accountStatus.mend', field: 'accountSid' });
    if (text(found.type) === 'Trial') lines.push({ what: 'account', state: 'doubtful', said: 'doctor.trial', mend: 'doctor.trial.mend' });
    return lines;
  } catch (error) {
    return [failed('token', 'doctor.accountFailed', error, hasKey(ctx) ? 'keySecret' : 'authToken')];
  }
}

function hasKey({ settings: { keySid, keySecret } }: TwilioContext): boolean {
  return keySid !== undefined && keySecret !== undefined;
}

/** Where calls are made with a key, nothing else shows that the token which signs the webhooks is right. */
async function signingToken(ctx: TwilioContext): Promise<CheckLine[]> {
  const { accountSid, authToken } = ctx.settings;
  if (authToken.trim() === '') return [{ what: 'auth-token', state: 'broken', said: 'doctor.noAuthToken', mend: 'doctor.noAuthToken.mend', field: 'authToken' }];
  if (!hasKey(ctx)) return [];
  try {
    await ask(ctx, 'api', accountPath(ctx), { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` });
    return [{ what: 'auth-token', state: 'ok', said: 'doctor.authToken' }];
  } catch (error) {
    return [failed('auth-token', 'doctor.authTokenFailed', error, 'authToken')];
  }
}

async function apiKey({ settings: { keySid, keySecret } }: TwilioContext): Promise<CheckLine[]> {
  if ((keySid === undefined) === (keySecret === undefined)) return [];
  return [{ what: 'api-key', state: 'broken', said: 'doctor.halfKey', mend: 'doctor.halfKey.mend', field: keySid === undefined ? 'keySid' : 'keySecret' }];
}

async function senders(ctx: TwilioContext): Promise<CheckLine[]> {
  const wanted = (ctx.settings.senders ?? []).filter((sender) => sender !== sandbox);
  try {
    const found = await sendersOf(ctx);
    if (found.length === 0 && wanted.length === 0) return [{ what: 'senders', state: 'not-yet', said: 'doctor.noSenders', mend: 'doctor.noSenders.mend', field: 'senders' }];
    const byAddress = new Map(found.map((sender) => [text(sender.sender_id) ?? '', sender]));
    const known = [...byAddress.keys()].map(plain);
    return wanted.map((address) => senderLine(address, byAddress.get(address), known));
  } catch (error) {
    const line = failed('senders', 'doctor.sendersFailed', error, 'accountSid');
    // A restricted key may send and yet not read the senders; wrong credentials have a line of their own.
    return [line.state === 'broken' ? { ...line, state: 'doubtful' } : line];
  }
}

const plain = (address: string) => address.replace('whatsapp:', '');

function senderLine(address: string, sender: Loose | undefined, known: readonly string[]): CheckLine {
  const what = `number ${address}`;
  const name = plain(address);
  if (!sender) {
    const params = { name, known: [...known.slice(0, 5), ...(known.length > 5 ? ['…'] : [])].join(', ') };
    return { what, state: 'broken', said: 'doctor.unknownSender', params, mend: known.length > 0 ? 'doctor.unknownSender.choose' : 'doctor.unknownSender.mend', field: 'senders' };
  }
  if (!isOnline(sender)) {
    const reasons = objects(sender.offline_reasons).flatMap((reason) => short(reason.message) ?? short(reason.code) ?? []).join(' ');
    return { what, state: text(sender.status) === 'OFFLINE' ? 'broken' : 'not-yet', said: 'doctor.offline', params: { name, status: text(sender.status) ?? '?' }, mend: 'doctor.offline.mend', field: 'senders', ...(reasons !== '' && { answered: reasons }) };
  }
  const properties = object(sender.properties);
  const quality = text(properties?.quality_rating);
  const limit = short(properties?.messaging_limit, 60) ?? '?';
  if (quality === 'LOW' || quality === 'MEDIUM') return { what, state: 'doubtful', said: 'doctor.quality', params: { name, quality, limit }, mend: 'doctor.quality.mend' };
  return { what, state: 'ok', said: 'doctor.online', params: { name, quality: quality ?? '?', limit } };
}

/** A message with a Messaging Service is refused unless its sender is in there. */
async function service(ctx: TwilioContext): Promise<CheckLine[]> {
  const { messagingServiceSid: sid, senders: wanted = [] } = ctx.settings;
  if (sid === undefined) return [];
  try {
    const members = await askAll(ctx, 'messaging', `/v1/Services/${sid}/ChannelSenders`, 'senders', { PageSize: '50' });
    const known = new Set(members.flatMap((member) => text(member.sender) ?? []));
    const missing = wanted.filter((sender) => !known.has(sender));
    if (missing.length === 0) return [{ what: 'service', state: 'ok', said: 'doctor.service' }];
    return [{ what: 'service', state: 'broken', said: 'doctor.notInService', params: { name: missing.join(', ').replaceAll('whatsapp:', '') }, mend: 'doctor.notInService.mend', field: 'messagingServiceSid' }];
  } catch (error) {
    return [failed('service', 'doctor.serviceFailed', error, 'messagingServiceSid')];
  }
}

async function subscription(ctx: TwilioContext): Promise<CheckLine[]> {
  const what = 'subscription';
  const own = (ctx.settings.senders ?? []).filter((sender) => sender !== sandbox);
  if (own.length === 0 && ctx.settings.messagingServiceSid === undefined) return [{ what, state: 'not-yet', said: 'doctor.sandboxUrl', params: { url: ctx.callbackUrl() }, mend: 'doctor.sandboxUrl.mend' }];
  try {
    const { state, url } = await readSubscription(ctx);
    if (state === 'ours') return [{ what, state: 'ok', said: 'doctor.ours' }];
    if (state === 'none') return [{ what, state: 'broken', said: 'doctor.nowhere', mend: 'doctor.nowhere.mend', field: 'senders' }];
    return [{ what, state: 'broken', said: 'doctor.elsewhere', params: { url: url ?? '' }, mend: 'doctor.elsewhere.mend', field: 'senders' }];
  } catch (error) {
    return [failed(what, 'doctor.subscriptionFailed', error, 'accountSid')];
  }
}

/** An address for statuses that Twilio refuses, and every message with it (errors 21609, 21623), seen before the first one. */
async function statusUrl(ctx: TwilioContext): Promise<CheckLine[]> {
  const url = URL.parse(ctx.callbackUrl());
  if (ctx.settings.apiBaseUrl !== '' || !url) return [];
  if (url.hostname.includes('_')) return [{ what: 'status-url', state: 'broken', said: 'doctor.underscore', params: { name: url.hostname }, mend: 'doctor.underscore.mend' }];
  if (!url.hostname.includes('.')) return [{ what: 'status-url', state: 'broken', said: 'doctor.notPublic', params: { name: url.host }, mend: 'doctor.notPublic.mend' }];
  return [];
}

/** What Twilio refused is broken; where no answer came nobody knows. What is neither is a fault of ours and goes on up. */
function failed(what: string, said: string, error: unknown, field: string): CheckLine {
  if (error instanceof Refused) return { what, state: 'broken', said: what === 'token' && isCredentials(error.code) ? 'doctor.refused' : said, answered: error.message, ...mendFor(error.code, field) };
  if (error instanceof NotSent || error instanceof Silence) return { what, state: 'doubtful', said, answered: error.message, mend: 'doctor.later' };
  throw error;
}

const isCredentials = (code: string) => code === '20003' || code === 'http-401';

function mendFor(code: string, field: string): Pick<CheckLine, 'mend' | 'field'> {
  if (isCredentials(code)) return { mend: field === 'keySecret' ? 'doctor.mend.key' : 'doctor.mend.token', field };
  if (code === '20008') return { mend: 'doctor.mend.test', field: 'accountSid' };
  if (code === '20404') return field === 'messagingServiceSid' ? { mend: 'doctor.mend.service', field } : { mend: 'doctor.mend.account', field: 'accountSid' };
  if (/^http-(3\d\d|404|405)$/.test(code)) return { mend: 'doctor.mend.baseUrl', field: 'apiBaseUrl' };
  return { mend: 'doctor.mend.permission', field };
}
