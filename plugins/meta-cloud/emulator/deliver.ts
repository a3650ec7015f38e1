/** Webhooks as Meta posts them: signed, several messages and statuses in one body where they are batched. */
import { createHmac } from 'node:crypto';
import type { Post } from '../../emulator/courier.ts';

/** One thing to tell: a message, a status, or another field's whole value. */
export type Item = { account: string; waba: string } & (
  | { member: 'messages'; message: object; contact: object }
  | { member: 'statuses'; status: object; contact?: object }
  | { member: 'other'; field: string; value: object }
);

interface Sender {
  appSecret: string;
  /** Where the events of this item go; undefined when nowhere. */
  urlFor(item: Item): string | undefined;
  /** The phone number of an account. */
  phoneOf(account: string): string;
}

/** One delivery goes to one address, so the items of a batch are parted by theirs. */
export function packed(items: readonly Item[], { appSecret, urlFor, phoneOf }: Sender): { post: Post; items: readonly Item[] }[] {
  return [...Map.groupBy(items, urlFor)].flatMap(([url, group]) => (url === undefined ? [] : [{ items: group, post: signed(url, escaped(JSON.stringify(envelope(group, phoneOf))), appSecret) }]));
}

/** @param headers in place of Meta's signature */
export function signed(url: string, body: string | Buffer, appSecret: string, headers?: Record<string, string>): Post {
  const proof = headers ?? { 'x-hub-signature-256': `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}` };
  return { url, body, headers: () => ({ 'content-type': 'application/json', 'user-agent': 'facebookexternalua', ...proof }) };
}

/** Three changes an entry; as many entries as it takes; no change holds both messages and statuses, or two numbers. */
function envelope(items: readonly Item[], phoneOf: Sender['phoneOf']): object {
  const perChange = Math.ceil(items.length / 9);
  const changes: { waba: string; account: string; member: Item['member']; field: string; value: { [member: string]: unknown }; count: number }[] = [];
  for (const item of items) {
    const last = changes.at(-1);
    const { member, account, waba } = item;
    if (member === 'other') {
      changes.push({ waba, account, member, field: item.field, value: { ...item.value }, count: 1 });
      continue;
    }
    const one = member === 'messages' ? item.message : item.status;
    const contacts = item.contact ? [item.contact] : [];
    if (last && last.member === member && last.account === account && last.waba === waba && last.count < perChange) {
      append(last.value, member, [one]);
      append(last.value, 'contacts', contacts);
      last.count += 1;
      continue;
    }
    const value = {
      messaging_product: 'whatsapp',
      metadata: { display_phone_number: phoneOf(account), phone_number_id: account },
      ...(contacts.length > 0 && { contacts }),
      [member]: [one],
    };
    changes.push({ waba, account, member, field: 'messages', value, count: 1 });
  }
  const entries: { id: string; time?: number; changes: { field: string; value: object }[] }[] = [];
  for (const { waba, field, value, member } of changes) {
    const last = entries.at(-1);
    // News of an account says when it was put together: without it the same news a day later would be the same event.
    if (member === 'other') entries.push({ id: waba, time: Math.floor(Date.now() / 1000), changes: [{ field, value }] });
    else if (last && last.id === waba && last.time === undefined && last.changes.length < 3) last.changes.push({ field, value });
    else entries.push({ id: waba, changes: [{ field, value }] });
  }
  return { object: 'whatsapp_business_account', entry: entries };
}

function append(value: { [member: string]: unknown }, member: string, more: object[]): void {
  const list = value[member];
  if (Array.isArray(list)) list.push(...more);
  else if (more.length > 0) value[member] = more;
}

/** Meta writes everything beyond ASCII as \uXXXX in lower case, and signs that. */
function escaped(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
