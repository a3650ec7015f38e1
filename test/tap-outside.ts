/**
 * Loaded into every test (`.taprc`). tap writes itself into the environment of each process that a test starts; one that runs
 * under Node's permission model may not load it, and would end before it began.
 */
import processOnSpawn from 'process-on-spawn';

processOnSpawn.addListener(({ args, env }) => {
  if (args.includes('--permission')) Object.defineProperty(env, 'NODE_OPTIONS', { value: '', enumerable: true });
});
