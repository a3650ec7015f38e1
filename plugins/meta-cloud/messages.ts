/** Messages: what a contact sent, and what the business sent from its own phone. */
import { object, objects, present, short, text, type Event, type Loose, type Referral } from '#plugin';
import { about, type Change, leave, stamp } from './change.ts';
import { contentOf } from './content.ts';
import { errorsOf } from './errors.ts';
import { identify, identitiesOf } from './identities.ts';

export function messageEvent(message: Loose, change: Change): Event {
  if (text(message.group_id) !== undefined) return leave(change, message, 'It is a message in a group; groups are not handled.', message.timestamp);
  const { identities: from, name } = identify({ phone: message.from, user: message.from_user_id, parent: message.from_parent_user_id }, change.people);
  if (from.length === 0) return leave(change, message, 'It does not say who wrote.', message.timestamp);
  const stamped = stampOf(message, change);
  switch (message.type) {
    case 'system':
      return moved(message, from, stamped) ?? received();
    case 'reaction':
    case 'edit':
    case 'revoke':
      return changed(message, from, stamped) ?? received();
    default:
      return received();
  }

  function received(): Event {
    const event: Event = { kind: 'message', ...stamped, from, content: contentOf(message) };
    if (name !== undefined) event.name = name;
    const context = object(message.context);
    const replyTo = text(context?.id);
    if (replyTo !== undefined) event.replyTo = replyTo;
    if (context?.forwarded === true || context?.frequently_forwarded === true) event.forwarded = true;
    const referral = referralOf(message, context);
    if (referral) event.referral = referral;
    if (message.errors !== undefined) {
      const errors = errorsOf(message.errors);
      if (errors.length > 0) event.errors = errors;
    }
    return event;
  }
}

type Stamped = { id: string; at: number; account?: string };

function stampOf(message: Loose, change: Change): Stamped {
  const id = text(message.id);
  return id === undefined ? about(change, message, message.timestamp) : stamp(id, change, message.timestamp);
}

/** A reaction, an edit or a withdrawal concerns an earlier message; undefined when it does not say which. */
function changed(message: Loose, from: ReturnType<typeof identitiesOf>, stamped: Stamped): Event | undefined {
  if (message.type === 'reaction') {
    const reaction = object(message.reaction);
    const of = text(reaction?.message_id);
    // Taking a reaction back comes with an empty emoji or with none.
    return of === undefined ? undefined : { kind: 'change', ...stamped, from, of, change: 'reaction', ...present({ emoji: text(reaction?.emoji) }) };
  }
  const edited = object(message.type === 'edit' ? message.edit : message.revoke);
  const of = text(edited?.original_message_id);
  if (of === undefined) return undefined;
  if (message.type === 'revoke') return { kind: 'change', ...stamped, from, of, change: 'revoke' };
  return { kind: 'change', ...stamped, from, of, change: 'edit', content: contentOf(object(edited?.message) ?? {}) };
}

/**
 * The person has another number or another user id from now on. Since August 2026 both kinds name the ids before and after;
 * older forms said `new_wa_id` and `customer`.
 */
function moved(message: Loose, from: ReturnType<typeof identitiesOf>, stamped: Stamped): Event | undefined {
  const system = object(message.system);
  const phone = text(system?.wa_id) ?? text(system?.new_wa_id);
  const before = identitiesOf({ phone: system?.customer, user: system?.previous_user_id, parent: system?.previous_parent_user_id });
  const after = { user: system?.user_id, parent: system?.parent_user_id };
  let is: ReturnType<typeof identitiesOf>;
  switch (system?.type) {
    case 'user_changed_number':
    case 'customer_changed_number':
      is = identitiesOf({ phone, ...after });
      break;
    case 'user_changed_user_id':
      is = identitiesOf(after);
      break;
    default:
      return undefined;
  }
  const known = new Set(is.map(({ kind, value }) => `${kind} ${value}`));
  // A username may be somebody else's by now. Where nothing more is said of before, it stays a message of theirs.
  const was = [...from, ...before].filter(({ kind, value }, at, all) => kind !== 'username' && !known.has(`${kind} ${value}`) && all.findIndex((one) => one.kind === kind && one.value === value) === at);
  return is.length === 0 || was.length === 0 ? undefined : { kind: 'identity', ...stamped, was, is };
}

/** Where the message came from: an advertisement, a post, or a product page the contact asked from. */
function referralOf(message: Loose, context: Loose | undefined): Referral | undefined {
  const given = object(message.referral);
  if (given) {
    return {
      source: short(given.source_type, 64) ?? 'unknown',
      ...present({ url: short(given.source_url, 2000), headline: short(given.headline), text: short(given.body, 1000), clickId: short(given.ctwa_clid, 500) }),
    };
  }
  const product = short(object(context?.referred_product)?.product_retailer_id);
  return product === undefined ? undefined : { source: 'product', text: product };
}

/** What the owner typed on the phone of a number that stays in the WhatsApp Business app: ours, and never a turn. */
export function echoEvents(change: Change): Event[] {
  return objects(change.value.message_echoes).map((message) => {
    const { identities: to } = identify({ phone: message.to, user: message.to_user_id, parent: message.to_parent_user_id }, change.people);
    if (to.length === 0) return leave(change, message, 'It does not say to whom it went.', message.timestamp);
    if (message.type === 'edit' || message.type === 'revoke') {
      return leave(change, message, 'A message typed on the phone was changed there; the first form is kept.', message.timestamp);
    }
    return { kind: 'echo', ...stampOf(message, change), to, by: 'phone', content: contentOf(message) };
  });
}
