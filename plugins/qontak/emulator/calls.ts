/** Qontak's calls: who asks is looked at first, then what is asked, as strictly as the vendor's Swagger and clients show it. */
import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { object, objects, text, type Loose } from '#plugin';
import type { Ask, Reply } from '../../emulator/stand.ts';
import { type AcceptedMessage, type Account, interactionNames, messageObject, type Room, roomObject, wamid } from './account.ts';
import { no, page, yes } from './answers.ts';

export interface Calls {
  account: Account;
  /** Tells what becomes of a message, and keeps it. */
  taken(message: AcceptedMessage): void;
  now(): number;
  /** Where files lie. */
  url(): string;
}

/** The paths of both generations are the same after the base. */
export function pathOf({ path }: Ask): string {
  return path.replace(/^\/(qontak\/chat\/v1|api\/open\/v1)\//, '').replace(/^\//, '');
}

export async function answer(ask: Ask, calls: Calls): Promise<Reply> {
  const { account } = calls;
  const path = pathOf(ask);
  const file = /^files\/([\w-]+)$/.exec(path)?.[1];
  if (file !== undefined && ask.method === 'GET') return fileOf(file, account);
  const refusal = refusalOf(ask, calls);
  if (refusal) return refusal;
  const route = `${ask.method} ${path}`;
  switch (route) {
    case 'GET integrations':
      return page(account.integrations.map((one) => integration(one, account)), ask.query);
    case 'GET templates/whatsapp':
      return page([...account.templates.values()], ask.query);
    case 'POST templates/whatsapp':
      return createTemplate(ask, account);
    case 'POST broadcasts/whatsapp/direct':
      return broadcast(ask, calls);
    case 'POST messages/whatsapp':
    case 'POST messages/whatsapp/bot':
      return await inRoom(ask, calls);
    case 'POST messages/whatsapp/interactive_message/bot':
      return interactive(ask, calls);
    case 'POST file_uploader':
      return await upload(ask, calls);
    case 'GET message_interactions':
      return yes(interactions(account));
    case 'PUT message_interactions':
    case 'PUT room_interactions':
      return register(ask, account);
    default:
      return one(ask.method, path, account) ?? no(404, 'Not found');
  }
}

function one(method: string, path: string, account: Account): Reply | undefined {
  const [, kind, id = '', rest] = /^(integrations|rooms|broadcasts)\/([\w-]+)(\/[\w/]+)?$/.exec(path) ?? [];
  if (method !== 'GET' || kind === undefined) return undefined;
  if (kind === 'integrations') {
    const found = account.integrations.find((candidate) => candidate.id === id);
    return found && rest === undefined ? yes(integration(found, account)) : undefined;
  }
  if (kind === 'broadcasts') {
    const message = account.messages.find((candidate) => candidate.broadcast && candidate.id === id);
    return message && rest === '/whatsapp/log' ? yes([logLine(message, 'sent', account)]) : undefined;
  }
  const room = account.rooms.get(id);
  if (!room) return undefined;
  if (rest === '/histories') return yes(room.history.toReversed());
  return rest === undefined ? yes(roomObject(room, account)) : undefined;
}

// ── who asks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const clockMs = 300_000;

function refusalOf({ headers, method, target, raw }: Ask, { account, now }: Calls): Reply | undefined {
  const given = headers.authorization ?? '';
  if (given.startsWith('Bearer ')) return account.tokens.has(given.slice(7)) ? undefined : no(401);
  const [, username, signature = ''] = /^hmac username="([^"]*)", algorithm="hmac-sha256", headers="date request-line", signature="([^"]*)"$/.exec(given) ?? [];
  if (username !== account.clientId) return no(401);
  const date = headers.date ?? '';
  if (!(Math.abs(Date.parse(date) - now()) <= clockMs)) return no(401, 'HMAC signature cannot be verified, a valid date header is required');
  const expected = createHmac('sha256', account.clientSecret).update(`date: ${date}\n${method} ${target} HTTP/1.1`).digest();
  const found = Buffer.from(signature, 'base64');
  if (found.length !== expected.length || !timingSafeEqual(found, expected)) return no(401, 'HMAC signature does not match');
  const digest = headers.digest;
  if (digest !== undefined && digest !== `SHA-256=${createHash('sha256').update(raw).digest('base64')}`) return no(401, 'The digest does not match the body');
  return undefined;
}

// ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function integration({ id, name, phone, active }: Account['integrations'][number], { organization }: Account): Loose {
  return { id, target_channel: 'wa_cloud', webhook: 'opaque', organization_id: organization, is_active: active, settings: { account_name: name, phone_number: phone }, created_at: '2025-03-27T00:00:00.000Z' };
}

function createTemplate({ json }: Ask, account: Account): Reply {
  const name = text(json?.name) ?? '';
  const [attribute] = objects(json?.attributes);
  if (!/^[a-z0-9_]+$/.test(name)) return no(422, 'Name is invalid');
  if (text(json?.category) === undefined || text(attribute?.language) === undefined) return no(422, 'Category and language are required');
  const components = objects(attribute?.components);
  const component = (type: string) => components.find((candidate) => candidate.type === type);
  const body = text(component('BODY')?.text);
  if (body === undefined) return no(422, 'Body is required');
  if (/\{\{/.test(body) && !Array.isArray(object(component('BODY')?.example)?.body_text)) return no(422, 'Body example is required');
  const made = { id: randomUUID(), organization_id: account.organization, name, language: attribute?.language, header: component('HEADER') ?? null, body, footer: component('FOOTER')?.text ?? null, buttons: component('BUTTONS')?.buttons ?? [], status: 'PENDING', category: json?.category, quality_rating: null, quality_rating_text: 'Neutral', type: 'campaign' };
  account.templates.set(made.id, made);
  return yes(made, 201);
}

function interactions({ interactions: { url, on } }: Account): object {
  return Object.fromEntries(
    interactionNames.map((name) => [name, { enabled: on[name] === true, webhooks: on[name] === true && url !== undefined ? [{ id: '9f544cd4-0000-4000-8000-00000000000b', event: 'message_interaction', url }] : [] }]),
  );
}

/** One address for all; the last writer wins. */
function register({ json }: Ask, account: Account): Reply {
  const url = text(json?.url);
  if (url === undefined || !/^https?:\/\//.test(url)) return no(422, 'Url is invalid');
  for (const name of interactionNames) if (typeof json?.[name] === 'boolean') account.interactions.on[name] = json[name];
  account.interactions.url = url;
  return yes(interactions(account));
}

// ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function broadcast({ json }: Ask, calls: Calls): Reply {
  const { account } = calls;
  const to = text(json?.to_number) ?? '';
  const template = account.templates.get(text(json?.message_template_id) ?? '');
  const channel = account.integrations.find(({ id }) => id === text(json?.channel_integration_id));
  if (!/^[0-9]{6,20}$/.test(to)) return no(422, 'To number is invalid');
  if (text(json?.to_name) === undefined) return no(422, 'To name is required');
  if (!channel) return no(422, 'Channel integration not found');
  if (!template || template.status !== 'APPROVED') return no(422, 'Template not found');
  if (text(object(json?.language)?.code) !== template.language) return no(422, 'Language does not match the template');
  const parameters = object(json?.parameters);
  const values = new Map(objects(parameters?.body).map((one) => [text(one.key) ?? '', text(one.value_text) ?? '']));
  const wanted = [...new Set([...(text(template.body) ?? '').matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name))];
  const filled = wanted.map((name, at) => values.get(/^\d+$/.test(name) ? name : String(at + 1)));
  if (filled.some((value) => value === undefined || value === '') || values.size !== wanted.length) return no(422, 'Parameters do not match the template');
  if (object(template.header)?.format === 'IMAGE' && text(objects(object(parameters?.header)?.params).find(({ key }) => key === 'url')?.value) === undefined) return no(422, 'Header url is required');
  const written = (text(template.body) ?? '').replace(/\{\{(\w+)\}\}/g, (_, name: string) => filled[wanted.indexOf(name)] ?? '');
  const message: AcceptedMessage = { id: randomUUID(), wamid: wamid(), to, account: channel.id, type: 'template', text: written, broadcast: true, at: calls.now(), body: json ?? {} };
  calls.taken(message);
  return yes(
    { id: message.id, name: json?.to_name, organization_id: account.organization, channel_integration_id: channel.id, target_channel: 'wa_cloud', execute_status: 'todo', execute_type: 'immediately', message_broadcast_error: '', created_at: new Date(message.at).toISOString(), message_template: template },
    201,
  );
}

const types = new Set(['text', 'image', 'document', 'audio', 'video', 'contact', 'location', 'system']);

/** JSON for texts, a form where there is a file. */
async function inRoom(ask: Ask, calls: Calls): Promise<Reply> {
  const form = await formOf(ask);
  const field = (name: string) => (ask.json ? text(ask.json[name]) : text(form?.get(name)));
  const type = field('type') ?? '';
  const file = form?.get('file');
  const room = roomOrReply(field('room_id'), calls.account);
  if ('status' in room && 'verdict' in room) return room;
  if (!types.has(type)) return no(422, 'Type is invalid');
  if (type === 'text' && field('text') === undefined) return no(422, 'Text is required');
  if (['image', 'document', 'audio', 'video'].includes(type) && !(file instanceof File)) return no(422, 'File is required');
  const stored = file instanceof File ? keep(Buffer.from(await file.arrayBuffer()), file.type, file.name, calls) : undefined;
  return take(room, type, field('text'), { ...ask.json, ...(stored && { file: stored }) }, calls);
}

function interactive({ json }: Ask, calls: Calls): Reply {
  const room = roomOrReply(text(json?.room_id), calls.account);
  if ('status' in room && 'verdict' in room) return room;
  const said = object(json?.interactive);
  const body = text(said?.body);
  if (body === undefined) return no(422, 'Body is required');
  const buttons = objects(said?.buttons);
  const lists = object(said?.lists);
  const rows = objects(lists?.sections).flatMap((section) => objects(section.rows));
  const offered = json?.type === 'button' ? buttons : json?.type === 'list' ? rows : [];
  const most = json?.type === 'button' ? 3 : 10;
  const longest = json?.type === 'button' ? 20 : 24;
  if (offered.length === 0 || offered.length > most) return no(422, `There are 1 to ${most} choices`);
  if (offered.some(({ id, title }) => text(id) === undefined || text(title) === undefined || [...(text(title) ?? '')].length > longest)) return no(422, 'A choice is invalid');
  if (json?.type === 'list' && (text(lists?.button) === undefined || [...(text(lists?.button) ?? '')].length > 20)) return no(422, 'The button of the list is invalid');
  return take(room, 'text', body, json ?? {}, calls);
}

function roomOrReply(id: string | undefined, account: Account): Room | Reply {
  const room = account.rooms.get(id ?? '');
  if (!room) return no(404, 'Room not found');
  return room.session === 'closed' ? no(422, 'Room session is closed') : room;
}

function take(room: Room, type: string, written: string | undefined, body: Loose, calls: Calls): Reply {
  const message: AcceptedMessage = { id: randomUUID(), wamid: wamid(), to: room.unique, account: room.account, type, room: room.id, broadcast: false, at: calls.now(), body, ...(written !== undefined && { text: written }) };
  calls.taken(message);
  return yes(sentObject(message, room, 'created', null, calls.account), 201);
}

export function sentObject({ id, type, text: written, at, broadcast: campaign }: AcceptedMessage, room: Room, status: string, external: string | null, account: Account): Loose {
  return messageObject(room, account, { id, type, text: written, status, external, by: 'bot', at, more: { is_campaign: campaign } });
}

export function logLine(message: AcceptedMessage, status: string, account: Account, error?: { code: number; said: string }): Loose {
  const one = (word: string) => ({ statuses: [{ id: message.wamid, status: word, timestamp: String(Math.floor(Date.now() / 1000)), ...(word === 'failed' && error && { errors: [{ code: error.code, title: error.said }] }) }] });
  return {
    id: `10${message.id.slice(2)}`,
    messages_broadcast_id: message.id,
    contact_phone_number: message.to,
    contact_full_name: message.to,
    status,
    whatsapp_message_id: message.wamid,
    whatsapp_error_message: error?.said ?? 'n/a',
    is_pacing: false,
    channel_integration_id: message.account,
    organization_id: account.organization,
    messages: { body: { type: 'body', template: message.text } },
    messages_response: { messaging_product: 'whatsapp', messages: [{ id: message.wamid, message_status: 'accepted' }], [status]: one(status) },
    created_at: new Date(message.at).toISOString(),
  };
}

// ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function formOf({ headers, raw }: Ask): Promise<FormData | undefined> {
  if (headers['content-type']?.startsWith('multipart/form-data') !== true) return undefined;
  try {
    return await new Response(new Uint8Array(raw), { headers: { 'content-type': headers['content-type'] ?? '' } }).formData();
  } catch {
    return undefined;
  }
}

async function upload(ask: Ask, calls: Calls): Promise<Reply> {
  const file = (await formOf(ask))?.get('file');
  if (!(file instanceof File)) return no(422, 'File is required');
  return yes(keep(Buffer.from(await file.arrayBuffer()), file.type, file.name, calls), 201);
}

export function keep(bytes: Buffer, mime: string, name: string, { account, url }: Pick<Calls, 'account' | 'url'>): Loose {
  const id = randomUUID();
  account.files.set(id, { bytes, mime, name });
  return { filename: name, url: `${url()}/files/${id}`, size: bytes.length };
}

function fileOf(id: string, { files }: Account): Reply {
  const file = files.get(id);
  return file ? { status: 200, body: file.bytes, type: file.mime, verdict: 'ok' } : no(404, 'Not found');
}
