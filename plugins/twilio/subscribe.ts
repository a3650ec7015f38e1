/** Where Twilio sends what contacts write: an address of each sender, or of the Messaging Service they are in. */
import { object, text, type Json, type Loose } from '#plugin';
import { ask, Refused, type TwilioContext } from './api.ts';
import { sendersOf } from './numbers.ts';
import { withOverrides } from './send.ts';

type Subscription = { state: 'ours' | 'other' | 'none'; url?: string };

export async function readSubscription(ctx: TwilioContext): Promise<Subscription> {
  const service = await serviceOf(ctx);
  const urls = service ? [text(service.inbound_request_url)] : (await used(ctx)).map((sender) => text(object(sender.webhook)?.callback_url));
  const other = urls.find((url) => url !== undefined && !isOurs(url, ctx));
  if (other !== undefined) return { state: 'other', url: other };
  const [first] = urls;
  return first === undefined || urls.includes(undefined) ? { state: 'none' } : { state: 'ours', url: first };
}

/** Sends the messages of these senders here; what else is set at them stays. @throws Refused */
export async function subscribe(ctx: TwilioContext): Promise<void> {
  const url = withOverrides(ctx.callbackUrl(), ctx.settings.connectionOverrides);
  const service = await serviceOf(ctx);
  if (service) {
    await ask(ctx, 'messaging', servicePath(ctx), { form: { InboundRequestUrl: url, InboundMethod: 'POST', UseInboundWebhookOnNumber: 'false' } });
    return;
  }
  const senders = await used(ctx);
  if (senders.length === 0) throw new Refused('no-senders', 'None of the account’s senders is connected here yet: add the number first.');
  for (const sender of senders) await point(sender, { callback_url: url, callback_method: 'POST' }, ctx);
}

/** Stops the messages to this address; another installation's address is left alone. @throws Refused */
export async function unsubscribe(ctx: TwilioContext): Promise<void> {
  const service = await serviceOf(ctx);
  if (service) {
    if (isOurs(text(service.inbound_request_url) ?? '', ctx)) await ask(ctx, 'messaging', servicePath(ctx), { form: { InboundRequestUrl: '' } });
    return;
  }
  for (const sender of await used(ctx)) {
    if (isOurs(text(object(sender.webhook)?.callback_url) ?? '', ctx)) await point(sender, { callback_url: '' }, ctx);
  }
}

/** The same address but for the connection overrides, which are no part of where it leads. */
function isOurs(url: string, ctx: TwilioContext): boolean {
  return url.replace(/#.*$/s, '') === ctx.callbackUrl();
}

/** The Messaging Service whose address goes before that of its senders; undefined where there is none, or it lets them have theirs. */
async function serviceOf(ctx: TwilioContext): Promise<Loose | undefined> {
  if (ctx.settings.messagingServiceSid === undefined) return undefined;
  const service = await ask(ctx, 'messaging', servicePath(ctx));
  return service.use_inbound_webhook_on_number === true ? undefined : service;
}

function servicePath({ settings }: TwilioContext): string {
  return `/v1/Services/${settings.messagingServiceSid ?? ''}`;
}

/** The account's senders that are connected here: only theirs is touched. */
async function used(ctx: TwilioContext): Promise<Loose[]> {
  const wanted = new Set(ctx.settings.senders);
  return (await sendersOf(ctx)).filter((sender) => wanted.has(text(sender.sender_id) ?? ''));
}

async function point(sender: Loose, change: { [name: string]: Json }, ctx: TwilioContext): Promise<void> {
  const present = object(sender.webhook) ?? {};
  const kept = ['callback_url', 'callback_method', 'fallback_url', 'fallback_method', 'status_callback_url', 'status_callback_method'].flatMap((name) => {
    const value = text(present[name]);
    return value === undefined ? [] : [[name, value] as const];
  });
  await ask(ctx, 'messaging', `/v2/Channels/Senders/${encodeURIComponent(text(sender.sid) ?? '')}`, { json: { webhook: { ...Object.fromEntries(kept), ...change } } });
}
