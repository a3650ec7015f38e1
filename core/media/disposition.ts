/** How a browser is told to save a medium, and under which name. The name is a stranger's: it is only ever shown, never a path. */
import { usualName } from './types.ts';

/** Endings that fit what is shown in a page; a name that ends otherwise gets one that fits. */
const fitting: Readonly<Record<string, RegExp>> = {
  'image/jpeg': /\.jpe?g$/i, 'image/png': /\.png$/i, 'image/webp': /\.webp$/i, 'image/gif': /\.gif$/i,
  'audio/ogg': /\.(ogg|oga|opus)$/i, 'audio/mpeg': /\.mp3$/i, 'audio/mp4': /\.(m4a|mp4)$/i, 'audio/aac': /\.aac$/i, 'audio/amr': /\.amr$/i, 'audio/wav': /\.wav$/i,
  'video/mp4': /\.(mp4|m4v)$/i, 'video/3gpp': /\.3gpp?$/i, 'video/webm': /\.webm$/i, 'video/quicktime': /\.mov$/i,
};
const mostCharacters = 150;

/** Whatever would be a path, a line, or turn the letters around, is a dash or nothing. */
export function safeName(name: string | undefined, kind: string, mime: string): string {
  const plain = (name ?? '')
    .toWellFormed()
    .replaceAll(/[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu, '')
    .replaceAll(/[\\/:*?"<>|]+/g, '-')
    .replaceAll(/^[\s.-]+|[\s.]+$/g, '');
  const usual = usualName(kind, mime);
  if (plain === '') return usual;
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(plain)?.[0] ?? '';
  const characters = [...plain];
  const short = characters.length <= mostCharacters ? plain : characters.slice(0, mostCharacters - ending.length).join('') + ending;
  const named = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(short) ? `_${short}` : short;
  const fits = Object.hasOwn(fitting, mime) ? fitting[mime] : undefined;
  return fits && !fits.test(named) ? `${named}${/\.\w+$/.exec(usual)?.[0] ?? ''}` : named;
}

/** RFC 6266: a name in ASCII for all, and the whole one for those who read it. */
export function dispositionOf({ shown, name, kind, mime }: { shown: boolean; name: string | undefined; kind: string; mime: string }): string {
  const safe = safeName(name, kind, mime);
  const ascii = safe.normalize('NFKD').replaceAll(/\p{M}/gu, '').replaceAll(/[^ -~]|[%"\\]/g, '_');
  const whole = encodeURIComponent(safe).replaceAll(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${shown ? 'inline' : 'attachment'}; filename="${ascii}"${ascii === safe ? '' : `; filename*=UTF-8''${whole}`}`;
}
