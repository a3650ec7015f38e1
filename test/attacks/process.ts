/** The product as a process of its own, where sockets, memory and what it prints matter. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { startProduct, type Product } from '../faults/product.ts';
import { installation } from './site.ts';

export interface Started extends Product {
  folder: string;
  dataDir: string;
  port: number;
}

/** @param config beside the installation of site.ts */
export async function startProcess(t: Test, { config = installation, env = {} }: { config?: object; env?: Record<string, string> } = {}): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-attacks-'));
  const file = join(folder, 'switchboard.config.json');
  const dataDir = join(folder, 'data');
  writeFileSync(file, JSON.stringify({ port: 0, dataDir, ...config }));
  const product = await startProduct(file, { env }).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  t.teardown(async () => {
    if (product.running()) await product.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return { ...product, folder, dataDir, port: Number(new URL(product.url).port) };
}

export interface Page {
  status: number;
  headers: Headers;
  body: string;
}

/** A person's browser over HTTP: keeps its cookies, follows nothing by itself. */
export class Browser {
  readonly url: string;
  readonly cookies = new Map<string, string>();
  constructor(url: string) {
    this.url = url.replace('localhost', '127.0.0.1');
  }

  async send(path: string, init: RequestInit = {}): Promise<Page> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(this.url + path, { redirect: 'manual', ...init, headers: { accept: 'text/html', ...(cookie && { cookie }), ...init.headers } });
    for (const given of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(given) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { status: answer.status, headers: answer.headers, body: await answer.text() };
  }

  /** Opens a page and posts a form with its token. */
  async submit(page: string, action: string, form: Record<string, string>): Promise<Page> {
    const { status, body } = await this.send(page);
    const token = /name="_csrf" value="([^"]+)"/.exec(body)?.[1];
    if (!token) throw new Error(`no form on ${page}: ${status} ${body.slice(0, 200)}`);
    return this.send(action, { method: 'POST', body: new URLSearchParams({ ...form, _csrf: token }) });
  }
}

/** Resident memory in MB; undefined where the system does not tell. */
export function memoryOf(pid: number): number | undefined {
  try {
    const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1_024;
  } catch {
    return undefined;
  }
}

export interface Wire {
  /** Writes, and waits until the other side can take more. False once it is closed. */
  write(bytes: string | Buffer): Promise<boolean>;
  /** Bytes that left this process. */
  sent(): number;
  /** The answer so far. */
  answer(): string;
  status(): number;
  closed(): boolean;
  /** Resolves when the other side has closed. */
  gone: Promise<void>;
  end(): void;
}

/** Bytes to a server and back, without a client that corrects them. */
export async function wireTo(port: number): Promise<Wire> {
  const socket: Socket = connect(port, '127.0.0.1');
  let answer = '';
  let closed = false;
  const gone = new Promise<void>((resolve) => {
    socket.once('close', () => {
      closed = true;
      resolve();
    });
  });
  socket.on('data', (data) => (answer += data.toString('latin1')));
  // A reset is one of the ways to close.
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return {
    async write(bytes) {
      if (closed || !socket.writable) return false;
      if (!socket.write(bytes)) await Promise.race([new Promise<void>((resolve) => socket.once('drain', resolve)), gone]);
      return !closed && socket.writable;
    },
    sent: () => socket.bytesWritten - socket.writableLength,
    answer: () => answer,
    status: () => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0),
    closed: () => closed,
    gone,
    end: () => socket.destroy(),
  };
}
