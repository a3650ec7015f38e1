/** The machine in one line: figures without it mean nothing. */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';

export function machineFacts(): string {
  const cores = cpus();
  return (
    `${cores.length} × ${cores[0]?.model.trim() ?? 'unknown processor'}, ${(totalmem() / 1e9).toFixed(0)} GB, Node ${process.version}, ` +
    `fdatasync p50 ${fdatasyncMs().toFixed(2)} ms, load ${(loadavg()[0] ?? 0).toFixed(2)} before`
  );
}

/** Every commit waits for one. */
function fdatasyncMs(): number {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  const file = openSync(join(folder, 'probe'), 'w');
  const page = Buffer.alloc(4096, 1);
  const took = Array.from({ length: 100 }, () => {
    writeSync(file, page);
    const before = performance.now();
    fdatasyncSync(file);
    return performance.now() - before;
  }).sort((a, b) => a - b);
  closeSync(file);
  rmSync(folder, { recursive: true });
  return took[50] ?? NaN;
}
