/** Meta's handshake: a GET to a callback URL when it is saved. */
import { request } from 'undici';

/** Our challenge must come back bare. */
export async function handshake(url: string, verifyToken: string): Promise<{ ok: boolean; status?: number; body?: string }> {
  const challenge = String(Math.floor(Math.random() * 1e10));
  const target = URL.parse(url);
  if (!target) return { ok: false };
  target.searchParams.set('hub.mode', 'subscribe');
  target.searchParams.set('hub.challenge', challenge);
  target.searchParams.set('hub.verify_token', verifyToken);
  try {
    const answer = await request(target, { headersTimeout: 10_000, bodyTimeout: 10_000 });
    const body = await answer.body.text();
    return { ok: answer.statusCode === 200 && body === challenge, status: answer.statusCode, body };
  } catch {
    return { ok: false };
  }
}

export async function shakesHands(url: string, verifyToken: string): Promise<boolean> {
  return (await handshake(url, verifyToken)).ok;
}
