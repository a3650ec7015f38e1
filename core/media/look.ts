/**
 * What a file is, found in its bytes, and what is made of it: a small picture, the same sound for every browser. Runs in a
 * process of its own (`inspector.ts`), because what strangers send may be made to break whoever reads it.
 */
import { open, stat } from 'node:fs/promises';
import { fileTypeFromFile } from 'file-type';
import { ALL_FORMATS, EncodedAudioPacketSource, EncodedPacketSink, FilePathSource, FilePathTarget, Input, Mp4OutputFormat, Output, type InputAudioTrack } from 'mediabunny';
import sharp from 'sharp';
import { plainType } from './types.ts';

export interface Look {
  /** As found in the bytes; `application/octet-stream` when they say nothing. */
  mime: string;
  width?: number;
  height?: number;
  durationMs?: number;
  /** A WebP of at most 480 pixels a side lies where it was asked for. */
  thumbnail: boolean;
  /** An MP4 with the same sound lies where it was asked for. */
  mp4: boolean;
}

export interface LookOrder {
  path: string;
  thumbnail: string;
  mp4: string;
}

/** Of a picture, before anything of it is decoded. */
const mostPixels = 50_000_000;
const thumbnailPixels = 480;
/** Longest sound that is written again. */
const mostBytesRemuxed = 20_000_000;

// Nothing but these four is ever decoded: no SVG, no PDF, no camera formats.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadJpegFile', 'VipsForeignLoadPngFile', 'VipsForeignLoadWebpFile', 'VipsForeignLoadNsgifFile'] });
sharp.cache(false);
sharp.concurrency(1);

const decoded = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif']);

export async function look({ path, thumbnail, mp4 }: LookOrder, mime: string): Promise<Look> {
  if (decoded.has(mime)) return { mime, mp4: false, ...(await picture(path, thumbnail)) };
  if (/^(audio|video)\//.test(mime)) return { mime, thumbnail: false, ...(await recording(path, mime, mp4)) };
  return { mime, thumbnail: false, mp4: false };
}

export async function mimeOf(path: string): Promise<string> {
  const found = await fileTypeFromFile(path).catch(() => undefined);
  if (found) return plainType(found.mime);
  return (await isText(path)) ? 'text/plain' : 'application/octet-stream';
}

/** Judged by its beginning: whole characters, and none of those that no text has. */
async function isText(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead), { stream: true });
    return bytesRead > 0 && ![...text].some((character) => character < ' ' && !'\t\n\r\f'.includes(character));
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

async function picture(path: string, thumbnail: string): Promise<Pick<Look, 'width' | 'height' | 'thumbnail'>> {
  try {
    const { width, height, orientation = 1, pageHeight } = await sharp(path, { limitInputPixels: mostPixels }).metadata();
    // A camera on its side says so beside the picture.
    const [wide, high] = orientation >= 5 ? [pageHeight ?? height, width] : [width, pageHeight ?? height];
    if (width * height > mostPixels) return { width: wide, height: high, thumbnail: false };
    const made = await sharp(path, { limitInputPixels: mostPixels, sequentialRead: true, failOn: 'none' })
      .rotate()
      .resize({ width: thumbnailPixels, height: thumbnailPixels, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 75 })
      .toFile(thumbnail)
      .then(() => true, () => false);
    return { width: wide, height: high, thumbnail: made };
  } catch {
    // It only begins like a picture.
    return { thumbnail: false };
  }
}

const soundOf: Readonly<Record<string, string>> = { 'video/mp4': 'audio/mp4', 'video/webm': 'audio/webm' };

async function recording(path: string, mime: string, mp4: string): Promise<Partial<Look> & Pick<Look, 'mp4'>> {
  using input = new Input({ source: new FilePathSource(path, { maxCacheSize: 8_388_608, handleUnhandledError: () => undefined }), formats: ALL_FORMATS });
  try {
    const seconds = (await input.getDurationFromMetadata()) ?? (await input.computeDuration());
    const video = await input.getPrimaryVideoTrack();
    const sound = await input.getPrimaryAudioTrack();
    const known = {
      // MP4 and WebM are said of films; without one it is sound.
      ...(Object.hasOwn(soundOf, mime) && !video && sound && { mime: soundOf[mime] }),
      ...(Number.isFinite(seconds) && seconds > 0 && seconds < 1e6 && { durationMs: Math.round(seconds * 1_000) }),
      ...(video && { width: await video.getDisplayWidth(), height: await video.getDisplayHeight() }),
    };
    const wanted = (mime === 'audio/ogg' || (mime === 'video/webm' && !video)) && sound !== null && (await stat(path)).size <= mostBytesRemuxed;
    return { ...known, mp4: wanted && (await remuxed(sound, mp4).catch(() => false)) };
  } catch {
    return { mp4: false };
  }
}

/** The packets stay as they are; only what is around them is another. */
async function remuxed(sound: InputAudioTrack, mp4: string): Promise<boolean> {
  const config = await sound.getDecoderConfig();
  if ((await sound.getCodec()) !== 'opus' || config === null) return false;
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target: new FilePathTarget(mp4) });
  const source = new EncodedAudioPacketSource('opus');
  output.addAudioTrack(source);
  await output.start();
  for await (const packet of new EncodedPacketSink(sound).packets()) await source.add(packet, { decoderConfig: config });
  await output.finalize();
  return true;
}
