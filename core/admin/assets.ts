import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const br = promisify(brotliCompress);
const gz = promisify(gzip);

export interface Asset {
  name: string;
  type: string;
  body: Buffer;
  /** Compressed on first use, then kept. */
  encoded(encoding: 'br' | 'gzip'): Promise<Buffer>;
}

/** The page's files, all under one hash of their contents, so that they can be served as immutable. */
export interface Assets {
  hash: string;
  /** `/assets/{hash}/app.css` */
  href(name: string): string;
  get(name: string): Asset | undefined;
}

const own = [
  ['app.css', 'text/css; charset=utf-8'],
  ['agent.css', 'text/css; charset=utf-8'],
  ['files.css', 'text/css; charset=utf-8'],
  ['guide.css', 'text/css; charset=utf-8'],
  ['phone.css', 'text/css; charset=utf-8'],
  ['phone.js', 'text/javascript; charset=utf-8'],
  ['sign-in.js', 'text/javascript; charset=utf-8'],
  ['icons.svg', 'image/svg+xml'],
  ['mark.svg', 'image/svg+xml'],
  ['favicon.svg', 'image/svg+xml'],
] as const;

/** The script of every page, in the order in which its parts hear and build on one another. */
export const script = ['page.js', 'focus.js', 'files.js', 'dialogs.js', 'forms.js', 'thread.js', 'composer.js', 'live.js', 'keys.js', 'app.js'] as const;

/**
 * Reads `views/assets` and htmx from node_modules under `root`. htmx and our script are one file: one request less.
 * @throws when a file is missing: the page would be broken without it
 */
export function loadAssets(root: string): Assets {
  const folder = join(root, 'views', 'assets');
  const htmx = readFileSync(join(root, 'node_modules', 'htmx.org', 'dist', 'htmx.min.js'), 'utf8').replace(/\n?\/\/# sourceMappingURL=.*$/m, '');
  const served = (name: string): Buffer => Buffer.from(spare(readFileSync(join(folder, name), 'utf8')));
  const files: [string, string, Buffer][] = own.map(([name, type]) => [name, type, served(name)]);
  files.push(['app.js', 'text/javascript; charset=utf-8', Buffer.from([htmx, ...script.map(served)].join('\n'))]);

  const sum = createHash('sha256');
  for (const [name, , body] of files) sum.update(name).update(body);
  const hash = sum.digest('base64url').slice(0, 10);

  const assets = new Map(files.map(([name, type, body]) => [name, asset(name, type, body)]));
  return {
    hash,
    href(name) {
      if (!assets.has(name)) throw new Error(`No such asset: ${name}`);
      return `/assets/${hash}/${name}`;
    },
    get: (name) => assets.get(name),
  };
}

/** Without what is there for who reads the source: comments that have lines of their own, and indentation. */
export const spare = (source: string): string => source.replaceAll(/^\s*(?:\/\/.*|\/\*.*\*\/)?\s*\n|^\s+/gm, '');

function asset(name: string, type: string, body: Buffer): Asset {
  const kept = new Map<string, Promise<Buffer>>();
  return {
    name,
    type,
    body,
    encoded(encoding) {
      let made = kept.get(encoding);
      if (!made) {
        made = encoding === 'br'
          ? br(body, { params: { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } })
          : gz(body, { level: 9 });
        kept.set(encoding, made);
      }
      return made;
    },
  };
}
