/**
 * The product that ends itself, as by a power cut, when it passes a named point of the path for the n-th time:
 * `node crashing.ts <point> <n>`. The product's own entry has no such way, and no configuration leads here.
 */
import { loadConfig } from '../../config/index.ts';
import { createLog } from '../../core/log.ts';
import { start } from '../../core/main.ts';

const [point, nth] = process.argv.slice(2);
let passes = 0;

const config = loadConfig();
await start(config, createLog({ level: config.logLevel }), {
  at(passed) {
    if (passed === point && ++passes === Number(nth)) process.kill(process.pid, 'SIGKILL');
  },
});
