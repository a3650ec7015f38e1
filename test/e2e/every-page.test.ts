import t from 'tap';
import { checkAccessibility } from '../browser.ts';
import { openProduct, picture, setUp, signIn, slug } from './switchboard.ts';

const { url, browser } = await openProduct(t);
const app = `/app/${slug}`;
const first = await browser.newPage({ baseURL: url });
await setUp(first);
const phone = (await first.getByRole('link', { name: 'Test phone', exact: true }).getAttribute('href')) ?? '';
await first.goto(phone);
for (const text of ['hello', 'menu', 'I want to talk to a person', 'Sorry, one more question: do you open on Sunday, and may I come with a dog and two children?']) {
  await first.getByLabel('Write as the customer').fill(text);
  await first.getByRole('button', { name: 'Send as the customer' }).click();
  await first.locator('#items').getByText(text).first().waitFor();
}
const hrefOf = async (page: string, part: string) => {
  await first.goto(page);
  return (await first.locator(`a[href*="${part}"]`).first().getAttribute('href')) ?? '';
};
const conversation = await hrefOf(`${app}/whatsapp`, `${app}/whatsapp/0`);
const agent = await hrefOf(`${app}/agents`, `${app}/agents/`);
const channel = await hrefOf(`${app}/settings/channels`, `${app}/settings/channels/`);
const delivery = await hrefOf(`${app}/settings/deliveries`, `${app}/settings/deliveries/`);
const number = phone.replace('/simulator/', '/whatsapp/numbers/');

const pages: Record<string, string> = {
  whatsapp: `${app}/whatsapp`, connect: `${app}/whatsapp/connect`, 'connect-meta': `${app}/whatsapp/connect?way=plugin%3Ameta-cloud`, 'edit-number': number, 'delete-number': `${number}/delete`,
  inbox: `${app}/inbox`, conversation, details: `${conversation}?details=1`, 'delete-conversation': `${conversation}/delete`, simulator: phone, alerts: `${app}/whatsapp/notifications?show=all`,
  agents: `${app}/agents`, agent, 'agent-channels': `${agent}?tab=channels`, channels: `${app}/settings/channels`, channel, 'channel-settings': `${channel}?tab=settings`, 'channel-hand-off': `${channel}?tab=hand-off`,
  'channel-rejected': `${channel}?tab=rejected`, deliveries: `${app}/settings/deliveries`, delivery, members: `${app}/settings/members`, about: `${app}/settings/about`, profile: `${app}/me`,
  styleguide: `${app}/styleguide`, nothing: `${app}/nothing`,
};

for (const theme of ['light', 'dark'] as const) {
  for (const width of [1280, 390]) {
    t.test(`every page at ${width} px in the ${theme} passes axe, fits its window and keeps to the policy`, async (t) => {
      const page = await browser.newPage({ baseURL: url, width, theme, allow: [/status of 404/] });
      await signIn(page);
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(path);
        t.same(await checkAccessibility(page), [], name);
        t.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, `${name} does not scroll sideways`);
        await picture(page, `${name}-${width}-${theme}`);
      }
    });
  }
}

t.test('at 320 px no page scrolls sideways', async (t) => {
  const page = await browser.newPage({ baseURL: url, width: 320, allow: [/status of 404/] });
  await signIn(page);
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(path);
    t.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, name);
  }
});

t.test('before anybody is signed in, too', async (t) => {
  for (const theme of ['light', 'dark'] as const) {
    for (const width of [1280, 390, 320]) {
      const page = await browser.newPage({ baseURL: url, width, theme });
      await page.goto('/login');
      t.same(await checkAccessibility(page), []);
      t.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
      await picture(page, `login-${width}-${theme}`);
    }
  }
});
