/** The store that the configuration asks for, and whether all replicas mean the same one. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SwitchboardError } from '../errors.ts';
import { createOutbound } from '../plugin/outbound.ts';
import { folderStore } from './folder.ts';
import type { MediaStore } from './store.ts';

export interface MediaSettings {
  /** Of the installation; media lie in `media/` in it unless told. */
  dataDir: string;
  folder?: string;
  /** The operator says that the folder is the same on all replicas. */
  shared: boolean;
  bucket?: string;
  endpoint?: string;
  region: string;
  accessKeyId?: string;
  secretAccessKey?: string;
}

export interface OpenedStore {
  store: MediaStore;
  /** The same number where media lie in the same place. */
  place: number;
  close(): Promise<void>;
}

/** What was left aside by a process that ended. */
const abandonedMs = 86_400_000;

/** @throws SwitchboardError CONFIG_INVALID a bucket is named but not all that it needs */
export async function openStore({ dataDir, folder: given, shared, bucket, endpoint, region, accessKeyId, secretAccessKey }: MediaSettings): Promise<OpenedStore> {
  const folder = given ?? join(dataDir, 'media');
  if (bucket === undefined) {
    const store = folderStore(folder);
    await clear(store.scratch);
    return { store, place: numberOf(shared ? 'shared' : await nameOfFolder(folder)), close: async () => {} };
  }
  if (endpoint === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
    throw new SwitchboardError('CONFIG_INVALID', 'MEDIA_BUCKET is set, so MEDIA_ENDPOINT, MEDIA_ACCESS_KEY_ID and MEDIA_SECRET_ACCESS_KEY must be set too.');
  }
  const url = URL.parse(endpoint);
  if (!url || !['https:', 'http:'].includes(url.protocol) || url.username !== '' || url.search !== '') throw new SwitchboardError('CONFIG_INVALID', 'MEDIA_ENDPOINT must be an address such as https://s3.eu-central-1.amazonaws.com.');
  const outbound = createOutbound({ allowedOrigins: [url.origin] });
  const scratch = join(folder, 'incoming');
  // Few need it, and it is read at every start.
  const { bucketStore } = await import('./bucket.ts');
  await clear(scratch);
  return { store: bucketStore({ endpoint, bucket, region, accessKeyId, secretAccessKey, scratch, outbound }), place: numberOf(`${endpoint} ${bucket}`), close: () => outbound.close() };
}

/** A folder says in a file of its own which one it is: two replicas that read the same words have the same folder. */
async function nameOfFolder(folder: string): Promise<string> {
  const file = join(folder, 'folder.id');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, randomUUID(), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  return readFile(file, 'utf8');
}

function numberOf(place: string): number {
  return createHash('sha256').update(place).digest().readInt32BE();
}

async function clear(scratch: string): Promise<void> {
  for (const name of await readdir(scratch).catch(() => [])) {
    const path = join(scratch, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
    if (mtimeMs < Date.now() - abandonedMs) await rm(path, { force: true });
  }
}
