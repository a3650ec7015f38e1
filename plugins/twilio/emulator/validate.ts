/** What Twilio refuses in the form of POST Messages.json. */
import { jsonIn, object } from '#plugin';
import type { Reply } from '../../emulator/stand.ts';
import { no } from './answers.ts';
import type { State } from './state.ts';

/** Undefined when the message may be sent. */
export function refusalOf(form: Readonly<Record<string, string>>, state: State): Reply | undefined {
  const { To: to, From: from, MessagingServiceSid: service, Body: body, MediaUrl: media, ContentSid: content, ContentVariables: variables, StatusCallback: callback } = form;
  if (to === undefined || to === '') return no(21604);
  if (from === undefined && service === undefined) return no(21602, 'A From or a MessagingServiceSid is required.');
  if (from !== undefined && !from.startsWith('whatsapp:')) return no(21212, from);
  if (!to.startsWith('whatsapp:')) return no(21612, to);
  if (!/^whatsapp:(\+[1-9]\d{5,14}|[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]+)$/.test(to)) return no(21211, to);
  if (from !== undefined && !state.senders.has(from)) return no(63007, from);
  if (service !== undefined && service !== state.service?.sid) return no(20404, service);
  if (callback !== undefined && !isReachable(callback)) return no(21609, callback);
  if (body === undefined && media === undefined && content === undefined) return no(21602);
  if (body !== undefined && [...body].length > 1600) return no(21617);
  if (media !== undefined && !URL.canParse(media)) return no(21620, media);
  if (variables !== undefined && content === undefined) return no(21654);
  if (content === undefined) return undefined;
  if (body !== undefined || media !== undefined) return no(21655, 'Remove Body and MediaUrl.');
  if (!state.contents.has(content)) return no(21655, content);
  return variables === undefined ? undefined : variablesFault(variables);
}

/** A host name may hold no underscore. */
function isReachable(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && /^https?:$/.test(parsed.protocol) && !parsed.hostname.includes('_');
}

function variablesFault(written: string): Reply | undefined {
  const values = object(jsonIn(written));
  if (!values) return no(21656, 'It is no JSON object.');
  const wrong = Object.entries(values).find(([, value]) => typeof value !== 'string' || value === '' || /[\n\t]| {5}/.test(value));
  return wrong && no(21656, `{{${wrong[0]}}}`);
}

/** What Twilio says of a Content resource before it makes it; the members are those of its OpenAPI description. */
export function contentFault(body: unknown): string | undefined {
  const types = object(object(body)?.types);
  if (typeof object(body)?.language !== 'string') return 'language is required.';
  if (!types || Object.keys(types).length === 0) return 'types is required.';
  for (const [name, given] of Object.entries(types)) {
    const type = object(given);
    const allowed = members[name];
    if (!allowed || !type) return `${name} is not a content type.`;
    const unknown = Object.keys(type).find((member) => !allowed.includes(member));
    if (unknown !== undefined) return `${name} has no ${unknown}.`;
    if (name === 'twilio/quick-reply' && lengthOf(type.actions) > 10) return 'There are too many actions.';
    if (name === 'twilio/list-picker' && (lengthOf(type.items) > 10 || typeof type.button !== 'string')) return 'A list has a button and at most 10 items.';
  }
  return undefined;
}

const lengthOf = (list: unknown) => (Array.isArray(list) ? list.length : 0);

const members: Record<string, readonly string[]> = {
  'twilio/text': ['body'],
  'twilio/media': ['body', 'media'],
  'twilio/location': ['latitude', 'longitude', 'label', 'id', 'address'],
  'twilio/list-picker': ['body', 'button', 'items'],
  'twilio/call-to-action': ['body', 'actions'],
  'twilio/quick-reply': ['body', 'actions'],
  'twilio/card': ['title', 'subtitle', 'media', 'actions'],
  'whatsapp/card': ['body', 'footer', 'media', 'header_text', 'actions'],
  'whatsapp/authentication': ['add_security_recommendation', 'code_expiration_minutes', 'actions'],
};
