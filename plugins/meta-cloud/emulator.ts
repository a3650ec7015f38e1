/** Meta's Graph API on this machine, for tests, demos and benchmarks: `startEmulator` in code, `main` as a command. */
export { main } from './emulator/cli.ts';
export type { Emulator, EmulatorOptions } from './emulator/emulator.ts';
export { startEmulator } from './emulator/server.ts';
export type { AcceptedMessage } from './emulator/state.ts';
export type { Fault } from '../emulator/faults.ts';
