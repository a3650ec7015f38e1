/** Attack S15: files that are small and become large, or never end. They are looked at elsewhere, with limits; the rest of the house does not notice. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { createInspector, type Inspector } from '../../core/media/inspector.ts';
import { jpeg, oggOpus, png } from '../media/samples.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

function inspectorOf(t: Test, more: Partial<Parameters<typeof createInspector>[0]> = {}): { inspector: Inspector; keep(name: string, bytes: Uint8Array): string; scratch: string } {
  const scratch = more.scratch ?? t.testdir();
  const inspector = createInspector({ scratch, log, ...more });
  t.teardown(() => inspector.close());
  return {
    inspector, scratch,
    keep(name, bytes) {
      writeFileSync(join(scratch, name), bytes);
      return join(scratch, name);
    },
  };
}

function chunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(type), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([head, body, sum]);
}

/** A picture of one colour: its rows pack a thousandfold. Of those that are only announced, no row is there. */
function pngOf(width: number, height: number, rows = height): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const data = deflateSync(Buffer.alloc(Math.ceil(width / 8 + 1) * rows), { level: 9 });
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

/** An animation of one frame many times over. */
async function webpOf(frames: number): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  const still = await sharp({ create: { width: 2_000, height: 2_000, channels: 3, background: 'red' } }).webp().toBuffer();
  const image = still.subarray(12);
  const part = (type: string, data: Buffer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(data.length);
    return Buffer.concat([Buffer.from(type), size, data, Buffer.alloc(data.length % 2)]);
  };
  const edge = Buffer.from([0xcf, 0x07, 0x00, 0xcf, 0x07, 0x00]);
  const frame = part('ANMF', Buffer.concat([Buffer.alloc(6), edge, Buffer.from([10, 0, 0, 0]), image]));
  const body = Buffer.concat([part('VP8X', Buffer.concat([Buffer.from([2, 0, 0, 0]), edge])), part('ANIM', Buffer.alloc(6)), ...Array.from({ length: frames }, () => frame)]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length + 4);
  return Buffer.concat([Buffer.from('RIFF'), size, Buffer.from('WEBP'), body]);
}

/** A GIF whose every frame covers a canvas of the largest size. */
function gifOf(frames: number): Buffer {
  const head = Buffer.from([0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0xff, 0xff, 0xff, 0xff, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]);
  const frame = Buffer.from([0x21, 0xf9, 4, 0, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 2, 2, 0x44, 0x01, 0]);
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), Buffer.from([0x3b])]);
}

function zipOf(bytes: number, name = 'word/document.xml'): Buffer {
  const plain = Buffer.alloc(bytes);
  const packed = deflateRawSync(plain, { level: 9 });
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(crc32(plain), 14);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(plain.length, 22);
  local.writeUInt16LE(name.length, 26);
  return Buffer.concat([local, Buffer.from(name), packed]);
}

/** MP4 boxes in boxes, and one that says it is endless. */
function mp4Of(depth: number): Buffer {
  let body: Buffer = Buffer.alloc(0);
  for (let n = 0; n < depth; n++) {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(Math.min(body.length + 8, 0xffffffff));
    head.write(n % 2 ? 'moov' : 'trak', 4);
    body = Buffer.concat([head, body]);
  }
  return Buffer.concat([Buffer.from([0, 0, 0, 16]), Buffer.from('ftypisom'), Buffer.alloc(4), body, Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.from('mdat')]);
}

const bombs: [what: string, make: () => Buffer | Promise<Buffer>][] = [
  ['a PNG of 60,000 × 60,000', () => pngOf(60_000, 60_000)],
  ['a PNG that only says it is that large', () => pngOf(60_000, 60_000, 1)],
  ['a PNG of 2 billion in a row', () => pngOf(2_147_483_647, 1, 0)],
  ['an animated WebP of 10,000 frames', () => webpOf(10_000)],
  ['a GIF of 10,000 frames of the largest size', () => gifOf(10_000)],
  ['a document whose zip holds a hundredfold', () => zipOf(200_000_000)],
  ['gzip of 500 MB', () => gzipSync(Buffer.alloc(500_000_000), { level: 9 })],
  ['MP4 boxes 20,000 deep', () => mp4Of(20_000)],
  ['an Ogg without an end', async () => Buffer.concat(Array.from({ length: 2_000 }, (_, n) => (n === 0 ? whole : whole.subarray(whole.length / 2))))],
  ['a JPEG whose parts go round', async () => Buffer.concat([(await jpeg(8, 8)).subarray(0, 20), ...Array.from({ length: 50_000 }, () => Buffer.from([0xff, 0xe1, 0x00, 0x02]))])],
  ['JSON nested 100,000 deep', () => Buffer.from('['.repeat(100_000))],
  ['an SVG of a billion laughs', () => Buffer.from(`<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">${Array.from({ length: 10 }, (_, n) => `<!ENTITY ${'bcdefghijk'[n]} "${`&${'abcdefghij'[n]};`.repeat(10)}">`).join('')}]><svg>&k;</svg>`)],
  ['a PDF that opens itself', () => Buffer.from(`%PDF-1.7\n${'1 0 obj<</Kids[1 0 R]>>endobj\n'.repeat(10_000)}`)],
];
let whole: Buffer = Buffer.alloc(0);

t.before(async () => {
  whole = await oggOpus(50);
});

t.test('Nothing that is small and becomes large takes more than its process may have, or more than 5 s', { timeout: 240_000 }, async (t) => {
  const { inspector, keep, scratch } = inspectorOf(t);
  const before = process.memoryUsage().rss;
  for (const [what, make] of bombs) {
    const path = keep('bomb', await make());
    const [began, before] = [performance.now(), process.cpuUsage()];
    const looked = await inspector.look(path);
    const took = performance.now() - began;
    const { user, system } = process.cpuUsage(before);
    // Five seconds are what it has; ending it and saying so takes a slow machine its time.
    t.ok(took < 30_000, `${what}: ${Math.round(took)} ms, ${looked.failed ?? 'looked at'}, ${looked.mime}`);
    // Worked time, not time that went by: what others do on the machine is not counted.
    t.ok(user + system < 1_500_000, `${what}: the house worked ${Math.round((user + system) / 1_000)} ms for it`);
    const made = readdirSync(scratch).filter((name) => name !== 'bomb').reduce((sum, name) => sum + statSync(join(scratch, name)).size, 0);
    t.ok(made < 5_000_000, `${what}: ${made} bytes were made of it`);
  }
  const grown = process.memoryUsage().rss - before;
  t.ok(grown < 1_500_000_000, `making them is all that cost memory here: ${Math.round(grown / 1e6)} MB`);
  const path = keep('good', await png(100, 50));
  t.match(await inspector.look(path), { mime: 'image/png', width: 100, height: 50, thumbnail: true }, 'after all of them a true picture is looked at as before');
});

t.test('A picture of more than 50 million dots is kept with its size and never decoded', async (t) => {
  const { inspector, keep } = inspectorOf(t);
  const looked = await inspector.look(keep('large', pngOf(9_000, 6_000)));
  t.match(looked, { mime: 'image/png', thumbnail: false });
  t.equal(looked.failed, undefined);
});

t.test('A file that takes too long ends its process; what was known of it by then stays known', async (t) => {
  const { inspector, keep } = inspectorOf(t, { mostMs: 1 });
  const looked = await inspector.look(keep('any', await png(2_000, 2_000)));
  t.match(looked, { failed: 'time', thumbnail: false, mp4: false });
});

t.test('The process reads and writes in its folder only, and knows none of our environment', async (t) => {
  const { inspector, keep } = inspectorOf(t, { scratch: join(t.testdir({ scratch: {} }), 'scratch') });
  // Beside the program, as the data folder is.
  const outside = join(t.testdirName, 'outside');
  writeFileSync(outside, await png(10, 10));
  t.match(await inspector.look(outside), { mime: 'application/octet-stream', thumbnail: false }, 'a file elsewhere is not read');
  t.ok(readFileSync(outside).length > 0);
  t.match(await inspector.look(keep('inside', await png(10, 10))), { mime: 'image/png', thumbnail: true });
});

t.test('Files of strangers wait for one another, and none is lost', async (t) => {
  const { inspector, keep } = inspectorOf(t);
  const good = await png(30, 20);
  const bomb = pngOf(60_000, 60_000);
  const looked = await Promise.all(Array.from({ length: 12 }, (_, n) => inspector.look(keep(`f${n}`, n % 4 === 3 ? bomb : good))));
  t.same(looked.map(({ thumbnail }) => thumbnail), Array.from({ length: 12 }, (_, n) => n % 4 !== 3));
});
