/** Files: uploads, and the two steps of a download. */
import type { Reply } from '../../emulator/stand.ts';
import { no, yes } from './answers.ts';
import type { GraphCall } from './graph.ts';
import { isAlive, type State, storeFile } from './state.ts';
import { accepts } from '../media.ts';

/** A form with `messaging_product`, `type` and `file`. */
export async function takeFile({ raw, contentType }: GraphCall, state: State): Promise<Reply> {
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(raw), { headers: { 'content-type': contentType } }).formData();
  } catch {
    return no(100, 'The body is not a form.');
  }
  const file = form.get('file');
  if (form.get('messaging_product') !== 'whatsapp' || !(file instanceof File) || file.name === '') return no(100, 'messaging_product and file are required.');
  const type = form.get('type');
  const [mime = ''] = (typeof type === 'string' ? type : file.type).split(';');
  const limits = Object.values(accepts).filter((kind) => kind.mime.some((one) => one === mime));
  if (limits.length === 0) return no(100, `Param file must be a file with one of the supported types, not ${mime}.`);
  if (file.size > Math.max(...limits.map(({ maxBytes }) => maxBytes))) return no(131053, 'The file is too large.');
  return yes({ id: storeFile(state, Buffer.from(await file.arrayBuffer()), mime, file.name).id });
}

const sevenDays = 7 * 24 * 60 * 60_000;
const fiveMinutes = 5 * 60_000;

export function fileAnswer({ node, method, edge }: GraphCall, state: State): Reply {
  const file = state.files.get(node);
  if (!file || edge !== undefined || Date.now() - file.at > 30 * sevenDays) return no(100);
  if (method === 'DELETE') {
    state.files.delete(node);
    return yes({ success: true });
  }
  if (method !== 'GET') return no(2500);
  const url = `${state.url}/whatsapp_business/attachments/?mid=${file.id}&ext=${Date.now() + fiveMinutes}`;
  return yes({ messaging_product: 'whatsapp', url, mime_type: file.mime, sha256: file.sha256, file_size: String(file.bytes.length), id: file.id });
}

/** What the address gives: bytes for the token, a page for who has no name, nothing once it is five minutes old. */
export function bytesAnswer(query: URLSearchParams, token: string | undefined, agent: string | undefined, state: State): Reply {
  const file = state.files.get(query.get('mid') ?? '');
  if (agent === undefined || agent === '') return { status: 200, body: '<html><body>Sorry, something went wrong.</body></html>', type: 'text/html', verdict: 'ok' };
  if (!isAlive(state, token)) return { status: 401, body: '', type: 'text/plain', verdict: 'refused' };
  if (!file || !(Number(query.get('ext')) > Date.now())) return { status: 404, body: '', type: 'text/plain', verdict: 'refused' };
  return { status: 200, body: file.bytes, type: file.mime, verdict: 'ok' };
}
