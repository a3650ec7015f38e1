/** A business account: its numbers, its templates, and where its events go. */
import { text } from '#plugin';
import type { Reply } from '../../emulator/stand.ts';
import { no, yes } from './answers.ts';
import type { GraphCall } from './graph.ts';
import { shakesHands } from './hands.ts';
import { described } from './numbers.ts';
import type { State } from './state.ts';
import { createTemplate, deleteTemplates, describedTemplate } from './templates.ts';

export function accountAnswer(call: GraphCall, state: State): Reply | Promise<Reply> {
  const { node: waba, edge, method, query } = call;
  switch (`${method} ${edge ?? ''}`) {
    case 'GET ':
      return yes({ id: waba, name: 'Emulated account' });
    case 'GET phone_numbers':
      return paged([...state.numbers.values()].filter((number) => number.waba === waba).map(described), query);
    case 'GET message_templates': {
      const name = query.get('name');
      return paged([...state.templates.values()].filter((one) => one.waba === waba && (name === null || one.name === name)).map(describedTemplate), query);
    }
    case 'POST message_templates':
      return createTemplate(call, state);
    case 'DELETE message_templates':
      return deleteTemplates(call, state);
    case 'GET subscribed_apps':
    case 'POST subscribed_apps':
    case 'DELETE subscribed_apps':
      return subscribedApps(call, state);
    default:
      return no(2500);
  }
}

/** The address of the next page names a host that is not Meta's, as it may: only its cursor is to be used. */
function paged(all: object[], query: URLSearchParams): Reply {
  const limit = Math.max(1, Number(query.get('limit') ?? 25) || 25);
  const start = Number(Buffer.from(query.get('after') ?? '', 'base64url').toString() || 0);
  const end = start + limit;
  const cursor = (at: number) => Buffer.from(String(at)).toString('base64url');
  return yes({ data: all.slice(start, end), paging: { cursors: { before: cursor(start), after: cursor(end) }, ...(end < all.length && { next: 'https://graph.example.test/next-page' }) } });
}

async function subscribedApps({ node: waba, method, body = {} }: GraphCall, state: State): Promise<Reply> {
  const subscription = state.subscriptions.get(waba);
  if (method === 'GET') {
    const app = { whatsapp_business_api_data: { id: state.appId, name: 'Emulated app', link: 'https://www.facebook.com/games/?app_id=1' } };
    return yes({ data: subscription ? [{ ...app, ...(subscription.override !== undefined && { override_callback_uri: subscription.override }) }] : [] });
  }
  if (method === 'DELETE') {
    state.subscriptions.delete(waba);
    return yes({ success: true });
  }
  const override = text(body.override_callback_uri);
  if (override === undefined) {
    state.subscriptions.set(waba, {});
    return yes({ success: true });
  }
  if (!subscription) return no(100, 'Before override the current callback uri, your app must be subscribed to receive messages for WhatsApp Business Account.');
  if (override.length > 200) return no(100, 'override_callback_uri has at most 200 characters.');
  if (!(await shakesHands(override, text(body.verify_token) ?? ''))) return no(2200, 'The callback URL did not answer the challenge.');
  state.subscriptions.set(waba, { override });
  return yes({ success: true });
}
