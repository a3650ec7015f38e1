/** What a contact sent: the parameters of one webhook as the contract's Content. */
import { jsonIn, object, short, text, type Content, type MediaKind } from '#plugin';

type Read = (name: string) => string | undefined;

/** One or, should several media come at once, several contents. */
export function contentsOf(read: Read): Content[] {
  const media = mediaOf(read);
  return media.length > 0 ? media : [contentOf(read)];
}

function contentOf(read: Read): Content {
  const said = read('Body');
  const type = read('MessageType')?.toLowerCase();
  return tap(read, said, type) ?? form(read, said) ?? location(read) ?? words(said, type);
}

/** A tap on a button or a row that we offered. */
function tap(read: Read, said: string | undefined, type: string | undefined): Content | undefined {
  const payload = read('ButtonPayload');
  const title = read('ButtonText');
  if (said === 'VOICE_CALL_REQUEST' && (payload === 'ACCEPTED' || payload === 'REJECTED')) return { kind: 'system', what: 'call_permission_reply', text: payload };
  const button = payload ?? title;
  // `button` is a tap on a template's button, `interactive` one on what was offered in the conversation.
  if (button !== undefined) return { kind: 'choice', of: type === 'button' ? 'template' : 'button', id: button, text: title ?? said ?? button };
  const id = read('ListId');
  const row = read('ListTitle');
  const chosen = id ?? row;
  if (chosen === undefined) return undefined;
  const description = read('ListDescription');
  return { kind: 'choice', of: 'list', id: chosen, text: row ?? said ?? chosen, ...(description !== undefined && { description }) };
}

/** The answers of a form; the name of the parameter depends on the age of Twilio's product. */
function form(read: Read, said: string | undefined): Content | undefined {
  const raw = read('FlowData') ?? read('InteractiveData');
  if (raw === undefined) return undefined;
  const found = jsonIn(raw);
  const name = short(object(found)?.name, 200);
  return { kind: 'form', answers: found ?? raw, ...(name !== undefined && { name }), ...(said !== undefined && { text: said }) };
}

function location(read: Read): Content | undefined {
  const latitude = coordinate(read('Latitude'), 90);
  const longitude = coordinate(read('Longitude'), 180);
  if (latitude === undefined || longitude === undefined) return undefined;
  const name = read('Label');
  const address = read('Address');
  return { kind: 'location', latitude, longitude, ...(name !== undefined && { name }), ...(address !== undefined && { address }) };
}

function coordinate(written: string | undefined, limit: number): number | undefined {
  const value = written === undefined || written.trim() === '' ? NaN : Number(written);
  return Number.isFinite(value) && Math.abs(value) <= limit ? value : undefined;
}

function words(said: string | undefined, type: string | undefined): Content {
  // What was ordered is not passed on; that it is an order, and the words beside it, are.
  if (type === 'order' && said !== undefined) return { kind: 'order', items: [], text: said };
  if (said !== undefined && type !== 'unsupported') return { kind: 'text', text: said };
  return { kind: 'unsupported', what: short(type, 64) ?? 'empty' };
}

/** WhatsApp brings one medium in a webhook; should there be more, none is dropped. The words beside them belong to the first. */
function mediaOf(read: Read): Content[] {
  const count = Math.min(Number(read('NumMedia') ?? 0) || 0, 10);
  const type = read('MessageType')?.toLowerCase();
  const contents: Content[] = [];
  for (let at = 0; at < count; at += 1) {
    const ref = read(`MediaUrl${at}`);
    if (ref === undefined) continue;
    const mime = read(`MediaContentType${at}`);
    const name = isCard(mime) ? 'contact.vcf' : undefined;
    const caption = at === 0 ? read('Body') : undefined;
    contents.push({ kind: kindOf(mime, type), media: { ref, ...(mime !== undefined && { mime }), ...(name !== undefined && { name }) }, ...(caption !== undefined && { caption }) });
  }
  return contents;
}

function isCard(mime: string | undefined): boolean {
  return /^text\/(x-)?(vcard|directory)\b/i.test(mime ?? '');
}

/** The type of the bytes decides; `type` only where it says more: that a file is a document or a picture is a sticker. */
function kindOf(given: string | undefined, type: string | undefined): MediaKind {
  const mime = text(given)?.toLowerCase() ?? '';
  if (type === 'document') return 'document';
  if (type === 'sticker') return 'sticker';
  if (mime.startsWith('image/webp') && type !== 'image') return 'sticker';
  if (mime.startsWith('image/')) return 'image';
  if (mime.startsWith('video/')) return 'video';
  // What is recorded in WhatsApp is Ogg; nothing else tells it from a file that was sent.
  if (mime.startsWith('audio/ogg') || type === 'voice') return 'voice';
  if (mime.startsWith('audio/')) return 'audio';
  return 'document';
}
