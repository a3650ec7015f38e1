/** A million messages in 5,000 conversations, written beside the product while it is stopped. */
import Database from 'better-sqlite3';
import { uuid } from '../../core/ids.ts';
import { messageBody } from './wire.ts';

export async function seed(file: string, messages: number): Promise<void> {
  const db = new Database(file);
  db.pragma('synchronous = OFF');
  const number = db.prepare<[], { id: string; tenant_id: string; connection_id: string }>('select id, tenant_id, connection_id from number').get();
  if (!number) throw new Error('the installation has no number');
  const contact = db.prepare('insert into contact (id, tenant_id, name, phone, attributes, created_at) values (?, ?, ?, ?, ?, ?)');
  const conversation = db.prepare(
    'insert into conversation (id, tenant_id, connection_id, number_id, contact_id, state, ai, last_seq, turn_seq, unread, last_message_at, last_text, last_kind, last_author, last_status, created_at) ' +
      "values (?, ?, ?, ?, ?, 'closed', 1, ?, ?, 0, ?, 'Hello', 'text', 'agent', 'delivered', ?)",
  );
  const message = db.prepare(
    'insert into message (id, tenant_id, conversation_id, connection_id, number_id, contact_id, seq, author, kind, content, text, status, status_at, event_id, provider_ref, attempts, at, created_at) ' +
      'values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)',
  );
  const conversations = 5_000;
  const each = Math.ceil(messages / conversations);
  const longAgo = Date.now() - 30 * 86_400_000;
  for (let n = 0; n < conversations; n++) {
    db.transaction(() => {
      const person = uuid();
      const thread = uuid();
      contact.run(person, number.tenant_id, `Old customer ${n}`, `62899${String(n).padStart(8, '0')}`, '{}', longAgo);
      conversation.run(thread, number.tenant_id, number.connection_id, number.id, person, each, each, longAgo + n, longAgo);
      for (let seq = 1; seq <= each; seq++) {
        const fromContact = seq % 2 === 1;
        const text = `Message ${seq} of conversation ${n}, about as long as people write to a shop`;
        const id = uuid();
        message.run(
          id, number.tenant_id, thread, number.connection_id, number.id, person, seq, fromContact ? 'contact' : 'agent', 'text', JSON.stringify({ kind: 'text', text }), text,
          fromContact ? 'received' : 'delivered', longAgo, fromContact ? `wamid.old.${id}` : null, `wamid.old.${id}`, longAgo + seq, longAgo + seq,
        );
      }
    })();
  }
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}

/** Webhooks that were answered with 200 and not yet processed when the process ended: from message `first` on, `count` of them. */
export function seedWaiting(file: string, first: number, count: number): void {
  const db = new Database(file);
  const number = db.prepare<[], { tenant_id: string; connection_id: string }>('select tenant_id, connection_id from number').get();
  if (!number) throw new Error('the installation has no number');
  const delivery = db.prepare("insert into delivery (id, tenant_id, connection_id, received_at, method, url, headers, body, state) values (?, ?, ?, ?, 'POST', '', '{}', ?, 'received')");
  db.transaction(() => {
    for (let n = 0; n < count; n++) delivery.run(uuid(), number.tenant_id, number.connection_id, Date.now(), messageBody(first + n));
    db.prepare('update lane set ready_at = 0, locked_until = 0 where key = ?').run(`connection:${number.connection_id}`);
  })();
  db.close();
}
