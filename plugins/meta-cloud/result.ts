/** What an answer of the Graph API means for a message: taken, refused for good, or to be tried again. */
import { Silence, object, objects, text, type Answer, type Identity, type Loose, type SendResult } from '#plugin';
import { outcomeOf } from './errors.ts';
import { graphError, type MetaContext, notGraph } from './graph.ts';
import { identitiesOf } from './identities.ts';

export type Refusal = Exclude<SendResult, { accepted: unknown }>;

/** @throws Silence when the answer leaves open whether Meta acted */
export function resultOf(answer: Answer, ctx: MetaContext, known: readonly Identity[] = []): SendResult {
  const said = saidBy(answer, ctx);
  return 'yes' in said ? accepted(said.yes, known) : said;
}

/**
 * The object that Meta said yes with, or what its refusal means for the message.
 * @throws Silence when the answer leaves open whether Meta acted
 */
export function saidBy(answer: Answer, ctx: MetaContext): { yes: Loose | undefined } | Refusal {
  const { status } = answer;
  if (status >= 200 && status <= 299) {
    const body = object(answer.json());
    if (!object(body?.error)) return { yes: body };
  }
  const error = graphError(answer, ctx.settings);
  if (!error && (status >= 500 || status === 408)) throw new Silence(`Meta answered ${status} without saying what happened.`);
  const said = error?.said ?? notGraph(status, ctx.settings);
  // A redirect or "not found" from something that is not the Graph API: nothing can be sent until the base URL is mended.
  if (!error && (status < 400 || status === 404 || status === 405)) return { rejected: { code: 'base-url', said, scope: 'connection' } };
  const code = error && error.code !== 'unknown' ? error.code : `http-${status}`;
  const outcome = outcomeOf({ ...error, code }, status);
  if ('never' in outcome) return { rejected: { code, said, scope: outcome.never } };
  const told = retryAfter(answer.headers['retry-after'], ctx.now());
  return { retry: { code, said, scope: outcome.again, afterMs: Math.min(told ?? outcome.afterMs, longestWait) } };
}

const longestWait = 24 * 60 * 60_000;

/** Retry-After is seconds or a date of HTTP. */
function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function accepted(body: Loose | undefined, known: readonly Identity[]): SendResult {
  const id = text(objects(body?.messages)[0]?.id);
  if (id === undefined) throw new Silence('Meta answered yes, but named no message.');
  const contact = objects(body?.contacts)[0];
  // Some countries write a number in two ways (Brazil, Mexico, Argentina): the one Meta uses is worth knowing.
  const learned = identitiesOf({ phone: contact?.wa_id, user: contact?.user_id, parent: contact?.parent_user_id }).filter(
    ({ kind, value }) => !known.some((one) => one.kind === kind && one.value === value),
  );
  return { accepted: { refs: [id], ...(learned.length > 0 && { learned }) } };
}
