/** What follows from a medium's type as it was found in its bytes. */
import type { MediaKind } from '../plugin/contract/content.ts';

/** Shown in a page of ours. Everything else is only ever saved: a browser must not run what a stranger sent. */
const shown: ReadonlySet<string> = new Set([
  'image/jpeg', 'image/png', 'image/webp', 'image/gif',
  'audio/ogg', 'audio/mpeg', 'audio/mp4', 'audio/aac', 'audio/amr', 'audio/wav', 'audio/webm', 'audio/flac',
  'video/mp4', 'video/3gpp', 'video/webm', 'video/quicktime', 'video/ogg',
]);

export const isShown = (mime: string): boolean => shown.has(mime);

/** Called by its type to whoever was given a link, which a provider insists on; saved all the same, for no page of ours is made of it. */
export const isCalledByType = (mime: string): boolean => isShown(mime) || mime === 'application/pdf' || mime === 'application/msword' || mime === 'text/vcard' || mime.startsWith('application/vnd.openxmlformats-officedocument.');

/** The kind as which a file goes out unless somebody says another. */
export function kindOfType(mime: string): MediaKind {
  if (mime === 'image/jpeg' || mime === 'image/png') return 'image';
  if (mime.startsWith('video/') && shown.has(mime)) return 'video';
  if (mime.startsWith('audio/') && shown.has(mime)) return 'audio';
  return 'document';
}

/** Other words for the same: one is kept. */
const same: Readonly<Record<string, string>> = {
  'application/ogg': 'audio/ogg', 'audio/opus': 'audio/ogg', 'audio/x-m4a': 'audio/mp4', 'audio/m4a': 'audio/mp4', 'audio/x-wav': 'audio/wav', 'audio/vnd.wave': 'audio/wav', 'audio/mp3': 'audio/mpeg', 'audio/x-flac': 'audio/flac', 'image/jpg': 'image/jpeg',
};

/** Without parameters, in small letters, in the one word that is kept. */
export function plainType(mime: string): string {
  const plain = (mime.split(';')[0] ?? '').trim().toLowerCase();
  return (Object.hasOwn(same, plain) ? same[plain] : undefined) ?? plain;
}

const byEnding: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'application/x-cfb': { doc: 'application/msword', xls: 'application/vnd.ms-excel', ppt: 'application/vnd.ms-powerpoint', msg: 'application/vnd.ms-outlook' },
  'text/plain': { csv: 'text/csv' },
};

/** Some files look alike; then the ending of the name says which of them it is. */
export function typeByEnding(mime: string, name: string | undefined): string {
  const ending = /\.([a-z0-9]{1,8})$/i.exec(name ?? '')?.[1]?.toLowerCase() ?? '';
  const known = Object.hasOwn(byEnding, mime) ? byEnding[mime] : undefined;
  return known && Object.hasOwn(known, ending) ? (known[ending] ?? mime) : mime;
}

const endings: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp', 'image/gif': 'gif', 'audio/ogg': 'ogg', 'audio/mpeg': 'mp3', 'audio/mp4': 'm4a', 'audio/aac': 'aac', 'audio/amr': 'amr', 'audio/wav': 'wav',
  'video/mp4': 'mp4', 'video/3gpp': '3gp', 'video/webm': 'webm', 'video/quicktime': 'mov', 'application/pdf': 'pdf', 'text/plain': 'txt', 'text/csv': 'csv', 'application/zip': 'zip',
};

/** What a medium without a name is saved as. */
export const usualName = (kind: string, mime: string): string => (Object.hasOwn(endings, mime) ? `${kind}.${endings[mime]}` : kind);
