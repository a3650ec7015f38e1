/** One installation with its provider and its customers, ready to be broken. */
import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../plugins/meta-cloud/emulator.ts';
import { createCustomers, reckon, type Customers, type Reckoning } from './customers.ts';
import { openLedger, type Ledger } from './ledger.ts';
import { freePort, install, startProduct, webhookKey, type Installation, type Product, type StartOptions } from './product.ts';

export interface Scene {
  emulator: Emulator;
  customers: Customers;
  ledger: Ledger;
  dataDir: string;
  config: string;
  webhook: string;
  /** More customers of the first connection, with a line of their own. */
  few(): Customers;
  /** Customers of the second connection; see `otherAccount`. */
  others(): Customers;
  otherWebhook: string;
  /** Writes the configuration anew, with other settings of the connection. */
  reinstall(settings: Record<string, string>): void;
  /** Starts the product (again). */
  start(options?: StartOptions): Promise<Product>;
  /** Waits until everything that was taken is answered and nothing is left to do, then compares. */
  settle(withinMs?: number): Promise<Reckoning & { unknown: number }>;
  end(): Promise<void>;
}

export interface SceneOptions extends Partial<Omit<Installation, 'emulator' | 'port'>> {
  emulator?: Partial<EmulatorOptions>;
  senders?: number;
  prefix?: string;
  /** A second connection to the same provider, for this number. */
  otherAccount?: string;
  /** How long the provider waits before it delivers again what got no 200. */
  againMs?: number;
}

export async function createScene({ emulator: wanted = {}, senders, prefix, againMs, otherAccount, ...installation }: SceneOptions = {}): Promise<Scene> {
  const port = await freePort();
  const webhook = `http://127.0.0.1:${port}/webhooks/${webhookKey}`;
  const mine = wanted.phoneNumberIds ?? ['108100000000001'];
  const emulator = await startEmulator({
    appSecret: 'faults-app-secret', accessToken: ['EAAfaults0000000001', 'EAAfaults0000000002'], verifyToken: 'faults-verify-token', webhookUrl: webhook,
    statuses: { sent: 30 }, webhooks: { batch: 20, holdMs: 40 }, retry: { firstMs: 300, factor: 1.2, maxMs: 600, tries: 400, timeoutMs: 30_000 },
    ...wanted,
    phoneNumberIds: [...mine, ...(otherAccount === undefined ? [] : [otherAccount])],
  });
  // Two tokens are taken, so that one can be replaced by the other; the pace is for another test.
  const settings = { ...emulator.settings, phoneNumberIds: [...mine], messagesPerSecond: 100_000 };
  const own = installation.folder === undefined ? mkdtempSync(join(tmpdir(), 'switchboard-faults-')) : undefined;
  const folder = installation.folder ?? own ?? '';
  const dataDir = installation.dataDir ?? join(folder, 'data');
  const otherKey = 'faults-other-webhook-key';
  const otherWebhook = webhook.replace(webhookKey, otherKey);
  const more = otherAccount === undefined ? [] : [{ webhookKey: otherKey, account: otherAccount, settings: {} }];
  const config = install({ more, ...installation, folder, dataDir, port, emulator: { settings } });
  const customers = createCustomers({
    appSecret: settings.appSecret, accounts: mine,
    ...(senders !== undefined && { senders }), ...(prefix !== undefined && { prefix }), ...(againMs !== undefined && { againMs }),
  });
  customers.setUrls(webhook);
  const ledger = openLedger(installation.databaseUrl === undefined ? { dataDir } : { databaseUrl: installation.databaseUrl });
  const products: Product[] = [];
  const groups = [customers];
  function group(accounts: readonly string[], url: string): Customers {
    const made = createCustomers({ appSecret: settings.appSecret, accounts });
    made.setUrls(url);
    groups.push(made);
    return made;
  }
  return {
    emulator, customers, ledger, dataDir, config, webhook,
    few: () => group(mine, webhook),
    others: () => group([otherAccount ?? ''], otherWebhook),
    otherWebhook,
    reinstall(changed) {
      install({ more, ...installation, folder, dataDir, port, emulator: { settings: { ...settings, ...changed } } });
    },
    async start(options) {
      const product = await startProduct(config, options);
      products.push(product);
      return product;
    },
    async settle(withinMs = 300_000) {
      for (const one of groups) await one.allTaken(withinMs);
      await emulator.idle();
      await ledger.drained(withinMs);
      // Receipts of the very last sends.
      await emulator.idle();
      await ledger.drained(withinMs);
      const written = new Map(groups.flatMap((one) => [...one.written]));
      return { ...reckon(written, emulator.messages), unknown: (await ledger.statuses())['unknown'] ?? 0 };
    },
    async end() {
      for (const product of products) if (product.running()) product.kill('SIGKILL');
      await Promise.all(products.map((product) => product.ended));
      await Promise.all(groups.map((one) => one.close()));
      await emulator.close();
      await ledger.close();
      if (own) rmSync(own, { recursive: true, force: true });
    },
  };
}
