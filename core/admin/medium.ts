/** A medium as a thread draws it. */
import { isShown, usualName } from '../media/types.ts';
import type { MediaReason } from '../pipeline/media.ts';
import type { MediaRow } from '../workspace/media.ts';
import { sizeIn } from './format.ts';
import type { Reading } from './site.ts';
import type { Medium } from './views/thread.ts';

/** Longest side in a thread. */
const shownPixels = { image: 320, video: 320, sticker: 160 } as const;
const ownReasons: ReadonlySet<string> = new Set<MediaReason>(['too-large', 'expired', 'changed', 'storage-full', 'no-connection', 'not-fetched']);
/** Asking again changes nothing: it is too large, or nobody has it any more. */
const hopeless: ReadonlySet<string> = new Set<MediaReason>(['too-large', 'expired', 'not-fetched']);

export function mediumOf(row: MediaRow, reading: Pick<Reading, 't' | 'locale'>): Medium {
  const { mime = '', width, height } = row;
  const as = wayOf(row);
  const size = width && height && (as === 'picture' || as === 'film') ? fitted(width, height, row.kind === 'sticker' ? shownPixels.sticker : shownPixels.image) : undefined;
  return {
    id: row.id,
    as,
    state: row.state,
    ...(row.state !== 'stored' && row.reason !== undefined && { why: whyOf(row, row.reason, reading) }),
    name: row.name ?? usualName(row.kind, mime),
    mime,
    ...(row.bytes !== undefined && { bytes: row.bytes }),
    ...size,
    ...(row.durationMs !== undefined && { durationMs: row.durationMs }),
    mp4: row.mp4,
    retry: row.state !== 'stored' && row.reason !== undefined && !hopeless.has(row.reason),
  };
}

function whyOf({ mostBytes }: MediaRow, reason: string, { t, locale }: Pick<Reading, 't' | 'locale'>): string {
  return ownReasons.has(reason) ? t(`says:media.${reason}`, mostBytes === undefined ? {} : { most: sizeIn(locale, mostBytes) }) : reason;
}

/** What could not be made small is not shown large: it may be made to hang a browser. */
function wayOf({ kind, mime = '', thumbnail }: MediaRow): Medium['as'] {
  if (kind === 'document' || !isShown(mime)) return 'file';
  if (mime.startsWith('image/')) return thumbnail ? 'picture' : 'file';
  return mime.startsWith('video/') ? 'film' : 'sound';
}

function fitted(width: number, height: number, most: number): { width: number; height: number } {
  const scale = Math.min(1, most / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
