/** Makes content fit what a channel can do: split when too long, degraded to numbered text when it has no such kind. Nothing is lost. */
import { plainType, usualName } from '../media/types.ts';
import type { Capabilities } from '../plugin/contract/channel.ts';
import type { Choice, MediaKind, OutContent } from '../plugin/contract/content.ts';
import type { MediaRefused } from './eligibility.ts';

/** @param link where a medium can be had by whoever is given the address, for a channel that sends none */
export function fit(content: OutContent, can: Capabilities, link: (media: string) => string): OutContent[] {
  switch (content.kind) {
    case 'text':
      return split(content.text, can.maxText).map((text) => ({ kind: 'text', text }));
    case 'buttons':
      return fitButtons(content, can, link);
    case 'list':
      return fitList(content, can, link);
    case 'link':
      if (can.sends.includes('link') && content.title.length <= mostOfLinkTitle) return longText(content, mostOfText, can, link);
      return fit({ kind: 'text', text: `${content.text}\n\n${content.title}: ${content.url}` }, can, link);
    case 'location-request':
      return can.sends.includes('location-request') ? longText(content, mostOfText, can, link) : fit({ kind: 'text', text: content.text }, can, link);
    case 'location':
      if (can.sends.includes('location')) return [content];
      return fit({ kind: 'text', text: [content.name, content.address, `${content.latitude}, ${content.longitude}`].filter(Boolean).join('\n') }, can, link);
    case 'contacts':
      if (can.sends.includes('contacts')) return [content];
      return fit({ kind: 'text', text: content.contacts.map((c) => [c.name, ...c.phones, ...c.emails].join('\n')).join('\n\n') }, can, link);
    case 'image':
    case 'video':
    case 'audio':
    case 'voice':
    case 'document':
    case 'sticker':
      return fitMedia(content, can, link);
    case 'reaction':
      if (can.sends.includes('reaction')) return [content];
      // Taking a reaction away says nothing that a text could say.
      return content.emoji === '' ? [] : [{ kind: 'text', text: content.emoji }];
    case 'template':
      // Where there are no templates there is nobody to approve them: the contact reads what it would have said.
      return can.sends.includes('template') || content.text === undefined ? [content] : fit({ kind: 'text', text: content.text }, can, link);
  }
}

// ── media ────────────────────────────────────────────────────────────────────────────────────────────────────────────

type MediaContent = Extract<OutContent, { kind: MediaKind }>;

/** As what else a medium can go out, the nearest first. */
const insteadOf: Record<MediaKind, readonly MediaKind[]> = {
  sticker: ['sticker', 'image', 'document'], voice: ['voice', 'audio', 'document'], image: ['image', 'document'], video: ['video', 'document'], audio: ['audio', 'document'], document: ['document'],
};
/** WhatsApp's own, whoever passes it on. A longer one follows as a text. */
const mostOfCaption = 1_024;
const withoutCaption: ReadonlySet<MediaKind> = new Set(['audio', 'voice', 'sticker']);

export interface MediaProblem {
  why: MediaRefused;
  /** As what it would go out. */
  kind: MediaKind;
  /** The largest that the channel takes of this kind. */
  mostBytes?: number;
}

/** Why a medium cannot go out over this channel; undefined when it can, as it is or as something near. Asked before anything is sent. */
export function mediaProblem(content: OutContent, can: Capabilities): MediaProblem | undefined {
  if (content.kind === 'template') return content.media && can.media?.[content.media.kind] ? problemAs(content.media.kind, content.media, can) : undefined;
  if (!isMedia(content)) return undefined;
  const kinds = insteadOf[content.kind].filter((kind) => can.sends.includes(kind));
  const [first] = kinds;
  if (first === undefined) return undefined;
  const kind = kinds.find((one) => takes(one, content.mime, can));
  return problemAs(kind ?? first, content, can);
}

function fitMedia(content: MediaContent, can: Capabilities, link: (media: string) => string): OutContent[] {
  const { caption, ...medium } = content;
  const kinds = insteadOf[content.kind].filter((one) => can.sends.includes(one));
  const kind = kinds.find((one) => takes(one, content.mime, can)) ?? kinds[0];
  const name = content.name ?? usualName(content.kind, content.mime);
  if (kind === undefined) return fit({ kind: 'text', text: [caption, name, link(content.media)].filter(Boolean).join('\n') }, can, link);
  // A file without a name is shown without an ending, and nothing opens it.
  const named = { ...medium, kind, ...(kind === 'document' && { name }) };
  if (caption === undefined || caption === '') return [named];
  return withoutCaption.has(kind) || can.media?.[kind]?.caption === false || caption.length > mostOfCaption ? [named, ...fit({ kind: 'text', text: caption }, can, link)] : [{ ...named, caption }];
}

function problemAs(kind: MediaKind, { mime, bytes }: { mime: string; bytes: number }, can: Capabilities): MediaProblem | undefined {
  if (!takes(kind, mime, can)) return { why: 'media-type', kind };
  const mostBytes = can.media?.[kind]?.maxBytes;
  return mostBytes !== undefined && bytes > mostBytes ? { why: 'media-too-large', kind, mostBytes } : undefined;
}

/** A channel that says nothing of a kind takes all of it; a star stands for many. */
function takes(kind: MediaKind, mime: string, can: Capabilities): boolean {
  const accepted = can.media?.[kind]?.mime;
  const type = plainType(mime);
  return accepted === undefined || accepted.some((one) => one === '*/*' || plainType(one) === type || (one.endsWith('/*') && type.startsWith(one.slice(0, -1))));
}

const isMedia = (content: OutContent): content is MediaContent => Object.hasOwn(insteadOf, content.kind);

// ── choices and text ─────────────────────────────────────────────────────────────────────────────────────────────────

function fitButtons(content: OutContent & { kind: 'buttons' }, can: Capabilities, link: (media: string) => string): OutContent[] {
  const limit = can.buttons;
  const fits =
    can.sends.includes('buttons') && limit !== undefined && content.buttons.length <= limit.max && headed(content) &&
    areDistinct(content.buttons.map(({ id }) => id)) && areDistinct(content.buttons.map(({ title }) => title)) &&
    content.buttons.every((b) => b.title.length <= limit.title && b.id.length <= limit.id);
  if (fits) return longText(content, limit.text, can, link);
  const { text, header, footer, buttons } = content;
  const list = { kind: 'list' as const, text, ...(header && { header }), ...(footer && { footer }), button: '☰', sections: [{ rows: buttons }] };
  return fitList(list, can, link);
}

function fitList(given: OutContent & { kind: 'list' }, can: Capabilities, link: (media: string) => string): OutContent[] {
  const limit = can.list;
  const content = can.flatLists ? withoutSections(given) : given;
  const rows = content.sections.flatMap((s) => s.rows);
  const fits =
    can.sends.includes('list') && limit !== undefined && rows.length <= limit.max && content.button.length <= limit.button && headed(content) &&
    areDistinct(rows.map(({ id }) => id)) && content.sections.every(({ title = '' }) => title.length <= limit.title) &&
    rows.every((r) => r.title.length <= limit.title && r.id.length <= limit.id && (r.description ?? '').length <= limit.description);
  return fits ? longText(content, limit.text, can, link) : fit({ kind: 'text', text: numbered(given) }, can, link);
}

function withoutSections(content: OutContent & { kind: 'list' }): OutContent & { kind: 'list' } {
  const rows = content.sections.flatMap(({ title, rows }) =>
    rows.map(({ description, ...row }) => {
      const said = [title, description].filter(Boolean).join(' · ');
      return { ...row, ...(said && { description: said }) };
    }),
  );
  return { ...content, sections: [{ rows }] };
}

/** What providers take above and below choices. */
const mostOfHeader = 60;
/** WhatsApp's own for a button with an address and for the wish for a place. */
const mostOfLinkTitle = 20;
const mostOfText = 1_024;
/** Two that are alike make providers refuse the whole message. */
const areDistinct = (words: readonly string[]) => new Set(words).size === words.length;
const headed = ({ header = '', footer = '' }: { header?: string; footer?: string }) => header.length <= mostOfHeader && footer.length <= mostOfHeader;

/** Choices, a link or a wish stand under the last part of a text that is too long for one message with them. */
function longText<C extends OutContent & { kind: 'buttons' | 'list' | 'link' | 'location-request' }>(content: C, most: number, can: Capabilities, link: (media: string) => string): OutContent[] {
  const parts = split(content.text, most);
  const last = parts.pop() ?? '';
  return [...parts.flatMap((text) => fit({ kind: 'text', text }, can, link)), { ...content, text: last }];
}

function numbered({ header, text, footer, sections }: OutContent & { kind: 'list' }): string {
  let n = 0;
  const lines = (rows: Choice[]) => rows.map((row) => `${++n}. ${row.title}${row.description ? `: ${row.description}` : ''}`);
  const choices = sections.map(({ title, rows }) => [...(title ? [title] : []), ...lines(rows)].join('\n'));
  return [header, text, ...choices, footer].filter(Boolean).join('\n\n');
}

/** Cuts at the last paragraph, line, sentence or word that fits, and inside a word only when there is no other way. */
export function split(text: string, max: number): string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > max) {
    const head = rest.slice(0, max);
    const cut = [head.lastIndexOf('\n\n'), head.lastIndexOf('\n'), head.lastIndexOf('. ') + 1, head.lastIndexOf(' ')].find((at) => at > max / 2);
    // Never between the halves of one character.
    const at = cut ?? (/[\uD800-\uDBFF]$/.test(head) ? max - 1 : max);
    parts.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return [...parts, rest];
}
