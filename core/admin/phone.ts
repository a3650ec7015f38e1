import { createRequire } from 'node:module';
import type * as Library from 'libphonenumber-js/min';

const require = createRequire(import.meta.url);
/** Loaded when the first number is shown: a process that only answers webhooks never needs it. */
let library: typeof Library | undefined;

/** Digits with country code as people write them, `+62 811 5550 221`; anything else as it is. */
export function asPhone(text: string): string {
  if (!/^\+?[0-9]{7,15}$/.test(text)) return text;
  library ??= require('libphonenumber-js/min') as typeof Library;
  return library.parsePhoneNumberFromString(text.startsWith('+') ? text : `+${text}`)?.formatInternational() ?? text;
}
