/** A template as the broadcast that sends it: its variables put where Qontak wants them. */
import type { Json, OutContent } from '#plugin';

type Template = Extract<OutContent, { kind: 'template' }>;

/** The broadcast takes media in a header and has no place for the variable of a header's text. */
export function headerFault({ variables }: Template): string | undefined {
  return Object.keys(variables).some((key) => key.startsWith('header.')) ? 'Qontak’s API cannot fill in a variable in the header’s text.' : undefined;
}

export function broadcastBody(account: string, phone: string, { template, language, variables, media }: Template, file: { url: string; name: string } | undefined): Json {
  const body = bodyVariables(variables).map(([name, value], at) => ({
    key: /^\d+$/.test(name) ? name : String(at + 1),
    // The name of a field in Qontak's import of contacts; any will do.
    value: /^\d+$/.test(name) ? `variable_${name}` : name.replaceAll(/\W/g, '_'),
    value_text: value,
  }));
  const buttons = buttonVariables(variables).map(([index, value]) => ({ index, type: 'url', value }));
  const header = media && file && { format: media.kind.toUpperCase(), params: [{ key: 'url', value: file.url }, { key: 'filename', value: file.name }] };
  return {
    to_number: phone,
    to_name: phone,
    message_template_id: template,
    channel_integration_id: account,
    language: { code: language },
    parameters: { ...(header && { header }), ...(body.length > 0 && { body }), ...(buttons.length > 0 && { buttons }) },
  };
}

function bodyVariables(variables: Template['variables']): [string, string][] {
  const all = Object.entries(variables).flatMap(([key, value]): [string, string][] => (key === 'code' ? [['1', value]] : key.includes('.') ? [] : [[key, value]]));
  return all.every(([name]) => /^\d+$/.test(name)) ? all.sort(([one], [other]) => Number(one) - Number(other)) : all;
}

function buttonVariables(variables: Template['variables']): [string, string][] {
  return Object.entries(variables).flatMap(([key, value]): [string, string][] => {
    if (key === 'code') return [['0', value]];
    const index = /^button\.(\d+)$/.exec(key)?.[1];
    return index === undefined ? [] : [[index, value]];
  });
}
