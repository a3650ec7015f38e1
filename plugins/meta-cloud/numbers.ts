/** The numbers a token may use, and where their events are sent. */
import { object, objects, text, type CheckLine, type Loose, type NumberOnOffer } from '#plugin';
import { accountOf, ask, askAll, type MetaContext, Refused } from './graph.ts';

export const numberFields = 'id,display_phone_number,verified_name,status,quality_rating,code_verification_status,messaging_limit_tier,platform_type,is_on_biz_app';

/** With a business account its whole list, else the numbers that were named. @throws Refused in Meta's words */
export async function phoneNumbers(ctx: MetaContext): Promise<Loose[]> {
  const { businessAccountId, phoneNumberIds = [] } = ctx.settings;
  if (businessAccountId !== undefined) return await askAll(ctx, `${businessAccountId}/phone_numbers`, { fields: numberFields });
  return await Promise.all(phoneNumberIds.map((id) => ask(ctx, id, { query: { fields: numberFields } })));
}

export async function numbers(ctx: MetaContext): Promise<NumberOnOffer[]> {
  return (await phoneNumbers(ctx)).flatMap((found) => {
    const account = text(found.id);
    if (account === undefined) return [];
    const phone = text(found.display_phone_number);
    const offer: NumberOnOffer = { account, title: text(found.verified_name) ?? phone ?? account };
    if (phone !== undefined) offer.phone = phone;
    const status = text(found.status);
    if (status !== undefined && status !== 'CONNECTED') offer.note = status;
    return [offer];
  });
}

/** Not registered with the Cloud API: nothing can be sent until it is. A number of the WhatsApp Business app never needs to be. */
export function needsRegistering(found: Loose): boolean {
  if (found.is_on_biz_app === true) return false;
  const platform = text(found.platform_type);
  return text(found.status) === 'PENDING' || (platform !== undefined && platform !== 'CLOUD_API');
}

/** States in which a number sends, though Meta looks at it closely. */
const watched = new Set(['FLAGGED', 'RESTRICTED', 'RATE_LIMITED']);

export function numberLine(found: Loose): CheckLine {
  const id = text(found.id) ?? '';
  const status = text(found.status);
  const quality = text(found.quality_rating);
  const limit = text(found.messaging_limit_tier)?.replace('TIER_', '');
  const params = { name: text(found.display_phone_number) ?? id, status: status ?? '?', quality: quality ?? '?', limit: limit ?? '?' };
  const line = (state: CheckLine['state'], said: string, mend?: string): CheckLine => ({ what: `number ${id}`, state, said, params, ...(mend !== undefined && { mend, field: 'phoneNumberIds' }) });
  // It may be connected all the same, or it could not be registered here; and that is no matter of the settings.
  if (needsRegistering(found)) return { what: `number ${id}`, state: 'doubtful', said: 'doctor.number.unregistered', mend: 'doctor.number.register', params };
  if (status !== undefined && watched.has(status)) return line('doubtful', 'doctor.number.watched', 'doctor.number.manager');
  if (status !== undefined && status !== 'CONNECTED') return line('broken', 'doctor.number.status', 'doctor.number.manager');
  if (text(found.code_verification_status) === 'NOT_VERIFIED') return line('doubtful', 'doctor.number.unverified', 'doctor.number.verify');
  if (quality === 'RED' || quality === 'YELLOW') return line('doubtful', 'doctor.number.quality', 'doctor.number.care');
  if (limit === 'UNLIMITED') return line('ok', 'doctor.number.okUnlimited');
  return line('ok', limit === undefined ? 'doctor.number.ok' : 'doctor.number.okLimit');
}

type Subscription = { state: 'ours' | 'other' | 'none'; url?: string };

/** Where the events of the business account go: to the address set for this account, else to the app's own. */
export async function readSubscription(ctx: MetaContext): Promise<Subscription> {
  const own = await ownSubscription(ctx);
  if (own === undefined) return { state: 'none' };
  const url = text(own.override_callback_uri) ?? (await appCallback(ctx));
  if (url === undefined) return { state: 'other' };
  return { state: url === ctx.callbackUrl() ? 'ours' : 'other', url };
}

async function ownSubscription(ctx: MetaContext): Promise<Loose | undefined> {
  const apps = await askAll(ctx, `${accountOf(ctx)}/subscribed_apps`, {});
  const { appId } = ctx.settings;
  // Without the app's id the only app that is subscribed must do; among several nobody can tell which is this token's.
  if (appId === undefined) return apps.find((app) => text(app.override_callback_uri) === ctx.callbackUrl()) ?? (apps.length === 1 ? apps[0] : undefined);
  return apps.find((app) => text(object(app.whatsapp_business_api_data)?.id) === appId);
}

/** Only the app itself may read its callback; undefined where its id is not known or Meta will not say. */
async function appCallback(ctx: MetaContext): Promise<string | undefined> {
  const { appId, appSecret } = ctx.settings;
  if (appId === undefined) return undefined;
  try {
    const answer = await ask(ctx, `${appId}/subscriptions`, { token: `${appId}|${appSecret}` });
    return text(objects(answer.data).find(({ object: of }) => of === 'whatsapp_business_account')?.callback_url);
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

/** Subscribes the app and sends this account's events here, whatever the app's own callback is. Meta shakes hands meanwhile. */
export async function subscribe(ctx: MetaContext): Promise<void> {
  const path = `${accountOf(ctx)}/subscribed_apps`;
  // An address of its own is only accepted from an app that is subscribed already.
  await ask(ctx, path, { body: {} });
  await ask(ctx, path, { body: { override_callback_uri: ctx.callbackUrl(), verify_token: ctx.settings.verifyToken } });
}

/** Stops the events to this address; another installation's subscription is left alone. */
export async function unsubscribe(ctx: MetaContext): Promise<void> {
  const own = await ownSubscription(ctx);
  if (own === undefined) return;
  const path = `${accountOf(ctx)}/subscribed_apps`;
  const override = text(own.override_callback_uri);
  // An empty body removes the address and leaves the app subscribed with its own callback.
  if (override === ctx.callbackUrl()) await ask(ctx, path, { body: {} });
  else if (override === undefined && (await appCallback(ctx)) === ctx.callbackUrl()) await ask(ctx, path, { method: 'DELETE' });
}
