/** What is the app's: its callback, the inspection of tokens, the exchange of a sign-in's code, the upload of samples. */
import { randomBytes } from 'node:crypto';
import { text } from '#plugin';
import type { Reply } from '../../emulator/stand.ts';
import { no, yes } from './answers.ts';
import type { GraphCall } from './graph.ts';
import { shakesHands } from './hands.ts';
import { type IssuedToken, isAlive, type State } from './state.ts';

export async function subscriptions({ method, body = {}, query }: GraphCall, state: State): Promise<Reply> {
  if (method === 'GET') {
    const subscription = { object: 'whatsapp_business_account', callback_url: state.callback, active: true, fields: [{ name: 'messages', version: 'v23.0' }] };
    return yes({ data: state.callback === undefined ? [] : [subscription] });
  }
  const url = text(body.callback_url) ?? query.get('callback_url') ?? '';
  if (!(await shakesHands(url, text(body.verify_token) ?? query.get('verify_token') ?? ''))) return no(2200, 'The callback URL did not answer the challenge.');
  state.callback = url;
  return yes({ success: true });
}

/** An invalid token is an answer, a token of another app is a refusal. */
export function debugToken(inspected: string, state: State): Reply {
  const issued = state.tokens.get(inspected);
  if (issued && issued.app !== state.appId) return no(100, 'The App_id in the input_token did not match the Viewing App.');
  if (!issued || !isAlive(state, inspected)) {
    return yes({ data: { app_id: state.appId, is_valid: false, scopes: [], error: { code: 190, message: issued ? 'Error validating access token: Session has expired' : 'The access token could not be decrypted', subcode: 463 } } });
  }
  const management = issued.targets === 'renamed' ? 'whatsapp_business_manage_events' : 'whatsapp_business_management';
  const accounts = issued.accounts ?? [...state.accounts];
  const ids = issued.targets === 'numbers' ? accounts.map(Number) : accounts;
  const narrowed = issued.targets === 'none' ? {} : { target_ids: ids };
  return yes({
    data: {
      app_id: issued.app,
      type: 'SYSTEM_USER',
      application: 'Emulated app',
      is_valid: true,
      expires_at: issued.expiresAt,
      scopes: [management, 'whatsapp_business_messaging', 'public_profile'],
      granular_scopes: [{ scope: management, ...narrowed }, { scope: 'whatsapp_business_messaging', ...narrowed }],
    },
  });
}

// ── signing in ───────────────────────────────────────────────────────────────────────────────────────────────────────

const codeLife = 30_000;

/** @param at when it was made: an old one is refused */
export function issueCode(state: State, { redirectUri, at = Date.now(), ...granted }: Partial<IssuedToken> & { redirectUri?: string | undefined; at?: number }): string {
  const token = `EAA${randomBytes(24).toString('hex')}`;
  state.tokens.set(token, { expiresAt: 0, revoked: false, app: state.appId, targets: 'usual', ...granted });
  const code = `AQ${randomBytes(24).toString('base64url')}`;
  state.codes.set(code, { at, used: false, token, redirectUri });
  return code;
}

/** Thirty seconds, once, and by the app and address it was made for. */
export function exchange(query: URLSearchParams, state: State): Reply {
  if (query.get('client_id') !== state.appId) return no(101, 'Error validating application.');
  if (query.get('client_secret') !== state.appSecret) return no(1, 'Error validating client secret.', 400);
  const code = state.codes.get(query.get('code') ?? '');
  if (!code) return no(100, 'Invalid verification code format.');
  if (code.used) return no(100, 'This authorization code has been used.');
  if (Date.now() - code.at > codeLife) return no(100, 'This authorization code has expired.');
  if ((query.get('redirect_uri') ?? undefined) !== code.redirectUri) return no(100, 'Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request');
  code.used = true;
  return yes({ access_token: code.token, token_type: 'bearer' });
}

// ── samples of headers ───────────────────────────────────────────────────────────────────────────────────────────────

export function uploadSession({ query }: GraphCall, state: State): Reply {
  const bytes = Number(query.get('file_length'));
  if (!Number.isInteger(bytes) || bytes < 1 || !/^(image|video|application)\//.test(query.get('file_type') ?? '')) return no(100, 'file_length and file_type are required.');
  const id = `upload:MTph${randomBytes(12).toString('hex')}?sig=ARX${randomBytes(6).toString('hex')}`;
  state.uploads.set(id, bytes);
  return yes({ id });
}

/** The token comes under the scheme OAuth here, and the offset as a header. */
export function uploadBytes({ node, query, raw, token }: GraphCall, state: State): Reply {
  if (!isAlive(state, token)) return no(190);
  const id = `${node}?sig=${query.get('sig') ?? ''}`;
  if (state.uploads.get(id) !== raw.length) return no(100, 'This is not the file that the session was opened for.');
  state.uploads.delete(id);
  return yes({ h: `4::${randomBytes(30).toString('base64')}:e:1767225600:${state.appId}:1:ARb` });
}
