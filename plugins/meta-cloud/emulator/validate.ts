/** What Meta refuses in the body of POST /{number}/messages: missing members (131008), limits (131009), other faults (100). */
import { object, text, type Loose } from '#plugin';
import type { Reply } from '../../emulator/stand.ts';
import { no } from './answers.ts';

/** Undefined when the body may be sent. */
export function refusalOf(body: Loose, senderPhone: string): Reply | undefined {
  if (body.messaging_product !== 'whatsapp') return no(100, 'The parameter messaging_product is required.');
  if (body.status !== undefined) return body.status === 'read' && isText(body.message_id) ? undefined : no(100, 'The parameter message_id is required.');
  const to = text(body.to);
  if (to === undefined && text(body.recipient) === undefined) return no(100, 'The parameter to is required.');
  if (to !== undefined && !/^\+?[0-9]{5,20}$/.test(to)) return no(131009, `“${to.slice(0, 40)}” is not a phone number.`);
  if (to?.replace('+', '') === senderPhone) return no(131021, 'The recipient cannot be the sender.');
  const callback = body.biz_opaque_callback_data;
  if (callback !== undefined && (typeof callback !== 'string' || Buffer.byteLength(callback) > 512)) return no(131009, 'biz_opaque_callback_data has at most 512 bytes.');
  if (body.context !== undefined && !isText(object(body.context)?.message_id)) return no(131009, 'context.message_id is not valid.');
  const type = text(body.type) ?? 'text';
  const content = body[type];
  if (!kinds.has(type)) return no(100, `Param type must be one of {${[...kinds].join(', ')}}.`);
  if (typeof content !== 'object' || content === null) return no(131008, `Parameter '${type}' is mandatory for type '${type}'.`);
  const complaint = complaintAbout(type, content);
  return complaint === undefined ? undefined : no(complaint.startsWith('Missing') ? 131008 : 131009, complaint);
}

const kinds = new Set(['text', 'image', 'video', 'audio', 'document', 'sticker', 'location', 'contacts', 'reaction', 'interactive', 'template']);

function complaintAbout(type: string, content: object): string | undefined {
  const part = object(content) ?? {};
  switch (type) {
    case 'text':
      return length('text.body', part.body, 1, 4096);
    case 'reaction':
      return length('reaction.message_id', part.message_id, 1, 300) ?? (typeof part.emoji === 'string' ? undefined : 'Missing reaction.emoji.');
    case 'location':
      return coordinate(part.latitude, 90) && coordinate(part.longitude, 180) ? undefined : 'location.latitude and longitude are not valid.';
    case 'contacts':
      return Array.isArray(content) && content.length > 0 && content.every(isNamed) ? undefined : 'Missing contacts[].name.formatted_name and one more part of the name.';
    case 'interactive':
      return interactive(part);
    case 'template':
      return length('template.name', part.name, 1, 512) ?? length('template.language.code', object(part.language)?.code, 2, 16) ?? parameters(part.components);
    default:
      if (!isText(part.id) && !isText(part.link)) return `Missing ${type}.id or ${type}.link.`;
      if (part.caption !== undefined && (type === 'audio' || type === 'sticker')) return `A message of type ${type} has no caption.`;
      return part.caption === undefined ? undefined : length(`${type}.caption`, part.caption, 1, 1024);
  }
}

function interactive(part: Loose): string | undefined {
  const action = object(part.action);
  const isList = part.type === 'list';
  const common =
    length('interactive.body.text', object(part.body)?.text, 1, isList ? 4096 : 1024) ??
    (part.footer === undefined ? undefined : length('interactive.footer.text', object(part.footer)?.text, 1, 60)) ??
    (object(part.header)?.type === 'text' ? length('interactive.header.text', object(part.header)?.text, 1, 60) : undefined) ??
    (action ? undefined : 'Missing interactive.action.');
  if (common !== undefined) return common;
  switch (part.type) {
    case 'button':
      return buttons(action?.buttons);
    case 'list':
      return length('action.button', action?.button, 1, 20) ?? sections(action?.sections);
    case 'cta_url': {
      const parameters = object(action?.parameters);
      return length('parameters.display_text', parameters?.display_text, 1, 20) ?? (URL.canParse(text(parameters?.url) ?? '') ? undefined : 'parameters.url is not a URL.');
    }
    case 'location_request_message':
      return action?.name === 'send_location' ? undefined : 'action.name must be send_location.';
    default:
      return isText(part.type) ? undefined : 'Missing interactive.type.';
  }
}

function buttons(given: unknown): string | undefined {
  if (!Array.isArray(given) || given.length === 0) return 'Missing action.buttons.';
  if (given.length > 3) return 'There are at most 3 buttons.';
  const replies = given.map((button) => object(object(button)?.reply));
  for (const reply of replies) {
    const complaint = length('reply.id', reply?.id, 1, 256) ?? length('reply.title', reply?.title, 1, 20);
    if (complaint !== undefined) return complaint;
  }
  return unique(replies.map((reply) => reply?.id)) && unique(replies.map((reply) => reply?.title)) ? undefined : 'The ids and titles of buttons must differ.';
}

function sections(given: unknown): string | undefined {
  if (!Array.isArray(given) || given.length === 0) return 'Missing action.sections.';
  if (given.length > 10) return 'There are at most 10 sections.';
  const all = given.map((section) => object(section) ?? {});
  if (given.length > 1 && !all.every(({ title }) => isText(title))) return 'Missing sections[].title: it is needed when there are several.';
  const rows = all.flatMap((section) => (Array.isArray(section.rows) ? section.rows.map(object) : []));
  if (rows.length === 0) return 'Missing sections[].rows.';
  if (rows.length > 10) return 'There are at most 10 rows in all.';
  for (const row of rows) {
    const complaint = length('row.id', row?.id, 1, 200) ?? length('row.title', row?.title, 1, 24) ?? (row?.description === undefined ? undefined : length('row.description', row.description, 1, 72));
    if (complaint !== undefined) return complaint;
  }
  if (all.some(({ title }) => typeof title === 'string' && title.length > 24)) return 'A section’s title has at most 24 characters.';
  return unique(rows.map((row) => row?.id)) ? undefined : 'The ids of rows must differ.';
}

/** Parameter texts may hold neither line breaks nor tabs nor long runs of blanks. */
function parameters(components: unknown): string | undefined {
  if (components === undefined) return undefined;
  if (!Array.isArray(components)) return 'template.components is not a list.';
  const texts = components.flatMap((component) => {
    const given = object(component)?.parameters;
    return Array.isArray(given) ? given.flatMap((parameter) => text(object(parameter)?.text) ?? []) : [];
  });
  return texts.some((value) => /[\n\r\t]| {5}/.test(value)) ? 'A parameter’s text cannot have new lines, tabs or more than four spaces in a row.' : undefined;
}

function length(name: string, value: unknown, min: number, max: number): string | undefined {
  if (typeof value !== 'string' || value.length < min) return `Missing ${name}.`;
  return [...value].length > max ? `${name} has at most ${max} characters.` : undefined;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function coordinate(value: unknown, limit: number): boolean {
  return value !== '' && Number.isFinite(Number(value)) && Math.abs(Number(value)) <= limit;
}

function isNamed(card: unknown): boolean {
  const name = object(object(card)?.name);
  return isText(name?.formatted_name) && ['first_name', 'last_name', 'middle_name', 'prefix', 'suffix'].some((part) => isText(name?.[part]));
}

function unique(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}
