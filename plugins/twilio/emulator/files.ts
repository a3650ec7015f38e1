/** The bytes of media: asked for with credentials, answered by a redirect to a storage that must not see them. */
import { createHmac } from 'node:crypto';
import { no, type RestAnswer } from './answers.ts';
import { isAllowed } from './rest.ts';
import type { State } from './state.ts';

export interface FileAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer | string;
  verdict: string;
}

/** Twilio's own address of a file: it leads on to the storage. Undefined when the path is of no file. */
export function fileAnswer(path: string, authorization: string | undefined, state: State): FileAnswer | undefined {
  const sid = new RegExp(`^/2010-04-01/Accounts/${state.accountSid}/Messages/[A-Za-z0-9]+/Media/([A-Za-z0-9]+)$`).exec(path)?.[1];
  if (sid === undefined) return undefined;
  if (!isAllowed(authorization, state)) return said(no(20003));
  if (!state.files.has(sid)) return said(no(20404));
  return { status: 307, headers: { location: `${state.storageUrl}/${sid}?signature=${signatureOf(sid, state)}` }, body: '', verdict: 'ok' };
}

/** The storage, which is another host at Twilio and another port here. */
export function storageAnswer(url: string, authorization: string | undefined, state: State): FileAnswer {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const sid = pathname.slice(1);
  const file = state.files.get(sid);
  // Amazon's storage refuses two proofs in one request; here it also shows that credentials were carried along.
  if (authorization !== undefined) return { status: 400, headers: {}, body: 'Only one auth mechanism allowed', verdict: 'credentials were carried to the storage' };
  if (!file || searchParams.get('signature') !== signatureOf(sid, state)) return { status: 403, headers: {}, body: 'AccessDenied', verdict: 'refused' };
  const disposition = file.name === undefined ? {} : { 'content-disposition': `inline; filename*=UTF-8''${encodeURIComponent(file.name)}` };
  return { status: 200, headers: { 'content-type': file.mime, 'content-length': String(file.bytes.length), ...disposition }, body: file.bytes, verdict: 'ok' };
}

function said({ status, body, verdict }: RestAnswer): FileAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body, verdict };
}

function signatureOf(sid: string, { authToken }: State): string {
  return createHmac('sha256', authToken).update(sid).digest('hex');
}
