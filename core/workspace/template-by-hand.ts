/** A template of a channel whose provider cannot be asked for them: what was approved there is typed in here. */
import type { TemplateDraft, TemplatePreview, TemplateRecord } from '../plugin/contract/template.ts';

/** Named by name and language, for there is no id of the provider's. Variables stand in the order in which they are read. */
export function recordByHand(draft: TemplateDraft): TemplateRecord {
  const preview = withPlaces(draft.preview);
  const name = draft.name.trim();
  const language = draft.language.trim();
  const keys = new Set([...textsOf(preview)].flatMap((text) => [...text.matchAll(placeholder)].map(([, key = '']) => key.trim())));
  const exampleOf = (key: string) => draft.examples[key] ?? draft.examples[key.replace(/^header\./, '')];
  return {
    id: `${name}/${language}`,
    name,
    language,
    status: 'approved',
    ...(draft.category !== '' && { category: draft.category }),
    components: null,
    preview,
    variables: [...keys].map((key) => {
      const example = exampleOf(key);
      return { key, ...(example !== undefined && example !== '' && { example }) };
    }),
  };
}

const placeholder = /\{\{([^{}]{1,100})\}\}/g;

function* textsOf({ header, body, footer, buttons }: TemplatePreview): Generator<string> {
  if (header?.kind === 'text') yield header.text;
  yield body;
  if (footer !== undefined) yield footer;
  for (const { target } of buttons ?? []) if (target !== undefined) yield target;
}

/** `{{1}}` of the header is another variable than `{{1}}` of the body, and each button has its own. */
function withPlaces({ header, body, footer, buttons }: TemplatePreview): TemplatePreview {
  return {
    body,
    ...(header && { header: header.kind === 'text' ? { kind: 'text' as const, text: header.text.replace(placeholder, (_, key: string) => `{{header.${key.trim()}}}`) } : header }),
    ...(footer !== undefined && footer !== '' && { footer }),
    ...(buttons && { buttons: buttons.map((button, n) => ({ ...button, ...(button.target !== undefined && { target: button.target.replace(placeholder, `{{button.${n}}}`) }) })) }),
  };
}
