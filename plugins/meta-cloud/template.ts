/** A template message: its variables put where the template wants them. */
import type { Json, OutContent } from '#plugin';

type Template = Extract<OutContent, { kind: 'template' }>;
type Body = { [key: string]: Json };

/**
 * Variables are named by their place: `1`, `2` … or `first_name` for the body, `header.1` for the header, `button.0` for the text
 * a link of the first button ends with, `button.0.payload` and `button.0.code` for a quick reply and a code to copy.
 */
export function templateBody({ name, language, variables }: Template): Body {
  const components = [...textComponent('header', variables), ...textComponent('body', variables), ...buttons(variables)];
  return { type: 'template', template: { name, language: { code: language }, ...(components.length > 0 && { components }) } };
}

/** Positions are sent in order, as their order is their meaning; names carry themselves. */
function textComponent(type: 'header' | 'body', variables: Template['variables']): Body[] {
  const named = Object.entries(variables).flatMap(([key, text]) => {
    const [place, name] = key.includes('.') ? [key.slice(0, key.indexOf('.')), key.slice(key.indexOf('.') + 1)] : ['body', key];
    return place === type ? [{ name, text }] : [];
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
