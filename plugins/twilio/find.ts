/**
 * What became of a message of which no answer came: Twilio's list of messages between the two is asked. Nothing of ours stands in it,
 * so only the same words to the same person, not older than the message, count; what cannot be told apart is not found.
 */
import { objects, text, type Loose, type Outgoing, type SendResult } from '#plugin';
import { addressOf } from './address.ts';
import { ask, askPage, nextPage, ofAccount, type TwilioContext } from './api.ts';
import { isInteractive, wordsOf } from './interactive.ts';
import { settled } from './send.ts';

/** Twilio's clock and ours may differ by this much; its dates have no milliseconds. */
const clockMs = 5000;
const mostPages = 3;

export async function find(out: Outgoing, ctx: TwilioContext): Promise<SendResult | undefined> {
  const to = addressOf(out.to.identities);
  const words = wordsIn(out);
  if (to === undefined || words === undefined) return undefined;
  const since = writtenAt(out.ref, ctx.now()) - clockMs;
  // Not by DateSent: a message that waits in Twilio's queue has none yet.
  let page = await ask(ctx, 'api', ofAccount(ctx.settings, 'Messages.json'), { query: { To: to, From: out.account, PageSize: '50' } });
  for (let count = 1; ; count += 1) {
    const messages = objects(page.messages);
    const found = messages.find((message) => isSame(message, out.account, to, words, since));
    if (found) return settled(found) ?? { accepted: { refs: [text(found.sid) ?? ''] } };
    const next = nextPage(page, 'api', ctx.settings);
    // The list begins with the newest.
    const older = messages.some((message) => createdAt(message) < since);
    if (next === undefined || older || count === mostPages) return undefined;
    page = await askPage(ctx, next);
  }
}

/** The words by which a message can be known again. Two pictures without a caption look alike in the list, so these are not looked for. */
function wordsIn({ content }: Outgoing): string | undefined {
  if (content.kind === 'text') return content.text;
  if (isInteractive(content)) return wordsOf(content);
  if (content.kind === 'template') return content.text;
  return 'caption' in content && content.caption !== '' ? content.caption : undefined;
}

function isSame(message: Loose, from: string, to: string, words: string, since: number): boolean {
  const sid = text(message.sid);
  return (
    sid !== undefined && /^(SM|MM)/.test(sid) && text(message.direction)?.startsWith('outbound') === true && message.from === from && message.to === to &&
    createdAt(message) >= since && plain(text(message.body) ?? '') === plain(words)
  );
}

/** Line ends and doubled blanks do not survive a Content resource. */
function plain(words: string): string {
  return words.replace(/\s+/g, ' ').trim();
}

function createdAt(message: Loose): number {
  return Date.parse(text(message.date_created) ?? '') || 0;
}

/** Our references are uuids of version 7, which begin with the time at which the message was written. */
function writtenAt(ref: string, now: number): number {
  const written = /^([0-9a-f]{8})-([0-9a-f]{4})-7/.exec(ref);
  return written ? Number.parseInt(`${written[1]}${written[2]}`, 16) : now - 24 * 60 * 60_000;
}
