/** The Graph API's answers, but for the sending of messages: which part of it a path means. */
import type { Loose } from '#plugin';
import { accountAnswer } from './accounts.ts';
import type { Reply } from '../../emulator/stand.ts';
import { missing, no, yes } from './answers.ts';
import { debugToken, exchange, subscriptions, uploadBytes, uploadSession } from './apps.ts';
import { fileAnswer, takeFile } from './files.ts';
import { numberAnswer } from './numbers.ts';
import { isAlive, mayUse, type State } from './state.ts';
import { templateAnswer } from './templates.ts';

export interface GraphCall {
  method: string;
  /** The first part of the path after the version: a number, the account, the app, a file, a template, or a word. */
  node: string;
  edge: string | undefined;
  query: URLSearchParams;
  /** Undefined when it is not a JSON object. */
  body: Loose | undefined;
  raw: Buffer;
  contentType: string;
  /** The bearer token. */
  token: string | undefined;
}

export async function graphAnswer(call: GraphCall, state: State): Promise<Reply> {
  const { node, edge, method, token } = call;
  if (node === 'oauth' && edge === 'access_token') return exchange(call.query, state);
  if (node.startsWith('upload:')) return uploadBytes(call, state);
  const isApp = token === `${state.appId}|${state.appSecret}`;
  if (node === 'debug_token') return isApp ? debugToken(call.query.get('input_token') ?? '', state) : no(100, 'You must provide an app access token.');
  if (node === state.appId && edge === 'subscriptions') return isApp ? subscriptions(call, state) : no(10);
  if (!isAlive(state, token)) return no(190);
  if (node === state.appId && edge === 'uploads' && method === 'POST') return uploadSession(call, state);
  if (node === 'me') return yes({ id: '122000000000001', name: 'Emulated system user' });
  if (state.accounts.has(node)) return mayUse(state, token, node) ? accountAnswer(call, state) : no(200);
  const number = state.numbers.get(node);
  const owner = number?.waba ?? state.templates.get(node)?.waba;
  if (owner !== undefined && !mayUse(state, token, owner)) return missing(node);
  if (number) return edge === 'media' && method === 'POST' ? takeFile(call, state) : numberAnswer(call, number);
  if (state.templates.has(node)) return templateAnswer(call, state);
  return state.files.has(node) ? fileAnswer(call, state) : missing(node);
}
