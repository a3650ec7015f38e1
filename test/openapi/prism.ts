/** Prism, a validating mock: it holds every request against a description and answers with the description's own examples. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

const prism = fileURLToPath(import.meta.resolve('@stoplight/prism-cli/dist/index.js'));

/**
 * Starts Prism on a free port, until the test is over.
 * @param file a description of this folder
 * @throws Error it did not listen within three minutes, with what it said
 */
export async function startPrism(t: Test, file: string): Promise<{ url: string }> {
  const described = fileURLToPath(new URL(file, import.meta.url));
  // Without the preloads that tap gives to every child: Prism is JavaScript and none of ours.
  const { NODE_OPTIONS: _, ...env } = process.env;
  // Not with --errors, which would also refuse to give examples that do not fit their own schema, as some of Meta's: what is wrong with a
  // request stands in a header of the answer either way.
  const child = spawn(process.execPath, [prism, 'mock', '-h', '127.0.0.1', '-p', '0', described], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill());
  return await new Promise((listening, failed) => {
    let said = '';
    const fail = (why: string) => failed(new Error(`Prism ${why} with ${file}:\n${said.slice(-2000)}`));
    const timer = setTimeout(() => fail('did not listen within three minutes'), 180_000);
    const hear = (words: Buffer) => {
      said += words.toString();
      const [, url] = /Prism is listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(said) ?? [];
      if (url === undefined) return;
      clearTimeout(timer);
      listening({ url });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with ${code}`);
    });
  });
}
