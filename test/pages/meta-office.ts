/** An office whose owner connects numbers at Meta's (emulated) Graph API, and what is typed for that. */
import type { Test } from 'tap';
import { startEmulator } from '../../plugins/meta-cloud/emulator.ts';
import { openOffice } from './office.ts';

export const token = 'EAAGoodTokenOfTheEmulator0001';
export const secret = 'app-secret-of-the-emulator';
export const account = '108100000000001';

export async function openMetaOffice(t: Test) {
  const meta = await startEmulator({ accessToken: token, appSecret: secret, phoneNumberIds: [account, '108100000000002'] });
  t.teardown(() => meta.close());
  const office = await openOffice(t, { allowedOrigins: [new URL(meta.url).origin] });
  const { at, ids, ctx } = office;
  const typed = {
    way: 'plugin:meta-cloud', displayName: 'Sales', account, agent: ids.agent, active: 'on',
    'set.accessToken': token, 'set.appSecret': secret, 'set.apiBaseUrl': meta.url, 'set.apiVersion': 'v23.0', 'set.messagesPerSecond': '80',
    'set.businessAccountId': '102000000000001',
  };
  return { office, at, ids, ctx, meta, owner: await office.as('owner'), connect: `${at}/whatsapp/connect`, typed, numbers: () => ctx.workspace.numbers.list(ids.tenant, 0) };
}

/** What was pasted, sealed, as a form brings it back. */
export const keptIn = (page: string): string => /name="kept" value="([^"]+)"/.exec(page)?.[1] ?? '';
