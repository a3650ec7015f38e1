/** What a contact sent: one element of `messages[]` as the contract's Content. The shapes are section 5 of Meta's messages reference. */
import { jsonIn, number, object, objects, present, short, text, type Content, type Loose, type MediaKind } from '#plugin';
import { errorsOf } from './errors.ts';

export function contentOf(message: Loose): Content {
  const type = text(message.type);
  switch (type) {
    case 'text': {
      const body = object(message.text)?.body;
      return typeof body === 'string' ? { kind: 'text', text: body } : unsupported(type, message);
    }
    case 'image':
    case 'video':
    case 'document':
    case 'sticker':
      return media(type, type, message);
    case 'audio':
      // `voice` is true for what was recorded in the app; a file that was sent says false or nothing.
      return media(object(message.audio)?.voice === true ? 'voice' : 'audio', type, message);
    case 'location':
      return location(message);
    case 'contacts':
      return contacts(message);
    case 'interactive':
      return interactive(message);
    case 'button': {
      // A tap on a template's quick reply: `payload` is what we gave when sending, else the words on the button.
      const button = object(message.button);
      const title = text(button?.text) ?? text(button?.payload);
      return title === undefined ? unsupported(type, message) : { kind: 'choice', of: 'template', id: text(button?.payload) ?? title, text: title };
    }
    case 'order':
      return order(message);
    case 'reaction':
      return { kind: 'reaction', ...present({ emoji: text(object(message.reaction)?.emoji) }) };
    case 'system': {
      const system = object(message.system);
      return { kind: 'system', what: short(system?.type, 64) ?? 'system', ...present({ text: short(system?.body, 1000) }) };
    }
    case 'request_welcome':
      return { kind: 'system', what: type };
    default:
      return unsupported(type ?? 'untyped', message);
  }
}

/** `what` is Meta's own word: for `unsupported` messages that of the thing which Meta would not pass on. */
function unsupported(type: string, message: Loose): Content {
  const errors = errorsOf(message.errors);
  const named = type === 'unsupported' || type === 'unknown' ? short(object(message.unsupported)?.type, 64) : undefined;
  return { kind: 'unsupported', what: named ?? type.slice(0, 64), ...(errors.length > 0 && { errors }) };
}

function media(kind: MediaKind, member: 'image' | 'video' | 'audio' | 'document' | 'sticker', message: Loose): Content {
  const found = object(message[member]);
  const ref = text(found?.id);
  const caption = text(found?.caption);
  if (ref === undefined) {
    // Meta could not fetch the bytes: what was written beside them is still worth an answer. The errors stand on the event.
    return caption === undefined ? unsupported(member, message) : { kind: 'text', text: caption };
  }
  const about = present({ mime: text(found?.mime_type), name: fileName(found?.filename), sha256: text(found?.sha256), bytes: number(found?.file_size) });
  return { kind, media: { ref, ...about }, ...present({ caption }) };
}

/** The sender chooses the name, so it may hold a path or characters that hide what follows them. */
function fileName(given: unknown): string | undefined {
  // oxlint-disable-next-line no-control-regex -- control characters are what must go
  return short(text(given)?.replace(/[\\/\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, '_'), 200);
}

function location(message: Loose): Content {
  const place = object(message.location);
  const latitude = number(place?.latitude);
  const longitude = number(place?.longitude);
  if (latitude === undefined || longitude === undefined || Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return unsupported('location', message);
  return { kind: 'location', latitude, longitude, ...present({ name: text(place?.name), address: text(place?.address), url: text(place?.url) }) };
}

function contacts(message: Loose): Content {
  const cards = objects(message.contacts).map((card) => {
    const name = object(card.name);
    const phones = objects(card.phones).flatMap((phone) => text(phone.phone) ?? text(phone.wa_id) ?? []);
    const spoken = [name?.first_name, name?.last_name].flatMap((part) => text(part) ?? []).join(' ');
    return {
      name: text(name?.formatted_name) ?? (spoken || phones[0] || ''),
      phones,
      emails: objects(card.emails).flatMap((email) => text(email.email) ?? []),
    };
  });
  return cards.length > 0 ? { kind: 'contacts', contacts: cards } : unsupported('contacts', message);
}

function interactive(message: Loose): Content {
  const answer = object(message.interactive);
  const type = text(answer?.type);
  if (type === 'button_reply' || type === 'list_reply') {
    const tapped = object(answer?.[type]);
    const id = text(tapped?.id) ?? text(tapped?.title);
    if (id === undefined) return unsupported(type, message);
    const description = present({ description: text(tapped?.description) });
    return { kind: 'choice', of: type === 'button_reply' ? 'button' : 'list', id, text: text(tapped?.title) ?? id, ...description };
  }
  if (type === 'nfm_reply') return form(object(answer?.nfm_reply) ?? {});
  if (type === 'call_permission_reply') {
    return { kind: 'system', what: type, ...present({ text: short(object(answer?.call_permission_reply)?.response) }) };
  }
  // Happens with nothing inside; the errors then say why.
  return unsupported(type ?? 'interactive', message);
}

/** `response_json` is a text that holds JSON; it may be missing or something else, and then the raw words are kept. */
function form(reply: Loose): Content {
  const raw = text(reply.response_json);
  return { kind: 'form', answers: raw === undefined ? {} : (jsonIn(raw) ?? raw), ...present({ name: text(reply.name), text: text(reply.body) }) };
}

function order(message: Loose): Content {
  const given = object(message.order);
  const items = objects(given?.product_items).map((item) => ({
    product: text(item.product_retailer_id) ?? '',
    quantity: number(item.quantity) ?? 1,
    ...present({ price: number(item.item_price), currency: text(item.currency) }),
  }));
  if (items.length === 0) return unsupported('order', message);
  return { kind: 'order', items, ...present({ catalog: text(given?.catalog_id), text: text(given?.text) }) };
}

