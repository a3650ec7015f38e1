/** Media in a bucket of any service that speaks S3, for replicas that share no folder. Addresses are `{endpoint}/{bucket}/{name}`. */
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { AwsV4Signer } from 'aws4fetch';
import type { Caller, Outbound } from '../plugin/outbound.ts';
import { nameOf, parts, type MediaPlace, type MediaStore } from './store.ts';

export interface BucketParts {
  endpoint: string;
  bucket: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  scratch: string;
  /** May call the endpoint, and nobody else uses it: a plugin must not reach a store that stands inside. */
  outbound: Outbound;
}

export function bucketStore({ endpoint, bucket, region, accessKeyId, secretAccessKey, scratch, outbound }: BucketParts): MediaStore {
  const caller: Caller = { origins: new Set([new URL(endpoint).origin]), secrets: [secretAccessKey] };

  const urlOf = (place: MediaPlace) => `${endpoint.replace(/\/+$/, '')}/${encodeURIComponent(bucket)}/${nameOf(place)}`;

  const signed = async (method: 'GET' | 'PUT' | 'DELETE', url: string, headers: Record<string, string>): Promise<Record<string, string>> => {
    const request = await new AwsV4Signer({ method, url, headers, accessKeyId, secretAccessKey, region, service: 's3' }).sign();
    return Object.fromEntries(request.headers);
  };

  const read = async (place: MediaPlace, range: { start: number; end: number } | undefined) => {
    const url = urlOf(place);
    const headers = await signed('GET', url, range ? { range: `bytes=${range.start}-${range.end}` } : {});
    const answer = await outbound.download(url, { headers, maxBytes: mostBytes }, caller);
    if (answer.status === 200 || answer.status === 206) return answer;
    await drained(answer.stream);
    if (answer.status === 404 || answer.status === 416) return answer;
    throw refused(answer.status);
  };

  return {
    scratch,
    async keep(place, { path, bytes, sha256 }) {
      const url = urlOf(place);
      const headers = await signed('PUT', url, { 'content-type': 'application/octet-stream', 'x-amz-content-sha256': sha256 });
      const { status } = await outbound.call(url, { method: 'PUT', headers, body: { bytes, stream: createReadStream(path) }, timeoutMs: 30_000 + Math.ceil(bytes / 256) }, caller);
      if (status !== 200) throw refused(status);
      await rm(path, { force: true });
    },
    async size(place) {
      const { status, headers, stream } = await read(place, { start: 0, end: 0 });
      if (status === 404) return undefined;
      if (status !== 416) await drained(stream);
      return Number(/\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] ?? headers['content-length'] ?? 0);
    },
    async read(place, range) {
      const { status, stream } = await read(place, range);
      return status === 200 || status === 206 ? stream : undefined;
    },
    async remove(place) {
      for (const part of parts) {
        const url = urlOf({ ...place, ...(part && { part }) });
        const { status } = await outbound.call(url, { method: 'DELETE', headers: await signed('DELETE', url, {}) }, caller);
        if (status !== 204 && status !== 200 && status !== 404) throw refused(status);
      }
    },
  };
}

/** Nothing larger is ever kept. */
const mostBytes = 200_000_000;

const refused = (status: number) => new Error(`The store of media answered ${status}.`);

async function drained(stream: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of stream);
}
