/** What a production install holds (`npm ci --omit=dev`), by the lock file and what lies on disk. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

interface Locked {
  dev?: boolean;
  devOptional?: boolean;
}

/** Node itself comes as a package only where the system's is too old; images and other installs have their own. */
const isNode = (folder: string) => /node_modules\/node-(linux|darwin|win)/.test(folder);

export interface InstallSize {
  packages: number;
  megabytes: number;
}

export function installSize(): InstallSize {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> };
  const folders = Object.entries(lock.packages).flatMap(([folder, { dev, devOptional }]) => (folder === '' || dev === true || devOptional === true || isNode(folder) ? [] : [folder]));
  const sizes = folders.map((folder) => bytesOf(join(root, folder))).filter((bytes) => bytes > 0);
  return { packages: sizes.length, megabytes: sizes.reduce((sum, bytes) => sum + bytes, 0) / 1e6 };
}

/** On disk, in blocks, without the packages nested inside: they are counted for themselves. */
function bytesOf(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return 0;
  if (!found.isDirectory()) return (found.blocks || 0) * 512;
  return readdirSync(path).reduce((sum, name) => (name === 'node_modules' ? sum : sum + bytesOf(join(path, name))), (found.blocks || 0) * 512);
}
