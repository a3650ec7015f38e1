/** What is kept with a conversation: the choices on offer, misses in a row, what was remembered. Read with care: the state may be anybody's. */
import type { Choice, Json } from '#plugin';

export interface Memory {
  offered: readonly Choice[];
  misses: number;
  remembered: Map<string, string>;
}

export function readMemory(state: Json): Memory {
  const kept = isRecord(state) ? state : {};
  const { offered, misses, remembered } = kept;
  return {
    offered: Array.isArray(offered) ? offered.flatMap(toChoice) : [],
    misses: typeof misses === 'number' && Number.isSafeInteger(misses) && misses > 0 ? misses : 0,
    remembered: new Map(isRecord(remembered) ? Object.entries(remembered).filter((entry): entry is [string, string] => typeof entry[1] === 'string') : []),
  };
}

/** Null when there is nothing to keep. */
export function writeMemory({ offered, misses, remembered }: Memory): Json {
  if (offered.length === 0 && misses === 0 && remembered.size === 0) return null;
  return {
    ...(offered.length > 0 && { offered: offered.map(({ id, title }) => ({ id, title })) }),
    ...(misses > 0 && { misses }),
    ...(remembered.size > 0 && { remembered: Object.fromEntries(remembered) }),
  };
}

function toChoice(kept: Json): Choice[] {
  if (!isRecord(kept)) return [];
  const { id, title } = kept;
  return typeof id === 'string' && typeof title === 'string' ? [{ id, title }] : [];
}

function isRecord(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
