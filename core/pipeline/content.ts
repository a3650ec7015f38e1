/** What a person would read of a message, whatever its kind. */
import type { Content, OutContent } from '../plugin/contract/content.ts';

export function textOf(content: Content | OutContent): string {
  switch (content.kind) {
    case 'text':
    case 'choice':
    case 'buttons':
    case 'list':
    case 'link':
    case 'location-request':
      return content.text;
    case 'image':
    case 'video':
    case 'audio':
    case 'voice':
    case 'document':
    case 'sticker':
      return content.caption ?? ('name' in content ? content.name : 'media' in content && typeof content.media === 'object' ? content.media.name : undefined) ?? '';
    case 'location':
      return content.name ?? content.address ?? `${content.latitude}, ${content.longitude}`;
    case 'contacts':
      return content.contacts.map((c) => c.name).join(', ');
    case 'order':
    case 'system':
    case 'form':
      return content.text ?? '';
    case 'reaction':
      return content.emoji ?? '';
    case 'template':
      return content.text ?? content.name;
    case 'unsupported':
      return content.what;
  }
}

/** The start of a text for lists: one line, cut at a character, never inside one. */
export function preview(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= 250 ? line : `${line.slice(0, 249).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
