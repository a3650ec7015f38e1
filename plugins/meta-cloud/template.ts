/** A template message: its variables put where the template wants them. Section "Template messages" of the Cloud API reference. */
import type { Json, MediaKind, OutContent } from '#plugin';

type Template = Extract<OutContent, { kind: 'template' }>;
type Body = { [key: string]: Json };

/**
 * Variables are named by their place: `1`, `2` … or `first_name` for the body, `header.1` for the header, `header.latitude` and its like
 * for a place in the header, `button.0` for what the link of the first button ends with, `button.0.payload` and `button.0.code` for a
 * quick reply and a code to copy, `otp.0` for a one-time code whose button is the first.
 * @param upload Meta's id of the file in a media header
 */
export function templateBody({ name, language, variables, media }: Template, upload: string | undefined): Body {
  const header = media ? fileHeader(media.kind, upload ?? '', media.name) : (placeHeader(variables) ?? textComponent('header', variables));
  const components = [...header, ...textComponent('body', variables), ...buttons(variables), ...oneTimeCode(variables)];
  return { type: 'template', template: { name, language: { code: language }, ...(components.length > 0 && { components }) } };
}

function fileHeader(kind: MediaKind, id: string, filename: string | undefined): Body[] {
  const type = kind === 'image' || kind === 'video' ? kind : 'document';
  return [{ type: 'header', parameters: [{ type, [type]: { id, ...(type === 'document' && filename !== undefined && { filename }) } }] }];
}

/** Undefined where the header is no place. */
function placeHeader(variables: Template['variables']): Body[] | undefined {
  const { 'header.latitude': latitude, 'header.longitude': longitude, 'header.name': name, 'header.address': address } = variables;
  if (latitude === undefined || longitude === undefined) return undefined;
  return [{ type: 'header', parameters: [{ type: 'location', location: { latitude, longitude, ...(name !== undefined && { name }), ...(address !== undefined && { address }) } }] }];
}

/** Positions are sent in order, as their order is their meaning; names carry themselves. */
function textComponent(type: 'header' | 'body', variables: Template['variables']): Body[] {
  const named = Object.entries(variables).flatMap(([key, text]) => {
    const [place, name] = key.includes('.') ? [key.slice(0, key.indexOf('.')), key.slice(key.indexOf('.') + 1)] : ['body', key];
    return place === type ? [{ name, text: oneLine(text) }] : [];
  });
  if (named.length === 0) return [];
  const positional = named.every(({ name }) => /^\d+$/.test(name));
  if (positional) named.sort((one, other) => Number(one.name) - Number(other.name));
  return [{ type, parameters: named.map(({ name, text }) => ({ type: 'text', ...(!positional && { parameter_name: name }), text })) }];
}

function buttons(variables: Template['variables']): Body[] {
  return Object.entries(variables).flatMap(([key, value]): Body[] => {
    const [, index, what] = /^button\.(\d+)(?:\.(payload|code))?$/.exec(key) ?? [];
    if (index === undefined) return [];
    if (what === 'payload') return [{ type: 'button', sub_type: 'quick_reply', index, parameters: [{ type: 'payload', payload: value }] }];
    if (what === 'code') return [{ type: 'button', sub_type: 'copy_code', index, parameters: [{ type: 'coupon_code', coupon_code: value }] }];
    return [{ type: 'button', sub_type: 'url', index, parameters: [{ type: 'text', text: value }] }];
  });
}

/** A one-time code stands in the body and again in its button. */
function oneTimeCode(variables: Template['variables']): Body[] {
  return Object.entries(variables).flatMap(([key, code]): Body[] => {
    const [, index] = /^otp\.(\d+)$/.exec(key) ?? [];
    if (index === undefined) return [];
    const parameters = [{ type: 'text', text: code }];
    return [{ type: 'body', parameters }, { type: 'button', sub_type: 'url', index, parameters }];
  });
}

/** Meta refuses line breaks, tabs and more than four blanks in a row inside a value (132018). */
function oneLine(text: string): string {
  return text.replace(/\s*[\n\r\t]+\s*/g, ' ').replace(/ {5,}/g, '    ');
}
