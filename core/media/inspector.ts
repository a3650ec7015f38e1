/** Looks at files in a process of its own, one at a time, which may take so long, hold so much, and read and write only there. */
import { fork, type ChildProcess } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../plugin/contract/context.ts';
import type { LookAnswer } from './look-process.ts';
import type { Look } from './look.ts';

export interface Inspector {
  /** Looks at a file in the scratch folder; what it makes lies beside it. Never throws for what is in the file. */
  look(path: string): Promise<Looked>;
  close(): void;
}

export interface Looked extends Look {
  /** Where the thumbnail and the MP4 are, when they are. */
  made: { thumbnail: string; mp4: string };
  /** It was too much: what is said is only what was known by then. */
  failed?: 'memory' | 'time' | 'broken';
}

export interface InspectorParts {
  /** The only folder that the process may write to. */
  scratch: string;
  log: Log;
  mostMs?: number;
  /** How long it is kept for the next file. */
  idleMs?: number;
}

const root = join(import.meta.dirname, '..', '..');
/**
 * What it is made of; where one is a link (packages that several releases share), what it leads to as well. The data folder often
 * lies in the same folder, and is none of its business.
 */
const code = [...new Set(['node_modules', 'package.json', join('core', 'media')].flatMap((name) => [join(root, name), realpathSync(join(root, name))]))];
/** JavaScript's own part of it; `look-process.ts` watches the whole. */
const heapMegabytes = 128;

export function createInspector({ scratch, log, mostMs = 5_000, idleMs = 10_000 }: InspectorParts): Inspector {
  let child: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function start(): ChildProcess {
    const made = fork(join(import.meta.dirname, 'look-process.ts'), {
      // Nothing of our environment: no secret is there to be found.
      env: {},
      execArgv: [`--max-old-space-size=${heapMegabytes}`, '--permission', '--allow-addons', ...code.map((path) => `--allow-fs-read=${path}`), `--allow-fs-read=${scratch}`, `--allow-fs-write=${scratch}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    made.on('exit', () => {
      if (child === made) child = undefined;
    });
    made.on('error', (error) => log.error({ err: error }, 'the process that looks at media could not be started'));
    return made;
  }

  function ask(path: string): Promise<Looked> {
    const made = { thumbnail: `${path}.thumbnail`, mp4: `${path}.mp4` };
    clearTimeout(idle);
    const at = (child ??= start());
    at.ref();
    at.channel?.ref();
    return new Promise((resolve) => {
      let mime = 'application/octet-stream';
      const end = (result: Omit<Looked, 'made'>) => {
        clearTimeout(late);
        at.removeAllListeners('message').removeListener('exit', broken);
        if (result.failed) {
          at.kill('SIGKILL');
          if (child === at) child = undefined;
        } else rest(at);
        resolve({ ...result, made });
      };
      const fail = (failed: NonNullable<Looked['failed']>) => end({ mime, thumbnail: false, mp4: false, failed });
      const broken = () => fail('broken');
      const late = setTimeout(() => fail('time'), mostMs);
      at.on('message', (answer: LookAnswer) => {
        if ('mime' in answer) mime = answer.mime;
        else if ('failed' in answer) fail(answer.failed);
        else end(answer.look);
      });
      at.once('exit', broken);
      at.send({ path, ...made }, (error) => error && broken());
    });
  }

  /** Waits for the next file, without keeping anybody here. */
  function rest(at: ChildProcess): void {
    at.unref();
    at.channel?.unref();
    idle = setTimeout(() => close(), idleMs).unref();
  }

  function close(): void {
    clearTimeout(idle);
    child?.kill('SIGKILL');
    child = undefined;
  }

  return {
    look(path) {
      // A process that cannot even be started is one that broke: the file is kept, and the next one is tried anew.
      const looked = last.then(() => ask(path)).catch((error: unknown): Looked => {
        log.error({ err: error }, 'a medium could not be looked at');
        return { mime: 'application/octet-stream', thumbnail: false, mp4: false, failed: 'broken', made: { thumbnail: `${path}.thumbnail`, mp4: `${path}.mp4` } };
      });
      last = looked;
      return looked;
    },
    close,
  };
}
