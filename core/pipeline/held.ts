/** What keeps everything of a number from being sent, until a person does something about it. Asked before each send, and by pages that say so. */
import type { ConnectionEntry, NumberEntry } from '../directory.ts';

export type HeldBy = 'connection-error' | 'connection-stopped' | 'number-stopped';

export function heldBy(connection: Pick<ConnectionEntry, 'state'> | undefined, number: Pick<NumberEntry, 'active'> | undefined): HeldBy | undefined {
  if (connection?.state === 'error') return 'connection-error';
  if (connection?.state === 'stopped') return 'connection-stopped';
  return number && !number.active ? 'number-stopped' : undefined;
}
