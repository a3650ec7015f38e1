/** Twilio's addresses: `whatsapp:+E.164` for whoever has a phone number, `whatsapp:ID.123…` for a user id of the business. */
import type { Identity, Problem } from '#plugin';

const prefix = 'whatsapp:';
/** Shared by all accounts that try Twilio out; it stands in no list of senders. */
export const sandbox = 'whatsapp:+14155238886';

/** A sender as people type it: with or without the prefix, the plus, and whatever stands between the digits. */
export function parseAccount(typed: string): string | Problem {
  const written = typed.trim().replace(/^whatsapp:\s*/i, '');
  if (/^MG[0-9a-f]{32}$/i.test(written)) return { problem: 'account.service', field: 'account' };
  if (/^(AC|SK|XE|PN)[0-9a-f]{32}$/i.test(written)) return { problem: 'account.sid', field: 'account' };
  if (userId.test(written)) return { problem: 'account.userId', field: 'account' };
  if (!/^\+?[0-9 ().\-\u00a0\u2010-\u2013]+$/.test(written)) return { problem: 'account.form', field: 'account' };
  const digits = written.replace(/[^0-9]/g, '').replace(/^00/, '');
  if (digits.startsWith('0')) return { problem: 'account.country', field: 'account' };
  return /^[1-9][0-9]{5,14}$/.test(digits) ? `${prefix}+${digits}` : { problem: 'account.form', field: 'account' };
}

/** Two letters of a country, a dot, `ENT.` for the id that several businesses share, letters and digits. */
const userId = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/;

/** The sender in canonical form; undefined when the address is of another channel. */
export function accountOf(address: string | undefined): string | undefined {
  return address !== undefined && /^whatsapp:\+[1-9][0-9]{5,14}$/.test(address) ? address : undefined;
}

export function isWhatsApp(address: string | undefined): boolean {
  return address?.startsWith(prefix) === true;
}

/** Who stands at an address; undefined when it is none of WhatsApp's. */
export function identityOf(address: string | undefined): Identity | undefined {
  if (address === undefined || !isWhatsApp(address)) return undefined;
  const value = address.slice(prefix.length);
  return phoneOf(value) ?? userOf(value);
}

/** A phone number with or without plus. */
export function phoneOf(value: string | undefined): Identity | undefined {
  const digits = value === undefined ? undefined : /^\+?([0-9]{6,15})$/.exec(value.trim())?.[1];
  return digits === undefined ? undefined : { kind: 'phone', value: digits };
}

/** A user id; Twilio writes it with and without the prefix of an address. */
export function userOf(value: string | undefined): Identity | undefined {
  const id = value?.trim().replace(/^whatsapp:/, '');
  if (id === undefined || !userId.test(id)) return undefined;
  return { kind: /^[A-Z]{2}\.ENT\./.test(id) ? 'parent-user' : 'user', value: id };
}

/** Where a contact is written to: the phone number where there is one, as some messages go to phone numbers only. */
export function addressOf(identities: readonly Identity[]): string | undefined {
  const valueOf = (kind: Identity['kind']) => identities.find((identity) => identity.kind === kind)?.value;
  const phone = valueOf('phone');
  if (phone !== undefined) return `${prefix}+${phone}`;
  const user = valueOf('user') ?? valueOf('parent-user');
  return user === undefined ? undefined : `${prefix}${user}`;
}
