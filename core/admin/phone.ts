import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** Digits with country code as people write them, `+62 811 5550 221`; anything else as it is. */
export function asPhone(text: string): string {
  if (!/^\+?[0-9]{7,15}$/.test(text)) return text;
  return parsePhoneNumberFromString(text.startsWith('+') ? text : `+${text}`)?.formatInternational() ?? text;
}
