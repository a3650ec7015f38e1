/**
 * Requests that no description covers, or that it has wrong: each with the reason, and the answer that the provider's reference gives.
 * What stands here is not proven by the descriptions.
 */
import type { Saying } from '#testing';

export interface Exception {
  method: string;
  url: RegExp;
  /** What is held against it: `no description`, or what Prism says. */
  fault: RegExp;
  why: string;
  answer(url: string): Exclude<Saying, Error>;
}


const undescribed = /^no description has such an operation$/;
const json = (value: unknown, status = 200) => ({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });

/** Of the Graph API beside WhatsApp's own nodes: Meta describes none of it in OpenAPI. Answers as its reference shows them. */
export const meta: Exception[] = [
  {
    method: 'GET', url: /^https:\/\/graph\.facebook\.com\/v23\.0\/debug_token\?input_token=/, fault: undescribed,
    why: 'Inspecting a token is a call of Facebook Login (Graph API reference, “Debug token”).',
    answer: () => json({ data: { app_id: '100200300400500', type: 'SYSTEM_USER', is_valid: true, expires_at: 0, scopes: ['whatsapp_business_messaging', 'whatsapp_business_management'], granular_scopes: [{ scope: 'whatsapp_business_management', target_ids: ['102000000000001'] }] } }),
  },
  {
    method: 'GET', url: /^https:\/\/graph\.facebook\.com\/v23\.0\/oauth\/access_token\?client_id=/, fault: undescribed,
    why: 'Exchanging the code of a sign-in is a call of Facebook Login (Embedded Signup, “Exchange the token code for a business token”).',
    answer: () => json({ access_token: 'EAAexchangedexchangedexchanged01', token_type: 'bearer' }),
  },
  {
    method: 'GET', url: /^https:\/\/graph\.facebook\.com\/v23\.0\/me$/, fault: undescribed,
    why: 'Who a token belongs to is a call of the Graph API itself (Graph API reference, “User”).',
    answer: () => json({ name: 'Switchboard', id: '122100000000001' }),
  },
  {
    method: 'GET', url: /^https:\/\/graph\.facebook\.com\/v23\.0\/100200300400500\/subscriptions$/, fault: undescribed,
    why: 'The callback of an app is read through the app (Graph API reference, “Application subscriptions”).',
    answer: () => json({ data: [{ object: 'whatsapp_business_account', callback_url: 'https://bot.example.test/webhooks/key', active: true, fields: [{ name: 'messages', version: 'v23.0' }] }] }),
  },
  {
    method: 'POST', url: /^https:\/\/graph\.facebook\.com\/v23\.0\/100200300400500\/uploads\?file_name=/, fault: undescribed,
    why: 'The sample of a template’s header is uploaded through the app (Graph API, “Resumable upload”).',
    answer: () => json({ id: 'upload:MTphdHRhY2htZW50?sig=ARZqkGCA' }),
  },
  {
    method: 'POST', url: /^https:\/\/graph\.facebook\.com\/v23\.0\/upload:MTphdHRhY2htZW50\?sig=ARZqkGCA$/, fault: undescribed,
    why: 'The second step of the same upload carries the bytes (Graph API, “Resumable upload”).',
    answer: () => json({ h: '4::aW1hZ2UvcG5n:ARa-handle' }),
  },
  {
    method: 'GET', url: /^https:\/\/lookaside\.fbsbx\.com\/whatsapp_business\/attachments\/\?mid=/, fault: undescribed,
    why: 'The bytes of a medium lie on another host, at an address that the Graph API names (Cloud API, “Media › Download media”).',
    answer: () => ({ status: 200, headers: { 'content-type': 'image/jpeg' }, body: 'abc' }),
  },
];

export const twilio: Exception[] = [
  {
    method: 'GET', url: /^https:\/\/api\.twilio\.com\/2010-04-01\/Accounts\/AC[0-9a-f]{32}\/Messages\/MM[0-9a-f]{32}\/Media\/ME[0-9a-f]{32}$/, fault: undescribed,
    why: 'The description has a medium’s record (`….json`); without the ending come its bytes (Media resource, “Fetch a Media resource”).',
    answer: () => ({ status: 200, headers: { 'content-type': 'image/jpeg' }, body: 'abc' }),
  },
  {
    method: 'POST', url: /^https:\/\/messaging\.twilio\.com\/v1\/Services\/MG[0-9a-f]{32}$/, fault: /InboundRequestUrl must match format/,
    why: 'Twilio takes an address away by setting it to nothing; the description allows an address alone.',
    answer: () => json({ sid: `MG${'a'.repeat(32)}`, inbound_request_url: null }),
  },
];

export const qontak: Exception[] = [
  {
    method: 'GET', url: /^https:\/\/service-chat\.qontak\.com\/api\/open\/v1\/rooms\/[0-9a-f-]{36}\/histories\?limit=50$/, fault: undescribed,
    why: 'The history of a room is known from a customer’s code alone and was left out of the description; nothing but the search for a lost answer asks for it.',
    answer: () => json({ status: 'success', data: [] }),
  },
  {
    method: 'GET', url: /^https:\/\/cdn\.qontak\.example\.test\//, fault: undescribed,
    why: 'The bytes of a medium lie at the plain link that a webhook names, on a host of its own.',
    answer: () => ({ status: 200, headers: { 'content-type': 'image/jpeg' }, body: 'abc' }),
  },
];

export const coster: Exception[] = [
  {
    method: 'GET', url: /^https:\/\/(m2m\.coster\.id\/v1\/[0-9a-f]{32}\/messages|api\.coster\.id\/bot\/webhook)$/, fault: undescribed,
    why: 'The doctor knocks: it asks with GET where messages are posted, which sends nothing and shows whether somebody is there.',
    answer: () => ({ status: 405, body: '' }),
  },
];
