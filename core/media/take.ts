/** Bytes come in: written aside and counted, looked at, then kept under their name with what was made of them. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SwitchboardError } from '../errors.ts';
import type { MediaParts } from './stored.ts';
import type { MediaFile, MediaPlace } from './store.ts';
import { typeByEnding } from './types.ts';

/** What the row of a kept medium says. */
export interface Taken {
  mime: string;
  bytes: number;
  sha256: string;
  width: number | null;
  height: number | null;
  durationMs: number | null;
  thumbnail: boolean;
  mp4: boolean;
}

/** More than the caller takes. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/**
 * Writes a stream into a file of the scratch folder, which is the caller's to remove.
 * @throws TooLarge, SwitchboardError STORAGE_FULL, and whatever the stream throws; then there is no file
 */
export async function setAside(scratch: string, stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<MediaFile> {
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const path = join(scratch, randomUUID());
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const chunk of stream) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw new TooLarge(`It has more than ${maxBytes} bytes.`);
        hash.update(chunk);
        await file.writeFile(chunk);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(path, { force: true });
    throw isFull(error) ? new SwitchboardError('STORAGE_FULL', undefined, { cause: error }) : error;
  }
  return { path, bytes, sha256: hash.digest('hex') };
}

/** Looks at the file and gives it to the store. @throws SwitchboardError STORAGE_FULL or MEDIA_STORE: it may be taken later */
export async function takeIn({ store, inspector }: MediaParts, place: Omit<MediaPlace, 'part'>, file: MediaFile, name: string | undefined): Promise<Taken> {
  const looked = await inspector.look(file.path);
  try {
    if (looked.thumbnail) await store.keep({ ...place, part: 'thumbnail' }, await fileAt(looked.made.thumbnail));
    if (looked.mp4) await store.keep({ ...place, part: 'mp4' }, await fileAt(looked.made.mp4));
    await store.keep(place, file);
  } catch (error) {
    throw new SwitchboardError(isFull(error) ? 'STORAGE_FULL' : 'MEDIA_STORE', undefined, { cause: error });
  } finally {
    for (const path of [file.path, looked.made.thumbnail, looked.made.mp4]) await rm(path, { force: true });
  }
  return {
    mime: typeByEnding(looked.mime, name), bytes: file.bytes, sha256: file.sha256,
    width: looked.width ?? null, height: looked.height ?? null, durationMs: looked.durationMs ?? null, thumbnail: looked.thumbnail, mp4: looked.mp4,
  };
}

async function fileAt(path: string): Promise<MediaFile> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return { path, bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

const isFull = (error: unknown): boolean => error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
