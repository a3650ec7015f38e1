/** POST /{number}/messages: refused as Meta does it, or taken. */
import { object, text, type Loose } from '#plugin';
import type { Reply } from '../../emulator/stand.ts';
import { missing, no, yes } from './answers.ts';
import { type AcceptedMessage, isAlive, mayUse, type State } from './state.ts';
import { templateRefusal } from './templates.ts';
import { refusalOf } from './validate.ts';

/** `message` is there when one was taken; marking as read takes none. */
export function takeMessage(account: string, token: string | undefined, body: Loose, state: State, nextId: () => string): { answer: Reply; message?: AcceptedMessage } {
  if (!isAlive(state, token)) return { answer: no(190) };
  const number = state.numbers.get(account);
  if (!number || !mayUse(state, token, number.waba)) return { answer: missing(account) };
  if (!['CONNECTED', 'FLAGGED'].includes(number.status)) return { answer: no(133010) };
  const type = text(body.type) ?? 'text';
  const refusal = refusalOf(body, number.phone) ?? (type === 'template' ? templateRefusal(object(body.template), number.waba, state) : undefined) ?? fileRefusal(object(body[type]), state);
  if (refusal) return { answer: refusal };
  if (body.status === 'read') return { answer: yes({ success: true }) };
  const id = nextId();
  const to = text(body.to)?.replace('+', '');
  const recipient = to ?? text(body.recipient) ?? '';
  const ref = text(body.biz_opaque_callback_data);
  const written = text(object(body.text)?.body) ?? text(object(object(body.interactive)?.body)?.text) ?? text(object(body[type])?.caption);
  const message: AcceptedMessage = { id, to: recipient, account, type, body, at: Date.now(), ...(ref !== undefined && { ref }), ...(written !== undefined && { text: written }) };
  state.messages.push(message);
  const contact = to === undefined ? { input: recipient, user_id: recipient } : { input: text(body.to), wa_id: to };
  return { message, answer: yes({ messaging_product: 'whatsapp', contacts: [contact], messages: [{ id, ...(type === 'template' && { message_status: 'accepted' }) }] }) };
}

/** A file that is named by its id must have been uploaded. */
function fileRefusal(content: Loose | undefined, state: State): Reply | undefined {
  const id = text(content?.id);
  return id === undefined || state.files.has(id) ? undefined : no(131009, `“${id.slice(0, 40)}” is not a media id of this account.`);
}
