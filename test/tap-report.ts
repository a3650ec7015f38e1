import { Parser, type Result } from 'tap-parser';

/** What a run of tap came to; a test file that crashed, ran out of time or held no test is one failure. */
export interface Outcome {
  passed: number;
  failed: number;
}

/**
 * Reads the TAP of a run over `files` and prints one line for each file, with what failed in it beneath.
 * `end` takes tap's exit code: a run that failed without saying where is still a failure.
 */
export function tapReport(files: string[], print: (line: string) => void): { write(text: string): void; end(code: number): Outcome } {
  const parser = new Parser();
  const seen = new Set<string>();
  const late: string[] = [];
  let passed = 0;
  let failed = 0;
  let inFile: Outcome = { passed: 0, failed: 0 };
  let failures: Result[] = [];

  // Every assertion, however deep, reaches the outermost parser as a result; a file's own line has no assertion of its own.
  parser.on('result', (result) => {
    if (files.includes(result.fullname) || result.skip || result.todo) return;
    if (result.ok) inFile.passed += 1;
    else {
      inFile.failed += 1;
      failures.push(result);
    }
  });

  parser.on('assert', (result) => {
    // After a timeout tap says so in a line of its own, often in place of the file's.
    if (!files.includes(result.name)) {
      late.push(String(result.diag?.['expired']));
      return;
    }
    seen.add(result.name);
    const empty = result.skip === 'no tests found';
    if ((!result.ok || empty) && inFile.failed === 0) inFile.failed = 1;
    passed += inFile.passed;
    failed += inFile.failed;
    const counts = inFile.failed === 0 ? `${inFile.passed} passed` : `${inFile.passed} passed, ${inFile.failed} failed`;
    const reason = typeof result.skip === 'string' ? ` (${result.skip})` : '';
    print(`${inFile.failed === 0 ? 'ok    ' : 'FAILED'} ${result.name}: ${counts}, ${((result.time ?? 0) / 1000).toFixed(1)} s${reason}`);
    for (const failure of failures) for (const line of explained(failure)) print(`         ${line}`);
    if (!result.ok && failures.length === 0) print(`         ended with ${ending(result)}`);
    inFile = { passed: 0, failed: 0 };
    failures = [];
  });

  return {
    write: (text) => void parser.write(text),
    end(code) {
      parser.end();
      for (const file of files) {
        if (seen.has(file)) continue;
        failed += 1;
        print(`FAILED ${file}: ${late.includes(file) ? 'it ran out of time' : 'it did not report'}`);
      }
      if (code !== 0 && failed === 0) {
        failed = 1;
        print(`FAILED tap ended with code ${code}`);
      }
      return { passed, failed };
    },
  };
}

function explained(failure: Result): string[] {
  const lines = [failure.fullname];
  if (failure.tapError !== null) lines.push(`  ${failure.tapError}`);
  for (const key of ['message', 'diff', 'found', 'wanted', 'expired', 'stack', 'stderr', 'source']) {
    const value: unknown = failure.diag?.[key];
    if (value === undefined || value === '') continue;
    const text = typeof value === 'string' ? value.trimEnd() : JSON.stringify(value);
    lines.push(...text.split('\n').map((line, at) => (at === 0 ? `  ${key}: ${line}` : `    ${line}`)));
  }
  return lines;
}

function ending(result: Result): string {
  const signal: unknown = result.diag?.['signal'];
  return typeof signal === 'string' ? signal : `exit code ${String(result.diag?.['exitCode'])}`;
}
