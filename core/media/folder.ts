/** Media in a folder: written aside, synced, then moved to their name, so that a name never holds half a file. */
import { constants } from 'node:fs';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nameOf, parts, type MediaPlace, type MediaStore } from './store.ts';

/** Links are not followed: nobody but us writes there, and who else does means no good. */
const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW;

export function folderStore(folder: string): MediaStore {
  const opened = async (place: MediaPlace): Promise<FileHandle | undefined> => {
    try {
      const file = await open(join(folder, nameOf(place)), readOnly);
      if ((await file.stat()).isFile()) return file;
      await file.close();
    } catch (error) {
      if (!isCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw error;
    }
    return undefined;
  };

  return {
    scratch: join(folder, 'incoming'),
    async keep(place, { path }) {
      const target = join(folder, nameOf(place));
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await sync(path);
      await rename(path, target);
      await sync(dirname(target));
    },
    async size(place) {
      const file = await opened(place);
      try {
        return (await file?.stat())?.size;
      } finally {
        await file?.close();
      }
    },
    async read(place, range) {
      return (await opened(place))?.createReadStream({ ...range, highWaterMark: 65_536 });
    },
    async remove(place) {
      for (const part of parts) await rm(join(folder, nameOf({ ...place, ...(part && { part }) })), { force: true });
    },
  };
}

async function sync(path: string): Promise<void> {
  const file = await open(path, constants.O_RDONLY);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => error.code === code);
}
