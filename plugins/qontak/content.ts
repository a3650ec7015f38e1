/** What a message says: in Meta's own words where Qontak passes them on, else in Qontak's. */
import { number, object, objects, short, text, type Content, type Event, type Loose, type MediaKind, type MediaRef } from '#plugin';
import { eventsOfValue } from '../meta-cloud/value.ts';

/** What Meta said of this message; undefined where Qontak passes nothing on, or something else. */
export function metaEventOf(body: Loose, receivedAt: number): Event | undefined {
  const value = object(body.raw_message);
  if (!value) return undefined;
  const messages = objects(value.messages);
  const ours = messages.find(({ id }) => text(id) !== undefined && text(id) === text(body.external_id)) ?? messages[0];
  if (!ours) return undefined;
  // One webhook of Qontak's is one message, so what else may stand beside it has, or will have, its own.
  const [event] = eventsOfValue({ metadata: value.metadata, contacts: value.contacts, messages: [ours] }, { receivedAt });
  return event;
}

export function contentOf(body: Loose, meta: Extract<Event, { kind: 'message' }> | undefined): Content {
  const said = meta?.content;
  if (said === undefined || said.kind === 'unsupported') {
    const own = qontakContent(body);
    return own.kind === 'unsupported' && said ? said : own;
  }
  if (!('media' in said)) return said;
  // Meta's id of the bytes is of no use without a token of Meta's; Qontak keeps a copy at an address of its own.
  const ref = fileUrl(body);
  return ref === undefined ? said : { ...said, media: { ...said.media, ...fileOf(body), ref } };
}

const kinds: Readonly<Record<string, MediaKind>> = {
  image: 'image',
  video: 'video',
  audio: 'audio',
  voice: 'voice',
  document: 'document',
  file: 'document',
  sticker: 'sticker',
};

function qontakContent(body: Loose): Content {
  const type = text(body.type) ?? 'untyped';
  const words = text(body.text);
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  const ref = fileUrl(body);
  if (kind !== undefined && ref !== undefined) return { kind, media: { ref, ...fileOf(body) }, ...(words !== undefined && { caption: words }) };
  // A place or a contact card comes with at most its words when Meta's object is not passed on.
  return words === undefined ? { kind: 'unsupported', what: type.slice(0, 64) } : { kind: 'text', text: words };
}

function fileUrl(body: Loose): string | undefined {
  const file = object(body.file);
  const url = text(file?.url) ?? text(object(file?.large)?.url);
  return url !== undefined && url.length <= 2000 ? url : undefined;
}

function fileOf(body: Loose): Partial<MediaRef> {
  const file = object(body.file);
  // The sender chooses the name, so it may hold a path or characters that hide what follows them.
  // oxlint-disable-next-line no-control-regex -- control characters are what must go
  const name = short(text(file?.filename)?.replace(/[\\/\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, '_'), 200);
  const bytes = number(file?.size);
  return { ...(name !== undefined && { name }), ...(bytes !== undefined && bytes >= 0 && { bytes }) };
}
