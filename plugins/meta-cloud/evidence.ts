/**
 * What Meta sends, byte for byte as its documentation shows it (ids, names and numbers invented), and what each means to us. Written by
 * hand from the documents that `source` names, never from our parser; the contract kit signs and reads every one of them.
 */
import { createHash } from 'node:crypto';
import { messagesOfPeople } from './evidence/messages.ts';
import { news } from './evidence/news.ts';
import { outcomes } from './evidence/outcomes.ts';
import { people } from './evidence/people.ts';
import type { Evidence } from './evidence/words.ts';

export { media, templates, uploads } from './evidence/account.ts';
export { answers } from './evidence/answers.ts';

export const settings = {
  accessToken: 'EAAevidenceevidenceevidence0001',
  appSecret: 'app-secret-for-docs',
  verifyToken: 'verify-token-for-docs',
  businessAccountId: '102000000000001',
  phoneNumberIds: ['108100000000001'],
  apiVersion: 'v23.0',
  apiBaseUrl: 'https://graph.facebook.com',
  messagesPerSecond: 80,
};

/** HMAC-SHA256 by its definition (RFC 2104), so that a slip in the plugin's own use of one shows. */
export function sign(body: Buffer, { appSecret }: { appSecret: string }): Record<string, string> {
  const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  const block = Buffer.alloc(64);
  const secret = Buffer.from(appSecret, 'utf8');
  (secret.length > 64 ? sha256(secret) : secret).copy(block);
  const inner = sha256(block.map((byte) => byte ^ 0x36), body);
  return { 'x-hub-signature-256': `sha256=${sha256(block.map((byte) => byte ^ 0x5c), inner).toString('hex')}` };
}

/** Two signatures computed with other tools (OpenSSL), to hold both implementations to. */
export const signed = [
  { body: '{"object":"whatsapp_business_account","entry":[]}', signature: 'sha256=ec2e2aac72d2c6a801d729de1b29f3476c74c39e0f44f01b5fc63263075dc10f' },
  { body: '{"t":"caf\\u00e9"}', signature: 'sha256=a6d78bc221069c00c4d1ca645b5a3f1dd39a782229d8fe174ffd8d9d03b9efd2' },
];

export const evidence: Evidence[] = [...messagesOfPeople, ...people, ...outcomes, ...news];

/** What an upload came to (Media › Upload media answers `{"id":"…"}`). */
export const prepared = { id: '900100' };

export const accounts = [
  { typed: ' 108100000000001 ', account: '108100000000001' },
  { typed: '+62 811-0000-001', account: 'refused' },
  { typed: '108 100', account: 'refused' },
  { typed: 'whatsapp:+14155550100', account: 'refused' },
  { typed: '123', account: 'refused' },
];

/** Codes of the future, and what Meta sends without one: nobody can say more of them. */
export const unexplained = ['unknown', '199999', '199998'];
