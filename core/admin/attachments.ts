/** `/app/{tenant}/whatsapp/{id}/files`: files on their way into a conversation. What cannot be sent is told before, by the decision that sending makes. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { AppContext } from '../context.ts';
import { SwitchboardError } from '../errors.ts';
import { FormWithFiles } from '../http/form-with-files.ts';
import { kindOfType, plainType } from '../media/types.ts';
import { mediaProblem } from '../pipeline/fit.ts';
import type { Capabilities } from '../plugin/contract/channel.ts';
import type { MediaKind, OutContent } from '../plugin/contract/content.ts';
import { mostBytes, type MediaRow } from '../workspace/media.ts';
import { Refused } from '../workspace/refused.ts';
import { sizeIn } from './format.ts';
import { byOf, known, ofOne, openForm, query, readingOf, showPart, type Reading, type Site } from './site.ts';
import type { Attachment } from './views/thread.ts';
import { fieldErrors } from './wording.ts';

const address = '/app/:tenant/whatsapp/:id/files';
const mostFiles = 10;

/** A file goes as what its type says, unless the header of a template wants one kind. */
export interface Meant {
  header?: MediaKind;
}

const name = Type.String({ maxLength: 255 });
const meant = { header: Type.Optional(Type.Enum(['image', 'video', 'document'])) };

export function attachmentPages(app: Site, ctx: AppContext): void {
  const permission = 'conversations.write' as const;

  // Asked before a file comes, so that nobody waits for one that is too large. Of which type it is its bytes will say.
  const coming = query({ name, type: Type.String({ maxLength: 255 }), bytes: Type.Integer({ minimum: 0 }), ...meant });
  app.get(address, { config: { permission }, schema: { params: ofOne, querystring: coming } }, async (request, reply) => {
    const into = await destination(ctx, request);
    const { name, type, bytes, header } = request.query;
    const mime = plainType(type);
    const kind = header ?? kindOfType(mime);
    const problem = bytes > mostBytes ? 'size' : mediaProblem(contentOf({ kind, mime, bytes, header }), into.can)?.why;
    return answer(request, reply, { kind, name, bytes, ...(problem && problem !== 'media-type' && sayProblem(into, { kind, mime, bytes, header })) }, 200);
  });

  // What was here when the page was left, by the ids that it kept.
  app.get(`${address}/kept`, { config: { permission }, schema: { params: ofOne, querystring: query({ ids: Type.String({ maxLength: 400 }) }) } }, async (request, reply) => {
    const files = await keptFiles(await destination(ctx, request), request.query.ids.split(',').slice(0, mostFiles), {});
    return showPart(ctx, request, reply, 'parts/files', { files: files.filter(({ id }) => id !== undefined) });
  });

  void app.register(async (plain) => {
    const bytes = plain.withTypeProvider<TypeBoxTypeProvider>();
    bytes.removeAllContentTypeParsers();
    bytes.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    bytes.post(address, { config: { permission, takesFile: true }, schema: { params: ofOne, querystring: query({ name, ...meant }) }, bodyLimit: mostBytes }, async (request, reply) => {
      const { name, ...how } = request.query;
      const file = await take(await destination(ctx, request), request, { name, bytes: isBytes(request.body) ? request.body : nothing() }, how);
      return answer(request, reply, file, 201);
    });
  });

  const answer = (request: FastifyRequest, reply: FastifyReply, file: Attachment, status: number) =>
    showPart(ctx, request, reply, 'parts/files', { files: [file] }, file.problem === undefined ? status : 422);
}

/** Routes that take a form with files beside the plain form of the same fields. */
export function takesFiles(app: Site): Site {
  app.addContentTypeParser('multipart/form-data', (request: FastifyRequest, payload: AsyncIterable<Uint8Array>) => FormWithFiles.open(payload, request.headers['content-type'] ?? ''));
  // As a schema would: before anything else is asked or told.
  app.addHook('preHandler', async ({ body }) => {
    if (!(body instanceof FormWithFiles) && !Value.Check(openForm, body)) throw new SwitchboardError('BAD_REQUEST');
  });
  return app;
}

/**
 * What was typed, and the files of the form: those it kept (`file`, by their ids) and those that come with it (`upload`).
 * @throws SwitchboardError BAD_REQUEST, NOT_FOUND
 */
export async function filledIn(ctx: AppContext, request: FastifyRequest<{ Params: { id: string } }>, how: Meant): Promise<{ typed: Record<string, string | string[]>; files: Attachment[] }> {
  const { body } = request;
  const files: Attachment[] = [];
  const typed: Record<string, string | string[]> = Object.create(null);
  if (body instanceof FormWithFiles) {
    for await (const part of body.parts) {
      if ('text' in part) typed[part.name] = [...[typed[part.name] ?? []].flat(), part.text];
      else if (part.filename === '') continue;
      else if (files.length < mostFiles) files.push(await take(await destination(ctx, request), request, { name: part.filename, bytes: part.bytes }, how));
      else files.push({ kind: 'document', name: part.filename });
    }
    for (const [field, values] of Object.entries(typed)) if (values.length === 1) typed[field] = values[0] ?? '';
  } else if (Value.Check(openForm, body)) Object.assign(typed, body);
  else throw new SwitchboardError('BAD_REQUEST');
  const ids = [typed['file'] ?? []].flat();
  delete typed['file'];
  const kept = ids.length === 0 ? [] : await keptFiles(await destination(ctx, request), ids.slice(0, mostFiles + 1), how);
  // Whoever chose more is told which do not go: none is left out without a word.
  const problem = readingOf(ctx, request).t('files.many', { most: mostFiles });
  return { typed, files: [...kept, ...files].map((file, n) => (n < mostFiles ? file : { kind: file.kind, name: file.name, problem: file.problem ?? problem })) };
}

/** The words go with the first of them. */
export const contentsOf = (text: string, files: readonly Attachment[]): OutContent[] =>
  files.length === 0 ? [{ kind: 'text', text }] : files.map(({ kind, id = '' }, n) => ({ kind, media: id, mime: '', bytes: 0, ...(n === 0 && text !== '' && { caption: text }) }));

// ── one file ─────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Destination {
  ctx: AppContext;
  reading: Reading;
  can: Capabilities;
}

/** @throws SwitchboardError NOT_FOUND it is no conversation of this tenant, or its channel is not here any more */
async function destination(ctx: AppContext, request: FastifyRequest<{ Params: { id: string } }>): Promise<Destination> {
  const reading = readingOf(ctx, request);
  const { number } = await ctx.workspace.conversations.row(reading.tenantId, known(request.params.id));
  const { directory } = ctx.runtime;
  const can = directory.connection(directory.number(number.id)?.connectionId ?? '')?.channel?.can;
  if (!can) throw new SwitchboardError('NOT_FOUND');
  return { ctx, reading, can };
}

async function take(into: Destination, request: FastifyRequest, { name, bytes }: { name: string; bytes: AsyncIterable<Uint8Array> }, how: Meant): Promise<Attachment> {
  const { ctx, reading } = into;
  const kind = how.header;
  try {
    return attachmentOf(into, await ctx.workspace.media.upload(reading.tenantId, bytes, { name, ...(kind && { kind }) }, byOf(request)), how);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const problem = fieldErrors(error, reading, ctx.runtime.plugins)['file'];
    return { kind: kind ?? 'document', name, ...(problem !== undefined && { problem }) };
  }
}

async function keptFiles(into: Destination, ids: readonly string[], how: Meant): Promise<Attachment[]> {
  const { ctx, reading } = into;
  const files: Attachment[] = [];
  for (const id of ids) {
    const row = await ctx.workspace.media.get(reading.tenantId, known(id)).catch(unlessGone);
    files.push(row?.state === 'stored' ? attachmentOf(into, row, how) : { kind: 'document', name: row?.name ?? '', problem: reading.t('says:send.media-missing') });
  }
  return files;
}

function unlessGone(error: unknown): undefined {
  if (!(error instanceof SwitchboardError) || error.code !== 'NOT_FOUND') throw error;
}

function attachmentOf(into: Destination, { id, kind, name, mime = '', bytes = 0, thumbnail }: MediaRow, { header }: Meant): Attachment {
  const problem = sayProblem(into, { kind, mime, bytes, header });
  return { kind, name: name ?? '', bytes, ...problem, ...(!problem && { id }), ...(thumbnail && kind !== 'document' && { picture: true as const }) };
}

interface Measured {
  kind: MediaKind;
  mime: string;
  bytes: number;
  header: MediaKind | undefined;
}

const contentOf = ({ kind, mime, bytes, header }: Measured): OutContent =>
  header === undefined ? { kind, media: '', mime, bytes } : { kind: 'template', template: '', name: '', language: '', variables: {}, media: { kind: header, id: '', mime, bytes } };

/** In the reader's language; undefined where it can be sent. */
function sayProblem({ can, reading: { t, locale } }: Destination, file: Measured): Pick<Attachment, 'problem'> | undefined {
  if (file.bytes > mostBytes) return { problem: t('says:file.too-large', { size: sizeIn(locale, file.bytes), most: sizeIn(locale, mostBytes) }) };
  const found = mediaProblem(contentOf(file), can);
  if (!found) return undefined;
  const most = sizeIn(locale, found.mostBytes ?? mostBytes);
  return { problem: found.why === 'media-type' ? t('says:file.type', { type: file.mime }) : t('says:file.too-large', { size: sizeIn(locale, file.bytes), most }) };
}

const isBytes = (body: unknown): body is AsyncIterable<Uint8Array> => typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

async function* nothing(): AsyncGenerator<Uint8Array> {}
