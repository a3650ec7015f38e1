/** What the API sends: contents as a program writes them, made into what the pipeline takes. */
import { Type, type Static, type TProperties, type TSchema } from 'typebox';
import type { OutContent } from '../../plugin/contract/content.ts';
import type { Templates } from '../../workspace/templates.ts';
import { Refused } from '../../workspace/refused.ts';
import { id, known, object, optional } from './call.ts';
import { Unusable } from './problems.ts';

const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const kind = <const K extends string, P extends TProperties>(kind: K, members: P) => object({ kind: Type.Literal(kind), ...members });
const choice = object({ id: text(256), title: text(256), description: optional(text(1_000)) });
const around = { header: optional(text(1_000)), footer: optional(text(1_000)) };
const coordinate = (most: number) => Type.Number({ minimum: -most, maximum: most });

const kinds = [
  kind('text', { text: text(65_536) }),
  kind('buttons', { text: text(65_536), ...around, buttons: Type.Array(choice, { minItems: 1, maxItems: 20 }) }),
  kind('list', { text: text(65_536), ...around, button: text(256), sections: Type.Array(object({ title: optional(text(256)), rows: Type.Array(choice, { minItems: 1, maxItems: 50 }) }), { minItems: 1, maxItems: 20 }) }),
  kind('link', { text: text(65_536), title: text(256), url: Type.String({ maxLength: 2_000, pattern: '^https?://' }) }),
  kind('location-request', { text: text(65_536) }),
  object({ kind: Type.Enum(['image', 'video', 'audio', 'voice', 'document', 'sticker']), media: Type.String({ maxLength: 100, description: 'Of POST /media.' }), caption: optional(text(65_536)), name: optional(text(255)) }),
  kind('location', { latitude: coordinate(90), longitude: coordinate(180), name: optional(text(1_000)), address: optional(text(1_000)) }),
  kind('contacts', { contacts: Type.Array(object({ name: text(255), phones: Type.Array(text(100), { maxItems: 20 }), emails: Type.Array(text(255), { maxItems: 20 }) }), { minItems: 1, maxItems: 50 }) }),
  kind('template', {
    id: optional(id), name: optional(text(255)), language: optional(text(64)),
    variables: optional(Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 10_000 }))),
    media: optional(Type.String({ maxLength: 100, description: 'The medium of a media header.' })),
  }),
] as const;

/** Told apart by `kind`, so that a complaint is about the kind that was meant. */
const byKind = <K extends readonly TSchema[]>(kinds: K) =>
  Type.Unsafe<Static<K[number]>>({ type: 'object', required: ['kind'], discriminator: { propertyName: 'kind' }, oneOf: kinds, description: 'A template is named by its id, or by name and language.' });

export const content = byKind(kinds);
export type GivenContent = Static<typeof content>;

/**
 * Of media the pipeline knows the type and the size better than whoever sends them; of a template the workspace makes what the
 * contact reads.
 * @throws Unusable, Refused by field, `content.…` · SwitchboardError NOT_FOUND
 */
export async function outContent(templates: Templates, tenantId: string, connectionId: string, given: GivenContent): Promise<OutContent> {
  if ('media' in given && given.kind !== 'template') return { ...given, mime: '', bytes: 0 };
  if (given.kind !== 'template') return given;
  const { variables = {}, media } = given;
  const templateId = await templateOf(templates, tenantId, connectionId, given);
  try {
    return await templates.content(tenantId, templateId, { variables, ...(media !== undefined && { mediaId: known(media) }) });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new Refused(Object.fromEntries(Object.entries(error.faults).map(([field, fault]) => [`content.${field}`, fault])), { code: error.code });
  }
}

async function templateOf(templates: Templates, tenantId: string, connectionId: string, { id, name, language }: Extract<GivenContent, { kind: 'template' }>): Promise<string> {
  if (id !== undefined) {
    const row = await templates.get(tenantId, known(id));
    if (row.connectionId !== connectionId) throw new Unusable('content.id', 'templateElsewhere');
    return row.id;
  }
  if (name === undefined || language === undefined) throw new Unusable('content', 'exactlyOne', { names: 'id, name + language' });
  const named = { connectionId, name, language };
  const { rows: approved } = await templates.list(tenantId, { ...named, status: 'approved', limit: 2 });
  if (approved.length > 1) throw new Unusable('content.name', 'templateAmbiguous');
  // One that is not approved is refused for that reason.
  const [row] = approved.length > 0 ? approved : (await templates.list(tenantId, { ...named, limit: 1 })).rows;
  if (!row) throw new Unusable('content.name', 'templateUnknown');
  return row.id;
}
