/**
 * Numbers of a connection whose settings list their accounts: rows are the truth, the list makes and silences them. Also how
 * a number's row is made, wherever it comes from.
 */
import { Num, type IConnection, type INumber } from '../db/entities/index.ts';
import type { Em } from '../db/open.ts';
import type { Channel, NumberOnOffer } from '../plugin/contract/channel.ts';
import { audit, type By } from './change.ts';
import type { WorkspaceParts } from './parts.ts';
import { Refused } from './refused.ts';
import { accountsMember, listedAccounts, type Settings } from './settings.ts';

/** What is newly listed becomes an inactive number, for no agent is chosen yet; what is no longer listed falls silent. */
export async function reconcileListed(
  em: Em, parts: WorkspaceParts, connection: IConnection, { channel, was, is, offers = [] }: { channel: Channel; was: Settings; is: Settings; offers?: readonly NumberOnOffer[] | undefined }, by: By,
): Promise<void> {
  const member = accountsMember(channel.settings);
  if (member === undefined) return;
  const listed = listedAccounts(channel.settings, is);
  const numbers = await em.find(Num, { connectionId: connection.id, deletedAt: null });
  for (const number of numbers) {
    if (listed.includes(number.account) || !number.active || !listedAccounts(channel.settings, was).includes(number.account)) continue;
    number.active = false;
    audit(em, parts.runtime(), connection.tenantId, by, { action: 'number.stop', subject: 'number', subjectId: number.id, detail: { account: number.account } });
  }
  for (const account of listed.filter((one) => !numbers.some((number) => number.account === one))) {
    const offer = offers.find((one) => one.account === account);
    const number = await placeNumber(em, parts, { connection, account, displayName: offer?.title ?? account, phone: offer?.phone, active: false }, member);
    audit(em, parts.runtime(), connection.tenantId, by, { action: 'number.connect', subject: 'number', subjectId: number.id, detail: { account } });
  }
}

export interface NumberToPlace {
  connection: IConnection;
  account: string;
  displayName: string;
  phone: string | undefined;
  active: boolean;
}

/** A new row, or the tenant's deleted one brought back with its conversations. @throws Refused NUMBER_TAKEN */
export async function placeNumber(em: Em, parts: WorkspaceParts, { connection, account, displayName, phone, active }: NumberToPlace, field = 'account'): Promise<INumber> {
  const { tenantId, plugin } = connection;
  const held = await em.findOne(Num, { plugin, account, deletedAt: null }, { filters: false });
  if (held) throw numberTaken(held, tenantId, field);
  const given = { connectionId: connection.id, displayName, phone: phone?.slice(0, 64) ?? null, active };
  const [deleted] = await em.find(Num, { plugin, account, deletedAt: { $ne: null } }, { orderBy: { deletedAt: 'desc' }, limit: 1 });
  if (deleted) {
    Object.assign(deleted, { ...given, phone: given.phone ?? deleted.phone, deletedAt: null });
    return deleted;
  }
  const number = em.create(Num, { ...given, tenantId, plugin, account, line: await freeLine(em), createdAt: parts.runtime().clock.now(), deletedAt: null });
  em.persist(number);
  return number;
}

export function numberTaken(held: Pick<INumber, 'tenantId' | 'displayName'>, tenantId: string, field: string): Refused {
  return new Refused({ [field]: { code: 'numberTaken', params: { name: held.tenantId === tenantId ? held.displayName : '' } } }, { code: 'NUMBER_TAKEN' });
}

/** The cord colour that is used least. */
async function freeLine(em: Em): Promise<number> {
  const numbers = await em.find(Num, { deletedAt: null }, { fields: ['line'] });
  const used = (line: number) => numbers.filter((number) => number.line === line).length;
  return [1, 2, 3, 4, 5, 6].reduce((least, line) => (used(line) < used(least) ? line : least), 1);
}
