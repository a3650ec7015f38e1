/**
 * Typing and read marks. They are a courtesy: five seconds each, never tried again, never waited for, and the first thing to be
 * left out while there is much to do.
 */
import type { Heard } from '../plugin/contract/channel.ts';
import { scrubberOf } from '../plugin/context.ts';
import type { Runtime } from '../runtime.ts';
import { identitiesOf } from './rows.ts';

const callMs = 5_000;
/** An agent that answers sooner needs no sign that it types. */
const thoughtMs = 700;
/** Of what nobody asked for by hand. */
const mostPerSecond = 20;

/** Shows the contact that an answer is being written, once it takes a moment. Call what it returns when it is there. */
export function showTyping(runtime: Runtime, conversationId: string): () => void {
  const timer = setTimeout(() => void courtesy(runtime, conversationId, 'typing'), thoughtMs);
  timer.unref();
  return () => clearTimeout(timer);
}

/** The contact's messages are marked as read: an agent answered them. */
export function markAnswered(runtime: Runtime, conversationId: string): void {
  void courtesy(runtime, conversationId, 'markRead');
}

/** The same, because a person opened the conversation. */
export function markSeen(runtime: Runtime, conversationId: string): void {
  void courtesy(runtime, conversationId, 'markRead', true);
}

/** A person, or a program in a person's place, is writing. */
export function showTypingNow(runtime: Runtime, conversationId: string): void {
  void courtesy(runtime, conversationId, 'typing', true);
}

let second = 0;
let inThisSecond = 0;

function tooMany(): boolean {
  const now = Math.floor(performance.now() / 1_000);
  if (now !== second) {
    second = now;
    inThisSecond = 0;
  }
  return ++inThisSecond > mostPerSecond;
}

async function courtesy(runtime: Runtime, conversationId: string, what: 'typing' | 'markRead', byHand = false): Promise<void> {
  try {
    if (!runtime.plugins.all.some((plugin) => plugin.kind === 'channel' && plugin[what]) || (!byHand && tooMany())) return;
    const { heard, connectionId } = (await lastHeard(runtime, conversationId)) ?? {};
    const connection = connectionId === undefined ? undefined : runtime.directory.connection(connectionId);
    const { channel } = connection ?? {};
    if (!heard || !connection || !channel?.[what] || connection.state !== 'running') return;
    const scrub = scrubberOf(channel, connection.settings);
    const signal = AbortSignal.timeout(callMs);
    await channel[what](heard, { ...connection.context, signal }).catch((error: unknown) => {
      runtime.log.debug({ err: scrub.error(error), connection: connection.id, what }, 'a courtesy failed');
    });
  } catch (error) {
    runtime.log.debug({ err: error, what }, 'a courtesy was not begun');
  }
}

/** The newest message of the contact; providers take what is before it as read, too. */
async function lastHeard({ db, directory }: Runtime, conversationId: string): Promise<{ heard: Heard; connectionId: string } | undefined> {
  return db.read(async (sql) => {
    const [row] = await sql.all<{ provider_ref: string; number_id: string; connection_id: string; contact_id: string; thread: string | null }>(
      'select m.provider_ref, v.number_id, v.connection_id, v.contact_id, v.thread from message m join conversation v on v.id = m.conversation_id ' +
        "where m.conversation_id = ? and m.author = 'contact' and m.provider_ref is not null and m.kind not in ('reaction', 'edit', 'revoke') order by m.seq desc limit 1",
      [conversationId],
    );
    const number = row && directory.number(row.number_id);
    if (!row || !number?.active) return undefined;
    const from = (await identitiesOf(sql, [row.contact_id])).get(row.contact_id) ?? [];
    return { connectionId: row.connection_id, heard: { account: number.account, from, ref: row.provider_ref, ...(row.thread !== null && { thread: row.thread }) } };
  });
}
