/** Where the bytes of media lie: one store, under names that are made here and never typed by anybody. */
import { SwitchboardError } from '../errors.ts';

export interface MediaPlace {
  tenantId: string;
  id: string;
  /** What is made from it and lies beside it. */
  part?: 'thumbnail' | 'mp4';
}

/** A finished file on this machine. */
export interface MediaFile {
  path: string;
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

export interface MediaStore {
  /** A folder of this machine for files that are not finished. */
  scratch: string;
  /**
   * Keeps a file and takes it over: it may be gone from where it was. Whole or not at all, and it survives a power cut.
   * @throws SwitchboardError STORAGE_FULL; Error the store did not take it
   */
  keep(place: MediaPlace, file: MediaFile): Promise<void>;
  /** Undefined: there are no bytes here. */
  size(place: MediaPlace): Promise<number | undefined>;
  /** Undefined: there are no bytes here. `range` counts both ends in, and must lie within. */
  read(place: MediaPlace, range?: { start: number; end: number }): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** All of its parts; what is not there is fine. */
  remove(place: Omit<MediaPlace, 'part'>): Promise<void>;
}

const idForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const parts = [undefined, 'thumbnail', 'mp4'] as const;

/** `{tenant}/{aa}/{id}`, with the last two characters of the id, which are random where the first are the time. @throws SwitchboardError NOT_FOUND it is no name of ours */
export function nameOf({ tenantId, id, part }: MediaPlace): string {
  if (!idForm.test(tenantId) || !idForm.test(id) || !parts.includes(part)) throw new SwitchboardError('NOT_FOUND');
  return `${tenantId}/${id.slice(-2)}/${id}${part === undefined ? '' : `.${part}`}`;
}
