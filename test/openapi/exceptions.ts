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
];

export const qontak: Exception[] = [
];

export const coster: Exception[] = [
];
