/** A phone number, or Meta's id of one, as digits; undefined when it is none. */
export function digits(written: string): string | undefined {
  const bare = /^[+0-9 ().-]{5,40}$/.test(written) ? written.replace(/[^0-9]/g, '') : '';
  return bare.length >= 5 && bare.length <= 20 ? bare : undefined;
}
