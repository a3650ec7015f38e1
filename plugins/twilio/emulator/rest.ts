/** Twilio's three hosts at one address: their paths do not clash. */
import { jsonIn, object, text } from '#plugin';
import type { Reply } from '../../emulator/stand.ts';
import { no, page, yes } from './answers.ts';
import { contentAnswer, contentList } from './contents.ts';
import { messageList, resource } from './messages.ts';
import { type EmulatedSender, newSid, type State } from './state.ts';

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  authorization: string | undefined;
  body: string;
}

export function isAllowed(authorization: string | undefined, state: State): boolean {
  const given = Buffer.from(authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
  const at = given.indexOf(':');
  const [user, password] = [given.slice(0, at), given.slice(at + 1)];
  return authorization?.startsWith('Basic ') === true && password !== '' && (user === state.accountSid ? [state.authToken, state.secondaryToken].includes(password) : state.keys.get(user) === password);
}

/** Everything but the sending of messages and the bytes of files. */
export function restAnswer({ method, path, query, authorization, body }: Asked, state: State): Reply {
  if (!isAllowed(authorization, state)) return no(20003);
  const [, version, first = '', second, ...rest] = path.split('/');
  if (version === '2010-04-01') return first === 'Accounts' ? accountAnswer(method, [second ?? '', ...rest], query, state) : no(20404);
  if (version === 'v1' && first === 'ContentAndApprovals' && method === 'GET') return contentList(query, state);
  if (version === 'v1' && first === 'Content') return contentAnswer({ method, sid: second, edge: rest.length > 0 ? rest.join('/') : undefined, body }, state);
  if (version === 'v1' && first === 'Services') return serviceAnswer(method, second, rest[0], body, query, state);
  if (version === 'v2' && first === 'Channels' && second === 'Senders') return senderAnswer(method, rest[0], body, query, state);
  if (version === 'v2' && path === '/v2/Indicators/Typing.json' && method === 'POST') return typing(new URLSearchParams(body));
  return no(20404);
}

function accountAnswer(method: string, [sid = '', edge, item]: string[], query: URLSearchParams, state: State): Reply {
  if (method !== 'GET' || sid.replace(/\.json$/, '') !== state.accountSid) return no(20404);
  if (edge === undefined) return yes({ sid: state.accountSid, friendly_name: state.account.name, status: state.account.status, type: state.account.type });
  if (edge === 'Messages.json') return messageList(query, state);
  if (edge === 'Messages') {
    const message = state.messages.find((one) => `${one.id}.json` === item);
    return message ? yes(resource(message, state)) : no(20404);
  }
  if (edge !== 'IncomingPhoneNumbers.json') return no(20404);
  const numbers = state.phones.map((phone) => ({ sid: newSid('PN'), phone_number: phone, friendly_name: phone, capabilities: { sms: true, mms: false, voice: true, fax: false } }));
  return yes({ incoming_phone_numbers: numbers, page: 0, page_size: 50, next_page_uri: null, start: 0, end: numbers.length - 1 });
}

function senderAnswer(method: string, sid: string | undefined, body: string, query: URLSearchParams, state: State): Reply {
  if (sid === undefined) {
    if (method !== 'GET' || query.get('Channel') !== 'whatsapp') return no(20001, 'Channel is required.', 400);
    return yes(page([...state.senders.values()].map((sender) => senderResource(sender, state)), 'senders', query, `${state.url}/v2/Channels/Senders`));
  }
  const sender = [...state.senders.values()].find((one) => one.sid === sid);
  if (!sender) return no(20404);
  if (method === 'POST') {
    const webhook = object(object(jsonIn(body))?.webhook);
    if (!webhook) return no(20001, 'There is nothing to change.', 400);
    for (const [name, value] of Object.entries(webhook)) sender.webhook[name] = text(value) ?? null;
    return yes(senderResource(sender, state), 202);
  }
  return method === 'GET' ? yes(senderResource(sender, state)) : no(20404);
}

function senderResource({ sid, status, address, name, quality, webhook }: EmulatedSender, state: State): object {
  return {
    sid, status, sender_id: address, configuration: { waba_id: '102000000000001' }, webhook, profile: { name },
    properties: { quality_rating: quality, messaging_limit: '10K Customers/24hr' },
    offline_reasons: status === 'OFFLINE' ? [{ code: '63020', message: 'The sender was disconnected.', more_info: '' }] : null,
    url: `${state.url}/v2/Channels/Senders/${sid}`,
  };
}

function serviceAnswer(method: string, sid: string | undefined, edge: string | undefined, body: string, query: URLSearchParams, state: State): Reply {
  const { service } = state;
  if (!service || sid !== service.sid) return no(20404);
  if (edge === 'ChannelSenders') {
    const members = [...state.senders.values()].map((sender) => ({ sid: sender.sid, messaging_service_sid: service.sid, sender: sender.address, sender_type: 'WhatsApp' }));
    return yes(page(members, 'senders', query, `${state.url}/v1/Services/${service.sid}/ChannelSenders`));
  }
  if (method === 'POST') {
    const form = new URLSearchParams(body);
    service.inboundUrl = form.get('InboundRequestUrl') ?? service.inboundUrl;
    if (form.has('UseInboundWebhookOnNumber')) service.onNumber = form.get('UseInboundWebhookOnNumber') === 'true';
  }
  return yes({ sid: service.sid, friendly_name: 'Emulated', inbound_request_url: service.inboundUrl, inbound_method: 'POST', use_inbound_webhook_on_number: service.onNumber });
}

function typing(form: URLSearchParams): Reply {
  if (form.get('channel') !== 'whatsapp' || !/^(SM|MM)[0-9a-fA-F]{32}$/.test(form.get('messageId') ?? '')) return no(20001, 'channel and messageId are required.', 400);
  return yes({ success: true });
}
