/** Ajv checks what arrives. It is loaded, and a route's schema compiled, when that route is first asked: no start waits for either. */
import { createRequire } from 'node:module';
import type { Ajv, AnySchema, Options, ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler, FastifyServerOptions } from 'fastify';

const require = createRequire(import.meta.url);

/** Unknown members are refused, not dropped: what is not understood must not look as if it had been done. */
const strict = { removeAdditional: false, useDefaults: true, addUsedSchema: false } as const;
let ofForms: Ajv | undefined;
let ofJson: Ajv | undefined;

const library = (options: Options): Ajv => new (require('ajv') as { Ajv: typeof Ajv }).Ajv({ ...strict, ...options });

/** Of forms and addresses, where all is text. */
export const validatorCompiler: FastifySchemaCompiler<AnySchema> = ({ schema }) => lazily(() => (ofForms ??= library({ coerceTypes: true })), schema);

/** Of an API, whose bodies say of what kind each value is. A kind of content is told by its `kind`. */
export const jsonValidatorCompiler: FastifySchemaCompiler<AnySchema> = (route) =>
  route.httpPart === 'body' ? lazily(() => (ofJson ??= library({ coerceTypes: false, discriminator: true })), route.schema) : validatorCompiler(route);

function lazily(ajv: () => Ajv, schema: AnySchema) {
  let check: ValidateFunction | undefined;
  return (value: unknown) => {
    check ??= ajv().compile(schema);
    return check(value) || { error: check.errors ?? [] };
  };
}

/** In place of Fastify's own, which would be loaded at every start. */
export const schemaController: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: {
    buildValidator() {
      throw new Error('registerSecurity sets what checks schemas before any route has one');
    },
    // No route says what its answer looks like, so there is nothing to compile.
    buildSerializer: () => () => JSON.stringify,
  },
};
