/** Ajv checks what arrives. It is loaded, and a route's schema compiled, when that route is first asked: no start waits for either. */
import { createRequire } from 'node:module';
import type { Ajv, AnySchema, ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler, FastifyServerOptions } from 'fastify';

const require = createRequire(import.meta.url);
let library: Ajv | undefined;

function ajv(): Ajv {
  // Unknown members are refused, not dropped: what is not understood must not look as if it had been done.
  return (library ??= new (require('ajv') as { Ajv: typeof Ajv }).Ajv({ removeAdditional: false, coerceTypes: true, useDefaults: true, addUsedSchema: false }));
}

export const validatorCompiler: FastifySchemaCompiler<AnySchema> = ({ schema }) => {
  let check: ValidateFunction | undefined;
  return (value: unknown) => {
    check ??= ajv().compile(schema);
    return check(value) || { error: check.errors ?? [] };
  };
};

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
