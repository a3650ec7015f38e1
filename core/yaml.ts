/** The YAML library, loaded when a file or a form first holds YAML: most starts see none. */
import { createRequire } from 'node:module';
import type * as Library from 'yaml';

const require = createRequire(import.meta.url);
let library: typeof Library | undefined;

export function yaml(): typeof Library {
  return (library ??= require('yaml') as typeof Library);
}
