/** The Graph API's answers, but for the sending of messages. */
import { request } from 'undici';
import { type Loose, object, text } from '../json.ts';
import { type GraphAnswer, missing, no, yes } from './answers.ts';
import type { EmulatedNumber, State } from './state.ts';

export interface GraphCall {
  method: string;
  /** The first part of the path after the version: a number, the account, the app, or a word. */
  node: string;
  edge: string | undefined;
  query: URLSearchParams;
  body: Loose;
  /** The bearer token. */
  token: string | undefined;
}

export async function graphAnswer(call: GraphCall, state: State): Promise<GraphAnswer> {
  const { node, edge, method, token } = call;
  const isApp = token === `${state.appId}|${state.appSecret}`;
  if (node === 'debug_token') return isApp ? debugToken(call.query.get('input_token') ?? '', state) : no(100, 'You must provide an app access token.');
  if (node === state.appId && edge === 'subscriptions') return isApp ? appSubscriptions(call, state) : no(10);
  if (token === undefined || !state.tokens.has(token)) return no(190);
  if (node === 'me') return yes({ id: '122000000000001', name: 'Emulated system user' });
  if (node === state.waba) {
    if (edge === undefined && method === 'GET') return yes({ id: state.waba, name: 'Emulated account' });
    if (edge === 'phone_numbers' && method === 'GET') return phoneNumbers(call.query, state);
    if (edge === 'subscribed_apps') return subscribedApps(call, state);
    return no(2500);
  }
  const number = state.numbers.get(node);
  if (!number) return missing(node);
  if (edge === undefined && method === 'GET') return yes(described(number));
  if (edge === undefined && method === 'POST') return numberCallback(call, number);
  if (edge === 'register' && method === 'POST') return register(call.body, number);
  return no(2500);
}

function described({ id, phone, name, status, quality }: EmulatedNumber): object {
  return {
    id,
    display_phone_number: `+${phone.slice(0, 2)} ${phone.slice(2, 5)}-${phone.slice(5)}`,
    verified_name: name,
    status,
    quality_rating: quality,
    code_verification_status: 'VERIFIED',
    platform_type: 'CLOUD_API',
    messaging_limit_tier: 'TIER_1K',
  };
}

function phoneNumbers(query: URLSearchParams, state: State): GraphAnswer {
  const limit = Math.max(1, Number(query.get('limit') ?? 25) || 25);
  const start = Number(Buffer.from(query.get('after') ?? '', 'base64url').toString() || 0);
  const all = [...state.numbers.values()];
  const end = start + limit;
  const cursors = { before: Buffer.from(String(start)).toString('base64url'), after: Buffer.from(String(end)).toString('base64url') };
  return yes({ data: all.slice(start, end).map(described), paging: { cursors, ...(end < all.length && { next: 'https://graph.example.test/next-page' }) } });
}

async function subscribedApps({ method, body }: GraphCall, state: State): Promise<GraphAnswer> {
  if (method === 'GET') {
    const app = { whatsapp_business_api_data: { id: state.appId, name: 'Emulated app', link: 'https://www.facebook.com/games/?app_id=1' } };
    return yes({ data: state.subscription ? [{ ...app, ...(state.subscription.override !== undefined && { override_callback_uri: state.subscription.override }) }] : [] });
  }
  if (method === 'DELETE') {
    state.subscription = undefined;
    return yes({ success: true });
  }
  if (method !== 'POST') return no(2500);
  const override = text(body.override_callback_uri);
  if (override === undefined) {
    state.subscription = {};
    return yes({ success: true });
  }
  if (!state.subscription) return no(100, 'Before override the current callback uri, your app must be subscribed to receive messages for WhatsApp Business Account.');
  if (override.length > 200) return no(100, 'override_callback_uri has at most 200 characters.');
  if (!(await shakesHands(override, text(body.verify_token) ?? ''))) return no(2200, 'The callback URL did not answer the challenge.');
  state.subscription = { override };
  return yes({ success: true });
}

async function numberCallback({ body }: GraphCall, number: EmulatedNumber): Promise<GraphAnswer> {
  const configuration = object(body.webhook_configuration);
  const url = text(configuration?.override_callback_uri);
  if (url === undefined) {
    delete number.callback;
    return yes({ success: true });
  }
  if (!(await shakesHands(url, text(configuration?.verify_token) ?? ''))) return no(2200, 'The callback URL did not answer the challenge.');
  number.callback = url;
  return yes({ success: true });
}

async function appSubscriptions({ method, body, query }: GraphCall, state: State): Promise<GraphAnswer> {
  if (method === 'GET') {
    const subscription = { object: 'whatsapp_business_account', callback_url: state.callback, active: true, fields: [{ name: 'messages', version: 'v23.0' }] };
    return yes({ data: state.callback === undefined ? [] : [subscription] });
  }
  const url = text(body.callback_url) ?? query.get('callback_url') ?? '';
  if (!(await shakesHands(url, text(body.verify_token) ?? query.get('verify_token') ?? ''))) return no(2200, 'The callback URL did not answer the challenge.');
  state.callback = url;
  return yes({ success: true });
}

function register(body: Loose, number: EmulatedNumber): GraphAnswer {
  const pin = text(body.pin);
  if (body.messaging_product !== 'whatsapp' || pin === undefined || !/^\d{6}$/.test(pin)) return no(131009, 'pin must be six digits.');
  if (number.pin !== undefined && number.pin !== pin) return no(133005);
  number.pin = pin;
  number.status = 'CONNECTED';
  return yes({ success: true });
}

function debugToken(inspected: string, state: State): GraphAnswer {
  if (!state.tokens.has(inspected)) {
    return yes({ data: { app_id: state.appId, is_valid: false, scopes: [], error: { code: 190, message: 'The access token could not be decrypted', subcode: 463 } } });
  }
  return yes({
    data: {
      app_id: state.appId,
      type: 'SYSTEM_USER',
      application: 'Emulated app',
      is_valid: true,
      expires_at: 0,
      scopes: ['whatsapp_business_management', 'whatsapp_business_messaging', 'public_profile'],
      granular_scopes: [{ scope: 'whatsapp_business_management', target_ids: [state.waba] }, { scope: 'whatsapp_business_messaging' }],
    },
  });
}

/** Meta's GET when a callback URL is saved: our challenge must come back bare. */
export async function handshake(url: string, verifyToken: string): Promise<{ ok: boolean; status?: number; body?: string }> {
  const challenge = String(Math.floor(Math.random() * 1e10));
  const target = URL.parse(url);
  if (!target) return { ok: false };
  target.searchParams.set('hub.mode', 'subscribe');
  target.searchParams.set('hub.challenge', challenge);
  target.searchParams.set('hub.verify_token', verifyToken);
  try {
    const answer = await request(target, { headersTimeout: 10_000, bodyTimeout: 10_000 });
    const body = await answer.body.text();
    return { ok: answer.statusCode === 200 && body === challenge, status: answer.statusCode, body };
  } catch {
    return { ok: false };
  }
}

async function shakesHands(url: string, verifyToken: string): Promise<boolean> {
  return (await handshake(url, verifyToken)).ok;
}
