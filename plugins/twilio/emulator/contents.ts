/** Content resources: made, listed with what WhatsApp says of them, handed in for approval, deleted. */
import { jsonIn, object, text, type Loose } from '#plugin';
import type { Reply } from '../../emulator/stand.ts';
import { no, nothing, page, yes } from './answers.ts';
import { type EmulatedContent, newSid, type State } from './state.ts';
import { contentFault } from './validate.ts';

interface Asked {
  method: string;
  /** What stands in the path behind /v1/Content. */
  sid: string | undefined;
  edge: string | undefined;
  body: string;
}

export function contentAnswer({ method, sid, edge, body }: Asked, state: State): Reply {
  const given = object(jsonIn(body));
  if (sid === undefined) return method === 'POST' ? made(given, state) : no(20404);
  const content = state.contents.get(sid);
  if (!content) return no(20404);
  switch (`${method} ${edge ?? ''}`) {
    case 'GET ':
      return yes(resource(content, state));
    case 'DELETE ':
      state.contents.delete(sid);
      return nothing;
    case 'POST ApprovalRequests/whatsapp':
      return handedIn(content, given);
    case 'GET ApprovalRequests':
      return yes({ sid, account_sid: state.accountSid, whatsapp: { type: 'whatsapp', ...approval(content) }, url: `${state.url}/v1/Content/${sid}/ApprovalRequests` });
    default:
      return no(20404);
  }
}

export function contentList(query: URLSearchParams, state: State): Reply {
  const items = [...state.contents.values()].map((content) => ({ ...resource(content, state), approval_requests: approval(content) }));
  return yes(page(items, 'contents', query, `${state.url}/v1/ContentAndApprovals`));
}

function made(body: Loose | undefined, state: State): Reply {
  const fault = contentFault(body);
  if (fault !== undefined) return no(21656, fault, 400);
  const content: EmulatedContent = {
    sid: newSid('HX'),
    name: text(body?.friendly_name) ?? '',
    language: text(body?.language) ?? 'en',
    variables: Object.fromEntries(Object.entries(object(body?.variables) ?? {}).map(([key, value]) => [key, text(value) ?? ''])),
    types: { ...object(body?.types) },
    approval: { name: '', category: '', status: 'unsubmitted', reason: '' },
    at: Date.now(),
  };
  state.contents.set(content.sid, content);
  return yes(resource(content, state), 201);
}

function handedIn(content: EmulatedContent, body: Loose | undefined): Reply {
  const name = text(body?.name) ?? '';
  const category = text(body?.category) ?? '';
  if (!/^[a-z0-9_]+$/.test(name)) return no(20001, 'A name has lower-case letters, digits and underscores.', 400);
  if (!['UTILITY', 'MARKETING', 'AUTHENTICATION'].includes(category)) return no(20001, 'The category is not known.', 400);
  content.approval = { name, category, status: 'received', reason: '' };
  return yes(approval(content), 201);
}

function approval({ approval: { name, category, status, reason }, types }: EmulatedContent): object {
  return { name, category, content_type: Object.keys(types)[0] ?? '', status, rejection_reason: reason, allow_category_change: true };
}

function resource(content: EmulatedContent, state: State): object {
  const url = `${state.url}/v1/Content/${content.sid}`;
  const date = new Date(content.at).toISOString();
  return {
    sid: content.sid, account_sid: state.accountSid, friendly_name: content.name, language: content.language, variables: content.variables, types: content.types,
    url, date_created: date, date_updated: date, links: { approval_create: `${url}/ApprovalRequests/whatsapp`, approval_fetch: `${url}/ApprovalRequests` },
  };
}
