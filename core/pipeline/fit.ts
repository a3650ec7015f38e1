/** Makes content fit what a channel can do: split when too long, degraded to numbered text when it has no such kind. Nothing is lost. */
import type { Capabilities, Choice, OutContent } from '../plugin/contract.ts';

export function fit(content: OutContent, can: Capabilities): OutContent[] {
  switch (content.kind) {
    case 'text':
      return split(content.text, can.maxText).map((text) => ({ kind: 'text', text }));
    case 'buttons':
      return fitButtons(content, can);
    case 'list':
      return fitList(content, can);
    case 'link':
      return can.sends.includes('link') ? [content] : fit({ kind: 'text', text: `${content.text}\n\n${content.title}: ${content.url}` }, can);
    case 'location-request':
      return can.sends.includes('location-request') ? [content] : fit({ kind: 'text', text: content.text }, can);
    case 'location':
      if (can.sends.includes('location')) return [content];
      return fit({ kind: 'text', text: [content.name, content.address, `${content.latitude}, ${content.longitude}`].filter(Boolean).join('\n') }, can);
    case 'contacts':
      if (can.sends.includes('contacts')) return [content];
      return fit({ kind: 'text', text: content.contacts.map((c) => [c.name, ...c.phones, ...c.emails].join('\n')).join('\n\n') }, can);
    default:
      return [content];
  }
}

function fitButtons(content: OutContent & { kind: 'buttons' }, can: Capabilities): OutContent[] {
  const limit = can.buttons;
  const fits =
    can.sends.includes('buttons') && limit !== undefined && content.buttons.length <= limit.max && content.text.length <= limit.text &&
    content.buttons.every((b) => b.title.length <= limit.title && b.id.length <= limit.id);
  if (fits) return [content];
  const { text, header, footer, buttons } = content;
  const list = { kind: 'list' as const, text, ...(header && { header }), ...(footer && { footer }), button: '☰', sections: [{ rows: buttons }] };
  return fitList(list, can);
}

function fitList(content: OutContent & { kind: 'list' }, can: Capabilities): OutContent[] {
  const limit = can.list;
  const rows = content.sections.flatMap((s) => s.rows);
  const fits =
    can.sends.includes('list') && limit !== undefined && rows.length <= limit.max && content.text.length <= limit.text && content.button.length <= limit.button &&
    rows.every((r) => r.title.length <= limit.title && r.id.length <= limit.id && (r.description ?? '').length <= limit.description);
  return fits ? [content] : fit({ kind: 'text', text: numbered(content, rows) }, can);
}

function numbered(content: OutContent & { kind: 'list' }, rows: Choice[]): string {
  const lines = rows.map((row, n) => `${n + 1}. ${row.title}${row.description ? `: ${row.description}` : ''}`);
  return [content.header, content.text, lines.join('\n'), content.footer].filter(Boolean).join('\n\n');
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
