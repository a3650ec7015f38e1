/** One customer, one number at Meta's (emulated) Graph API, and the only conversation between them, in a real browser. */
import type { Page } from 'playwright-core';
import type { Content } from '../../core/plugin/contract/content.ts';
import { type Emulator, startEmulator } from '../../plugins/meta-cloud/emulator.ts';
import type { PageOptions } from '../browser.ts';
import { openProduct, owner, signIn } from './switchboard.ts';

interface Test {
  teardown(end: () => Promise<void>): unknown;
}

export interface Rosa {
  emulator: Emulator;
  token: string;
  /** From her phone; the agent thanks her. */
  write(content: Content): Promise<unknown>;
  /** @returns a page of somebody who has signed in and opened the conversation */
  readThread(options?: PageOptions): Promise<Page>;
}

export async function openRosa(t: Test): Promise<Rosa> {
  const token = 'EAAe2e0000000001';
  const emulator = await startEmulator({ appSecret: 'e2e-app-secret', accessToken: token, verifyToken: 'e2e-verify-token', statuses: true });
  t.teardown(() => emulator.close());
  const { email, password } = owner;
  const { url, browser } = await openProduct(t, { LOG_LEVEL: 'silent' }, {
    tenants: [{
      slug: 'lestari', users: [{ name: 'Ana', role: 'owner', email, password }],
      connections: [{ key: 'meta', plugin: 'meta-cloud', webhookKey: 'e2e-webhook-key', settings: emulator.settings }],
      agents: [{ key: 'quiet', plugin: 'rules', settings: { rules: [{ when: { any: true }, say: 'Thank you.' }] } }],
      numbers: [{ connection: 'meta', account: '108100000000001', displayName: 'Sales', bindings: [{ agent: 'quiet' }] }],
    }],
  });
  emulator.webhookUrl = `${url}/webhooks/e2e-webhook-key`;
  return {
    emulator, token,
    write: (content) => emulator.customer.write({ from: '12025550147', name: 'Rosa Delgado', content }),
    async readThread(options = {}) {
      const page = await browser.newPage({ baseURL: url, ...options });
      await signIn(page);
      await page.goto('/app/lestari/inbox');
      await page.locator('#rows a').first().click();
      await page.locator('#items').waitFor();
      return page;
    },
  };
}
