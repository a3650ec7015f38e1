/** The WhatsApp numbers of the organization: Qontak's channel integrations. */
import { object, objects, short, text, type Loose, type NumberOnOffer } from '#plugin';
import { askPage, type QontakContext } from './api.ts';

/** Never the whole `settings` of one: on older channels a credential stands in them. */
export interface Integration {
  id: string;
  name: string | undefined;
  phone: string | undefined;
  channel: string;
  organization: string | undefined;
  active: boolean;
}

const most = 40;

/** WhatsApp channels, on Cloud and on the older platform. @throws Refused in Qontak's words */
export async function integrations(ctx: QontakContext): Promise<Integration[]> {
  const found: Integration[] = [];
  let at: string | undefined;
  for (let page = 0; page < most; page += 1) {
    const { items, next } = await askPage(ctx, 'integrations', {}, at);
    found.push(...objects(items).flatMap((item) => integrationOf(item) ?? []));
    if (next === undefined) break;
    at = next;
  }
  return found;
}

function integrationOf(item: Loose): Integration | undefined {
  const id = text(item.id)?.toLowerCase();
  const channel = text(item.target_channel) ?? '';
  if (id === undefined || !/^wa(_|$)/.test(channel)) return undefined;
  const settings = object(item.settings);
  return { id, channel, name: short(settings?.account_name, 200), phone: short(settings?.phone_number, 40), organization: text(item.organization_id), active: item.is_active !== false };
}

export async function numbers(ctx: QontakContext): Promise<NumberOnOffer[]> {
  return (await integrations(ctx)).map(({ id, name, phone, channel, active }) => ({
    account: id,
    title: name ?? phone ?? id,
    ...(phone !== undefined && { phone }),
    ...((!active || channel !== 'wa_cloud') && { note: [channel, ...(active ? [] : ['inactive'])].join(', ') }),
  }));
}
