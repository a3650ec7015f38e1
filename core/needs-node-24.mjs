// Loaded before the entry point, in plain JavaScript, because an older Node cannot read TypeScript
// and would only say "Unknown file extension".
import module from 'node:module';
import { join } from 'node:path';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 24 || (major === 24 && minor < 11)) {
  process.stderr.write(
    `Switchboard needs Node 24.11 or newer; this is ${process.version} (${process.execPath}).\n` +
      '`npm ci` brings Node 24 by itself on Linux x64. On other systems install it from https://nodejs.org, then run this command again.\n',
  );
  process.exit(1);
}

// What was compiled once is kept beside what was installed, and the next start takes half the time. Where that folder
// cannot be written nothing is kept; NODE_COMPILE_CACHE names another, as the image does. It must be on before the first
// TypeScript file is read, so no TypeScript file can do this.
module.enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'switchboard'));
