/** Sending: the one call that creates a message, and the two that tell the contact we are here. */
import type { Heard, Identity, Json, Outgoing, SendResult } from '#plugin';
import { type Body, bodyOf } from './body.ts';
import { ask, call, type MetaContext } from './graph.ts';
import { digits } from './identities.ts';
import { uploaded } from './media.ts';
import { resultOf } from './result.ts';

export async function send(out: Outgoing, prepared: Json | undefined, ctx: MetaContext): Promise<SendResult> {
  const recipient = recipientOf(out.to.identities);
  if (!recipient) return { rejected: { code: 'no-recipient', said: 'The contact has neither a phone number nor a user id.', scope: 'contact' } };
  const file = uploaded(out, prepared);
  if (file !== undefined && !('id' in file)) return file;
  const answer = await call(ctx, `${encodeURIComponent(out.account)}/messages`, {
    body: {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      ...recipient,
      ...bodyOf(out.content, file?.id),
      // Comes back with every status, so that an answer that got lost still finds its message.
      biz_opaque_callback_data: out.ref,
      ...(out.replyTo !== undefined && { context: { message_id: out.replyTo } }),
    },
  });
  return resultOf(answer, ctx, out.to.identities);
}

/** A phone number wins over a user id, as some messages (one-time codes) go to phone numbers only. */
function recipientOf(identities: readonly Identity[]): Body | undefined {
  const valueOf = (kind: Identity['kind']) => identities.find((identity) => identity.kind === kind)?.value;
  const to = digits(valueOf('phone'));
  if (to !== undefined) return { to };
  const recipient = valueOf('user') ?? valueOf('parent-user');
  return recipient === undefined ? undefined : { recipient };
}

/** Marks it and what came before as read. Best effort: core asks once and does not wait for long. */
export async function markRead(heard: Heard, ctx: MetaContext): Promise<void> {
  await tell(heard, {}, ctx);
}

/** "Typing…" vanishes with the reply or after 25 s; Meta allows it only together with marking as read. */
export async function typing(heard: Heard, ctx: MetaContext): Promise<void> {
  await tell(heard, { typing_indicator: { type: 'text' } }, ctx);
}

async function tell({ account, ref }: Heard, more: Body, ctx: MetaContext): Promise<void> {
  await ask(ctx, `${encodeURIComponent(account)}/messages`, {
    body: { messaging_product: 'whatsapp', status: 'read', message_id: ref, ...more },
    timeoutMs: 5000,
  });
}
