/** The form of a plugin's settings, with the fields that every connection and agent has before them. */
import type { Field, Typed } from '../plugin/fields.ts';
import type { Reading } from './site.ts';
import type { FieldErrors } from './views/every-page.ts';

/** A plugin's own field has no name that begins like this. */
const ours = '_';

export function ownFields({ t }: Reading, { name, description }: { name: string; description?: string }): Field[] {
  return [
    { name: `${ours}name`, label: t('says:connection.name'), required: true, input: { kind: 'text', value: name, maxLength: 200 } },
    ...(description === undefined ? [] : [{ name: `${ours}description`, label: t('says:connection.description'), required: false, input: { kind: 'text' as const, value: description, maxLength: 1_000 } }]),
  ];
}

/** What was typed, taken apart. Without a version, or with one that is no number, nothing fits and nothing is overwritten. */
export function settingsIn(typed: Typed): { name: string; description: string; version: number; settings: Typed } {
  const word = (name: string) => [typed[ours + name] ?? ''].flat()[0]?.trim() ?? '';
  return {
    name: word('name'),
    description: word('description'),
    version: Number.parseInt(word('version'), 10) || -1,
    settings: Object.fromEntries(Object.entries(typed).filter(([name]) => !name.startsWith(ours))),
  };
}

/** Two people changed the same thing: beside each field that differs stands what is stored now. Secrets are never compared in the open. */
export function comparedWith({ t }: Reading, typed: readonly Field[], stored: readonly Field[]): FieldErrors {
  const errors: FieldErrors = { form: t('says:conflict.says') };
  for (const field of typed) {
    const now = valueOf(stored.find((one) => one.name === field.name));
    if (now !== undefined && now !== valueOf(field)) errors[field.name] = t('says:conflict.stored', { value: now || t('says:conflict.empty') });
  }
  return errors;
}

function valueOf(field: Field | undefined): string | undefined {
  switch (field?.input.kind) {
    case 'text': case 'long': case 'number': case 'choice': return field.input.value;
    case 'switch': return field.input.value ? '✓' : '–';
    case 'list': return field.input.values.join(', ');
    case 'secret': case undefined: return undefined;
  }
}
