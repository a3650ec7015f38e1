/** The senders of an account. */
import { object, text, type Loose, type NumberOnOffer } from '#plugin';
import { accountOf, sandbox } from './address.ts';
import { askAll, ofAccount, Refused, type TwilioContext } from './api.ts';

/** Every WhatsApp sender of the account. @throws Refused in Twilio's words */
export function sendersOf(ctx: TwilioContext): Promise<Loose[]> {
  return askAll(ctx, 'messaging', '/v2/Channels/Senders', 'senders', { Channel: 'whatsapp', PageSize: '50' });
}

export function isOnline(sender: Loose): boolean {
  return sender.status === 'ONLINE' || sender.status === 'ONLINE:UPDATING';
}

/**
 * The senders, which are the numbers that can speak WhatsApp. Where Twilio has none to name, the numbers that are rented from it: one of
 * them may be enabled for WhatsApp all the same, and no list of theirs says so.
 */
export async function numbers(ctx: TwilioContext): Promise<NumberOnOffer[]> {
  const senders = await sendersOf(ctx).catch((error: unknown) => {
    // Restricted keys may not read senders; whether anything may be read is then the next question.
    if (error instanceof Refused && /^(20003|20403|20404|http-40[34])$/.test(error.code)) return [];
    throw error;
  });
  const offers = senders.flatMap(offerOf);
  const shared: NumberOnOffer = { account: sandbox, title: 'Twilio Sandbox', phone: sandbox.slice('whatsapp:'.length), note: 'offer.sandbox' };
  return offers.length > 0 ? [...offers, shared] : [...(await rented(ctx)), { ...shared, uncertain: true }];
}

function offerOf(sender: Loose): NumberOnOffer[] {
  const account = accountOf(text(sender.sender_id));
  if (account === undefined) return [];
  const phone = account.slice('whatsapp:'.length);
  const status = text(sender.status);
  return [{ account, phone, title: text(object(sender.profile)?.name) ?? phone, ...(status !== undefined && !isOnline(sender) && { note: status }) }];
}

async function rented(ctx: TwilioContext): Promise<NumberOnOffer[]> {
  const found = await askAll(ctx, 'api', ofAccount(ctx.settings, 'IncomingPhoneNumbers.json'), 'incoming_phone_numbers', { PageSize: '50' });
  return found.flatMap((number) => {
    const phone = text(number.phone_number);
    const account = accountOf(phone === undefined ? undefined : `whatsapp:${phone}`);
    if (account === undefined || phone === undefined) return [];
    return [{ account, phone, title: text(number.friendly_name) ?? phone, note: 'offer.uncertain', uncertain: true }];
  });
}
