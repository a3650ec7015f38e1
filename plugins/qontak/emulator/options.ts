/** What the commands of emulators share: reading numbers and faults, and running until told to stop. */
import { type Fault, faultKinds, isFault } from '../../meta-cloud/emulator/faults.ts';

/** @throws Error with a plain sentence */
export function whole(written: string, option: string): number {
  if (!/^\d{1,9}$/.test(written)) throw new Error(`--${option} is a whole number, not “${written}”.`);
  return Number(written);
}

/** @throws Error with a plain sentence */
export function faultFrom(written: string): Fault {
  let fault: unknown;
  try {
    fault = JSON.parse(written);
  } catch {
    throw new Error(`--fault is JSON, for example {"kind":"hang"}, not “${written}”.`);
  }
  if (!isFault(fault)) throw new Error(`--fault names one of these kinds: ${faultKinds.join(', ')}.`);
  return fault;
}

export function stopped(stop: AbortSignal | undefined): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      process.off('SIGINT', end).off('SIGTERM', end);
      done();
    };
    process.once('SIGINT', end).once('SIGTERM', end);
    if (stop?.aborted === true) end();
    else stop?.addEventListener('abort', end, { once: true });
  });
}
