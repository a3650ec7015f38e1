/** Twilio on this machine, for tests and demos: `startEmulator` in code, `main` as a command. */
export { main } from './emulator/cli.ts';
export { startEmulator, type Emulator, type EmulatorOptions, type Fault } from './emulator/server.ts';
export type { AcceptedMessage } from './emulator/state.ts';
