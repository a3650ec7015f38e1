/** Twilio has one call for both: the message is marked as read, and "typing…" shows until the reply or for 25 s. */
import type { Heard } from '#plugin';
import { ask, type TwilioContext } from './api.ts';

/** Best effort: core asks once and does not wait for long. @throws Refused, NotSent, Silence */
export async function typing({ ref }: Heard, ctx: TwilioContext): Promise<void> {
  // Several media of one webhook are told apart by what stands behind the SID.
  const [messageId = ''] = ref.split(':');
  if (!/^(SM|MM)[0-9a-f]{32}$/i.test(messageId)) return;
  await ask(ctx, 'messaging', '/v2/Indicators/Typing.json', { form: { channel: 'whatsapp', messageId }, timeoutMs: 5000 });
}
