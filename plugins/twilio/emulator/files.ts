/** The bytes of media: asked for with credentials, answered by a redirect to a storage that must not see them. */
import { createHmac } from 'node:crypto';
import type { Reply } from '../../emulator/stand.ts';
import { no } from './answers.ts';
import { isAllowed } from './rest.ts';
import type { State } from './state.ts';

/** The file that an address of Twilio's own names; undefined when it is that of no file. */
export function fileIn(path: string, { accountSid }: State): string | undefined {
  return new RegExp(`^/2010-04-01/Accounts/${accountSid}/Messages/[A-Za-z0-9]+/Media/([A-Za-z0-9]+)$`).exec(path)?.[1];
}

/** Such an address leads on to the storage. */
export function fileAnswer(path: string, authorization: string | undefined, state: State): Reply {
  const sid = fileIn(path, state) ?? '';
  if (!isAllowed(authorization, state)) return no(20003);
  if (!state.files.has(sid)) return no(20404);
  return { status: 307, headers: { location: `${state.storageUrl}/${sid}?signature=${signatureOf(sid, state)}` }, body: '', type: 'text/plain', verdict: 'ok' };
}

/** The storage, which is another host at Twilio and another port here. */
export function storageAnswer(url: string, authorization: string | undefined, state: State): Reply {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const sid = pathname.slice(1);
  const file = state.files.get(sid);
  // Amazon's storage refuses two proofs in one request; here it also shows that credentials were carried along.
  if (authorization !== undefined) return { status: 400, type: 'text/plain', body: 'Only one auth mechanism allowed', verdict: 'credentials were carried to the storage' };
  if (!file || searchParams.get('signature') !== signatureOf(sid, state)) return { status: 403, type: 'text/plain', body: 'AccessDenied', verdict: 'refused' };
  const disposition = file.name === undefined ? {} : { 'content-disposition': `inline; filename*=UTF-8''${encodeURIComponent(file.name)}` };
  return { status: 200, type: file.mime, headers: disposition, body: file.bytes, verdict: 'ok' };
}

function signatureOf(sid: string, { authToken }: State): string {
  return createHmac('sha256', authToken).update(sid).digest('hex');
}
