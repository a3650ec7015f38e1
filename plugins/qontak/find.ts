/**
 * A send of which no answer came: the room's history shows what is there. Qontak takes no reference of ours, so a message is known by
 * what it says and by being younger than the send; two that fit settle nothing.
 */
import { object, objects, text, type Loose, type OutContent, type Outgoing, type SendResult } from '#plugin';
import { call, failureOf, type QontakContext } from './api.ts';
import { timeOf } from './told.ts';

export async function find({ ref, to: { thread }, content }: Outgoing, ctx: QontakContext): Promise<SendResult | undefined> {
  const wanted = saidBy(content);
  if (thread === undefined || wanted === undefined) return undefined;
  const answer = await call(ctx, `rooms/${encodeURIComponent(thread)}/histories`, { query: { limit: '50' } });
  if (failureOf(answer, ctx.settings) || answer.status < 200 || answer.status > 299) return undefined;
  // The two clocks differ; the answer says by how much.
  const ahead = Date.parse(answer.headers.date ?? '') - ctx.now();
  const since = bornAt(ref) + (Number.isNaN(ahead) ? 0 : ahead) - secondsOfDoubt;
  const body = object(answer.json());
  const history = objects(Array.isArray(body?.data) ? body.data : object(body?.data)?.messages);
  const fitting = history.filter((message) => isOurs(message) && fits(message, content, wanted) && (timeOf(message.created_at, Number.MAX_SAFE_INTEGER) ?? 0) >= since);
  const [found] = fitting;
  if (!found || fitting.length > 1) return undefined;
  const refs = [found.id, found.external_id].flatMap((id) => text(id) ?? []);
  if (refs.length === 0) return undefined;
  if (text(found.status) === 'failed') return { rejected: { code: 'failed', said: 'Qontak lists the message as failed.', scope: 'message' } };
  return { accepted: { refs, thread } };
}

/** The date in an HTTP answer is cut to a second. */
const secondsOfDoubt = 2000;

/** Our references are version 7 UUIDs: their first 48 bits are the milliseconds in which the message was made. */
function bornAt(ref: string): number {
  const at = /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(ref) ? Number.parseInt(ref.replace('-', '').slice(0, 12), 16) : Number.NaN;
  return Number.isNaN(at) ? Number.POSITIVE_INFINITY : at;
}

function isOurs(message: Loose): boolean {
  return text(message.participant_type) === 'bot' || text(message.participant_type) === 'agent';
}

function saidBy(content: OutContent): string | undefined {
  return 'text' in content ? content.text : 'caption' in content ? content.caption : undefined;
}

function fits(message: Loose, content: OutContent, wanted: string): boolean {
  const said = text(message.text)?.trim();
  if (content.kind === 'template') return message.is_campaign === true && said === wanted.trim();
  return message.is_campaign !== true && said === wanted.trim();
}
