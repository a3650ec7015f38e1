/** Media made on the spot, so that no binary file lies among the tests. */
import { BufferTarget, EncodedAudioPacketSource, EncodedPacket, OggOutputFormat, Output } from 'mediabunny';
import sharp from 'sharp';

export function png(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: { r: 200, g: 30, b: 30 } } }).png().toBuffer();
}

export function jpeg(width: number, height: number): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: { r: 30, g: 30, b: 200 } } }).jpeg().toBuffer();
}

/** A WhatsApp voice message as its file looks: Opus in Ogg, one channel; here it is silence, 20 ms a packet. */
export async function oggOpus(packets: number): Promise<Buffer> {
  const target = new BufferTarget();
  const output = new Output({ format: new OggOutputFormat(), target });
  const source = new EncodedAudioPacketSource('opus');
  output.addAudioTrack(source);
  await output.start();
  // RFC 7845: "OpusHead", version 1, one channel, 312 samples of pre-skip, 48 kHz, no gain, mapping family 0.
  const description = Buffer.concat([Buffer.from('OpusHead'), Buffer.from([1, 1, 0x38, 1, 0x80, 0xbb, 0, 0, 0, 0, 0])]);
  const decoderConfig = { codec: 'opus', numberOfChannels: 1, sampleRate: 48_000, description };
  for (let n = 0; n < packets; n++) await source.add(new EncodedPacket(new Uint8Array([0xf8, 0xff, 0xfe]), 'key', n * 0.02, 0.02), { decoderConfig });
  await output.finalize();
  return Buffer.from(target.buffer ?? new ArrayBuffer(0));
}
