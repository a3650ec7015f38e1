import t from 'tap';
import { tapReport } from './tap-report.ts';

function reported(files: string[], tap: string, code: number) {
  const lines: string[] = [];
  const report = tapReport(files, (line) => lines.push(line));
  report.write(`TAP version 14\n${tap}`);
  return { ...report.end(code), text: lines.join('\n') };
}

t.test('Assertions are counted however deep they stand; skipped ones are not', async (t) => {
  const tap = `# Subtest: a.test.ts
    # Subtest: outer
        ok 1 - one
        # Subtest: inner
            ok 1 - two
            ok 2 - three # SKIP later
            1..2
        ok 2 - inner # time=1ms
        1..2
    ok 1 - outer # time=2ms
    1..1
ok 1 - a.test.ts # time=1234ms
1..1
`;
  const { passed, failed, text } = reported(['a.test.ts'], tap, 0);
  t.same({ passed, failed }, { passed: 2, failed: 0 });
  t.equal(text, 'ok     a.test.ts: 2 passed, 1.2 s');
});

t.test('A failed assertion is named with what was found', async (t) => {
  const tap = `# Subtest: a.test.ts
    ok 1 - one
    not ok 2 - two is two
      ---
      diff: |
        -2
        +1
      ...
    1..2
not ok 1 - a.test.ts # time=10ms
1..1
`;
  const { passed, failed, text } = reported(['a.test.ts'], tap, 1);
  t.same({ passed, failed }, { passed: 1, failed: 1 });
  t.match(text, 'a.test.ts > two is two');
  t.match(text, '+1');
});

t.test('A file that crashed is one failure', async (t) => {
  const tap = `# Subtest: a.test.ts
    1..0 # no tests found
not ok 1 - a.test.ts # time=10ms
  ---
  exitCode: 7
  signal: null
  ...
1..1
`;
  const { passed, failed, text } = reported(['a.test.ts'], tap, 1);
  t.same({ passed, failed }, { passed: 0, failed: 1 });
  t.match(text, 'exit code 7');
});

t.test('A file whose assertions passed but which ended badly is one failure', async (t) => {
  const tap = `# Subtest: a.test.ts
    ok 1 - one
    1..1
not ok 1 - a.test.ts # time=10ms
  ---
  exitCode: 1
  ...
1..1
`;
  t.match(reported(['a.test.ts'], tap, 1), { passed: 1, failed: 1 });
});

t.test('A file without a test, and one that was never heard of, are failures', async (t) => {
  const tap = `# Subtest: a.test.ts
    1..0 # no tests found
ok 1 - a.test.ts # SKIP no tests found
1..1
`;
  const { passed, failed, text } = reported(['a.test.ts', 'b.test.ts'], tap, 0);
  t.same({ passed, failed }, { passed: 0, failed: 2 });
  t.match(text, 'FAILED b.test.ts: it did not report');
});

t.test('A file that ran out of time is one failure that says so', async (t) => {
  const tap = `not ok 1 - timeout!
  ---
  expired: a.test.ts
  ...
1..1
`;
  const { passed, failed, text } = reported(['a.test.ts'], tap, 1);
  t.same({ passed, failed }, { passed: 0, failed: 1 });
  t.equal(text, 'FAILED a.test.ts: it ran out of time');
});

t.test('A run that failed without saying where is a failure', async (t) => {
  t.match(reported([], '1..0\n', 1), { passed: 0, failed: 1 });
});
