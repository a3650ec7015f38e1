/** Templates: listed, made, deleted, and what is looked at when one is sent. */
import { object, objects, text, type Loose } from '#plugin';
import type { Reply } from '../../emulator/stand.ts';
import { no, yes } from './answers.ts';
import type { GraphCall } from './graph.ts';
import type { EmulatedTemplate, State } from './state.ts';

export function describedTemplate({ id, name, language, category, status, components, parameterFormat, quality, reason }: EmulatedTemplate): object {
  return { id, name, language, category, status, components, parameter_format: parameterFormat, rejected_reason: reason ?? 'NONE', quality_score: { score: quality ?? 'UNKNOWN', date: 1_767_225_600 } };
}

export function templateAnswer({ node, method }: GraphCall, state: State): Reply {
  const template = state.templates.get(node);
  if (!template || method !== 'GET') return no(2500);
  return yes(describedTemplate(template));
}

export function createTemplate({ node: waba, body = {} }: GraphCall, state: State): Reply {
  const [name, language, category] = [text(body.name) ?? '', text(body.language) ?? '', text(body.category) ?? ''];
  if (!/^[a-z0-9_]{1,512}$/.test(name) || language === '' || !['MARKETING', 'UTILITY', 'AUTHENTICATION'].includes(category)) return no(100, 'name, language or category is not valid.');
  if ([...state.templates.values()].some((one) => one.waba === waba && one.name === name && one.language === language)) return no(100, 'There is already content in this language for this template.');
  const components = objects(body.components);
  const complaint = category === 'AUTHENTICATION' ? undefined : complaintAbout(components);
  if (complaint !== undefined) return no(...complaint);
  const template = { id: state.nextNumber(), waba, name, language, category, status: 'PENDING', components: category === 'AUTHENTICATION' ? oneTimeCode(components) : components, parameterFormat: text(body.parameter_format) ?? 'POSITIONAL' };
  state.templates.set(template.id, template);
  return yes({ id: template.id, status: template.status, category });
}

/** Meta writes the text itself, and lists the button as a link to a page of its own. */
function oneTimeCode(components: readonly Loose[]): object[] {
  const button = objects(components.find(({ type }) => type === 'BUTTONS')?.buttons)[0];
  const url = 'https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp';
  return [
    { type: 'BODY', text: '*{{1}}* is your verification code. For your security, do not share this code.', add_security_recommendation: true, example: { body_text: [['123456']] } },
    { type: 'FOOTER', text: 'This code expires in 10 minutes.', code_expiration_minutes: 10 },
    { type: 'BUTTONS', buttons: [{ type: 'URL', text: text(button?.text) ?? 'Copy code', url: `${url}{{1}}`, example: [`${url}123456`] }] },
  ];
}

const variables = (written: string): string[] => [...written.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g)].map(([, name = '']) => name);

function complaintAbout(components: readonly Loose[]): [code: number, details: string] | undefined {
  const part = (type: string) => components.find((component) => text(component.type)?.toUpperCase() === type);
  const [header, body, footer] = [part('HEADER'), part('BODY'), part('FOOTER')];
  const written = text(body?.text) ?? '';
  if (written === '') return [100, 'A body is required.'];
  if (written.length > 1024) return [2388040, 'The body is too long.'];
  if (/^\s*\{\{|\}\}\s*$/.test(written)) return [2388299, 'Variables can’t be at the start or end of the template.'];
  if (variables(written).length > 0 && !hasExamples(body, 'body_text')) return [100, 'The body has variables and no example of them.'];
  if (text(header?.format) === 'TEXT' && variables(text(header?.text) ?? '').length > 0 && !hasExamples(header, 'header_text')) return [2388047, 'The header has a variable and no example of it.'];
  if (['IMAGE', 'VIDEO', 'DOCUMENT'].includes(text(header?.format) ?? '') && !Array.isArray(object(header?.example)?.header_handle)) return [2388047, 'The header has no sample.'];
  if ((text(footer?.text) ?? '').length > 60) return [2388073, 'The footer is too long.'];
  return undefined;
}

function hasExamples(part: Loose | undefined, member: string): boolean {
  const example = object(part?.example);
  return Array.isArray(example?.[member]) || Array.isArray(example?.[`${member}_named_params`]);
}

/** By name all its languages, with `hsm_id` one of them. */
export function deleteTemplates({ node: waba, query }: GraphCall, state: State): Reply {
  const id = query.get('hsm_id');
  const gone = [...state.templates.values()].filter((one) => one.waba === waba && one.name === query.get('name') && (id === null || one.id === id));
  if (gone.length === 0) return no(100, 'There is no such template.');
  for (const { id: each } of gone) state.templates.delete(each);
  return yes({ success: true });
}

/** Undefined when it may be sent. An account that has no templates at all takes any: most tests are about something else. */
export function templateRefusal(given: Loose | undefined, waba: string, state: State): Reply | undefined {
  const own = [...state.templates.values()].filter((one) => one.waba === waba);
  if (own.length === 0) return undefined;
  const template = own.find(({ name, language }) => name === text(given?.name) && language === text(object(given?.language)?.code));
  if (!template || template.status === 'PENDING' || template.status === 'REJECTED') return no(132001);
  if (template.status === 'PAUSED') return no(132015);
  if (template.status !== 'APPROVED') return no(132016);
  const part = (list: unknown, type: string) => objects(list).find((one) => text(one.type)?.toUpperCase() === type);
  for (const type of ['HEADER', 'BODY']) {
    const wanted = new Set(variables(text(part(template.components, type)?.text) ?? '')).size;
    const sent = objects(part(given?.components, type)?.parameters).filter((parameter) => parameter.type === 'text').length;
    if (wanted !== sent) return no(132000, `${type.toLowerCase()}: number of localizable_params (${sent}) does not match the expected number of params (${wanted})`);
  }
  const format = text(part(template.components, 'HEADER')?.format) ?? '';
  if (['IMAGE', 'VIDEO', 'DOCUMENT'].includes(format) && object(objects(part(given?.components, 'HEADER')?.parameters)[0])?.type !== format.toLowerCase()) return no(132012, `header: Format mismatch, expected ${format}`);
  return undefined;
}
