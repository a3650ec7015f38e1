/** The API described as OpenAPI 3.1, from the very schemas that check what arrives: JSON Schema needs no translation there. */
import type { FastifySchema } from 'fastify';
import { Type, type TProperties, type TSchema } from 'typebox';
import type { ServerSettings } from '../../context.ts';
import { isRecord } from '../../plugin/settings.ts';
import { baseUrl } from '../../workspace/address.ts';
import { error } from './schemas.ts';
import type { Scope } from './scopes.ts';

export interface Described {
  method: string;
  /** As Fastify has it: `/api/v1/connections/:id`. */
  url: string;
  schema: FastifySchema;
  scope: Scope;
  does: string;
  answers: Record<number, TSchema | 'nothing' | 'bytes' | 'csv'>;
  headers?: TProperties;
  body?: 'bytes';
}

const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };
const csv = { 'text/csv': { schema: { type: 'string' } } };
const json = (schema: unknown) => ({ 'application/json': { schema } });

export function describe(routes: readonly Described[], server: ServerSettings): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = (paths[route.url.replaceAll(/:(\w+)/g, '{$1}')] ??= {});
    path[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Switchboard', version: server.version, description: 'Bearer keys; each operation names the scope it needs. Ids are UUIDs, times milliseconds since 1970.' },
    servers: [{ url: baseUrl(server) }],
    security: [{ key: [] }],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } }, schemas: { Error: error } },
    paths,
  };
}

function operation({ method, url, schema, scope, does, answers, headers = {}, body }: Described): object {
  const content = body === 'bytes' ? bytes : schema.body !== undefined && hasMembers(schema.body) ? json(schema.body) : undefined;
  return {
    operationId: nameOf(method, url),
    tags: [scope.slice(0, scope.indexOf(':'))],
    summary: does,
    description: `Scope: \`${scope}\``,
    security: [{ key: [] }],
    parameters: [...parameters('path', schema.params), ...parameters('query', schema.querystring), ...parameters('header', Type.Partial(Type.Object(headers)))],
    ...(content && { requestBody: { required: true, content } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, { description: meaning[status] ?? '', ...(answer === 'bytes' ? { content: bytes } : answer === 'csv' ? { content: csv } : answer === 'nothing' ? {} : { content: json(answer) }) }])),
      default: { description: 'It was refused; the code says why.', content: json({ $ref: '#/components/schemas/Error' }) },
    },
  };
}

const meaning: Record<string, string> = { 200: 'It is so.', 201: 'It was made.', 202: 'It is kept, and will be done.', 204: 'It was done.' };

/** `POST /api/v1/connections/:id/rotate-secret` → `postConnectionsByIdRotateSecret` */
function nameOf(method: string, url: string): string {
  const words = url.replace('/api/v1/', '').split(/[/.-]/).map((word) => (word.startsWith(':') ? `by-${word.slice(1)}` : word).split('-'));
  return method.toLowerCase() + words.flat().map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

const membersOf = (schema: unknown): Record<string, unknown> => (isRecord(schema) && isRecord(schema['properties']) ? schema['properties'] : {});
const hasMembers = (schema: unknown): boolean => Object.keys(membersOf(schema)).length > 0;

function parameters(where: 'path' | 'query' | 'header', schema: unknown): object[] {
  const required = isRecord(schema) && Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(membersOf(schema)).map(([name, member]) => ({ name, in: where, required: where === 'path' || required.includes(name), schema: member }));
}
