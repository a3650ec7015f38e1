/** Messages that are sent: taken, remembered, and shown in the list that an unknown outcome is looked for in. */
import { jsonIn, object, objects, text } from '#plugin';
import type { Reply } from '../../emulator/stand.ts';
import { yes } from './answers.ts';
import { type AcceptedMessage, type EmulatedContent, newSid, personIn, type State } from './state.ts';
import { refusalOf } from './validate.ts';

type Form = Readonly<Record<string, string>>;

export function takeMessage(form: Form, state: State): { answer: Reply; message?: AcceptedMessage } {
  const refusal = refusalOf(form, state);
  if (refusal) return { answer: refusal };
  const content = form.ContentSid === undefined ? undefined : state.contents.get(form.ContentSid);
  const type = kindOf(form);
  const ref = URL.parse(form.StatusCallback ?? '')?.searchParams.get('ref');
  const words = content ? rendered(content, form.ContentVariables) : form.Body;
  const message: AcceptedMessage = {
    id: newSid(type === 'media' || type === 'content' ? 'MM' : 'SM'),
    to: personIn(form.To ?? ''),
    account: form.From ?? [...state.senders.keys()][0] ?? '',
    type,
    body: form,
    at: Date.now(),
    status: form.MessagingServiceSid === undefined ? 'queued' : 'accepted',
    ...(ref && { ref }),
    ...(words !== undefined && { text: words }),
  };
  state.messages.push(message);
  return { answer: yes(resource(message, state), 201), message };
}

function kindOf(form: Form): AcceptedMessage['type'] {
  if (form.ContentSid !== undefined) return 'content';
  if (form.MediaUrl !== undefined) return 'media';
  return form.PersistentAction === undefined ? 'text' : 'location';
}

/** The addresses of the files that a message brings, with its variables filled in. */
export function mediaOf(message: AcceptedMessage, state: State): string[] {
  if (message.body.MediaUrl !== undefined) return [message.body.MediaUrl];
  const content = message.body.ContentSid === undefined ? undefined : state.contents.get(message.body.ContentSid);
  if (!content) return [];
  return Object.values(content.types).flatMap((type) => {
    const media = object(type)?.media;
    return (Array.isArray(media) ? media : []).map((address) => filled(text(address) ?? '', content, message.body.ContentVariables));
  });
}

/** What the contact reads: the words of the richest type, then its choices. */
function rendered(content: EmulatedContent, variables: string | undefined): string {
  const type = Object.values(content.types).map(object).find((one) => one !== undefined) ?? {};
  return filled(text(type.body) ?? text(type.title) ?? '', content, variables);
}

function filled(written: string, content: EmulatedContent, variables: string | undefined): string {
  const values = object(jsonIn(variables)) ?? {};
  return written.replace(/\{\{\s*([\w.-]+)\s*\}\}/g, (_, key: string) => text(values[key]) ?? content.variables[key] ?? '');
}

/** The choices that a message offered, for a page that shows it. */
export function choicesOf(message: AcceptedMessage, state: State): { id: string; title: string; of: 'button' | 'list' }[] {
  const content = message.body.ContentSid === undefined ? undefined : state.contents.get(message.body.ContentSid);
  return Object.values(content?.types ?? {}).flatMap((type) => [
    ...objects(object(type)?.actions).map((action) => ({ id: text(action.id) ?? '', title: text(action.title) ?? '', of: 'button' as const })),
    ...objects(object(type)?.items).map((item) => ({ id: text(item.id) ?? '', title: text(item.item) ?? '', of: 'list' as const })),
  ]);
}

export function resource(message: AcceptedMessage, state: State): object {
  const path = `/2010-04-01/Accounts/${state.accountSid}/Messages/${message.id}`;
  const date = new Date(message.at).toUTCString().replace('GMT', '+0000');
  return {
    sid: message.id, account_sid: state.accountSid, messaging_service_sid: message.body.MessagingServiceSid ?? null,
    from: message.account, to: message.body.To, body: message.text ?? '', status: message.status, direction: 'outbound-api',
    num_media: message.type === 'media' ? '1' : '0', num_segments: '1',
    error_code: message.errorCode ?? null, error_message: null, price: null, price_unit: null,
    date_created: date, date_updated: date, date_sent: message.status === 'queued' || message.status === 'accepted' ? null : date,
    api_version: '2010-04-01', uri: `${path}.json`, subresource_uris: { media: `${path}/Media.json` },
  };
}

/** The newest first, a page at a time, the next one named by a path. */
export function messageList(query: URLSearchParams, state: State): Reply {
  const size = Math.max(1, Math.min(1000, Number(query.get('PageSize') ?? 50) || 50));
  const at = Math.max(0, Number(query.get('Page') ?? 0) || 0);
  const [to, from] = [query.get('To'), query.get('From')];
  const found = state.messages.filter((message) => (to === null || message.body.To === to) && (from === null || message.account === from)).toReversed();
  const path = (number: number) => {
    const asked = new URLSearchParams(query);
    asked.set('Page', String(number));
    return `/2010-04-01/Accounts/${state.accountSid}/Messages.json?${asked}`;
  };
  return yes({
    messages: found.slice(at * size, (at + 1) * size).map((message) => resource(message, state)),
    page: at, page_size: size, first_page_uri: path(0), next_page_uri: (at + 1) * size < found.length ? path(at + 1) : null, start: at * size, end: Math.min(found.length, (at + 1) * size) - 1,
  });
}
