import t from 'tap';
import { checkAccessibility } from '../browser.ts';
import { openProduct, picture, setUp, signIn, slug, writeOnPhone } from './switchboard.ts';

const { url, browser } = await openProduct(t);
const app = `/app/${slug}`;
const first = await browser.newPage({ baseURL: url });
await setUp(first);
const phone = await writeOnPhone(first, ['hello', 'menu', 'I want to talk to a person', 'Sorry, one more question: do you open on Sunday, and may I come with a dog and two children?']);
const hrefOf = async (page: string, part: string) => {
  await first.goto(page);
  return (await first.locator(`a[href*="${part}"]`).first().getAttribute('href')) ?? '';
};
const conversation = await hrefOf(`${app}/whatsapp`, `${app}/whatsapp/0`);
const agent = await hrefOf(`${app}/agents`, `${app}/agents/0`);
const channel = await hrefOf(`${app}/settings/channels`, `${app}/settings/channels/`);
const delivery = await hrefOf(`${app}/settings/deliveries`, `${app}/settings/deliveries/`);
// A draft, so that its side of the agent is there to be looked at; and an agent of its own without one.
await first.goto(agent);
await first.getByRole('button', { name: 'Save as draft' }).click();
await first.getByText('This is the draft.').or(first.getByText('The draft is what is published.')).waitFor();
await first.goto(`${app}/agents/new?kind=rules`);
await first.getByLabel('Name').fill('Night shift');
await first.locator('textarea[name=rules]').fill('- when: { any: true }\n  say: Good night.');
await first.getByRole('button', { name: 'Make the agent' }).click();
await first.getByRole('heading', { name: 'Connect a WhatsApp number' }).waitFor();
const plain = new URL(first.url()).pathname;
const number = phone.replace('/simulator/', '/whatsapp/numbers/');

const pages: Record<string, string> = {
  whatsapp: `${app}/whatsapp`, connect: `${app}/whatsapp/connect`, 'connect-meta': `${app}/whatsapp/connect?way=plugin%3Ameta-cloud`, 'edit-number': number, 'delete-number': `${number}/delete`,
  inbox: `${app}/inbox`, conversation, details: `${conversation}?details=1`, 'delete-conversation': `${conversation}/delete`, simulator: phone, alerts: `${app}/whatsapp/notifications?show=all`,
  agents: `${app}/agents`, agent, 'agent-draft': `${agent}?tab=behaviour&of=draft`, 'agent-channels': `${agent}?tab=channels`, 'agent-connect': `${agent}/connect?way=plugin%3Ameta-cloud`, 'agent-plain': `${plain}?tab=channels`, 'agent-plain-connect': `${plain}/connect?way=plugin%3Atwilio`, 'new-agent': `${app}/agents/new`, 'new-agent-rules': `${app}/agents/new?kind=rules`, channels: `${app}/settings/channels`, channel, 'channel-settings': `${channel}?tab=settings`, 'channel-hand-off': `${channel}?tab=hand-off`,
  'channel-rejected': `${channel}?tab=rejected`, 'channel-logs': `${channel}?tab=logs`, 'new-template': `${channel}/templates/new`, deliveries: `${app}/settings/deliveries`, delivery, members: `${app}/settings/members`, about: `${app}/settings/about`, profile: `${app}/me`,
  ...Object.fromEntries(['meta-cloud', 'twilio', 'qontak', 'coster'].map((plugin) => [`guide-${plugin}`, `${app}/settings/channels/guides/${plugin}`])), styleguide: `${app}/styleguide`, nothing: `${app}/nothing`,
};

for (const width of [1280, 390]) {
  t.test(`every page at ${width} px, light and dark, passes axe, fits its window and keeps to the policy`, async (t) => {
    // Side by side: most of the time goes into axe, and there are two cores.
    await Promise.all((['light', 'dark'] as const).map(async (theme) => {
      const page = await browser.newPage({ baseURL: url, width, theme, allow: [/status of 404/] });
      await signIn(page);
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(path);
        t.same(await checkAccessibility(page), [], `${name}, ${theme}`);
        t.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, `${name}, ${theme} does not scroll sideways`);
        await picture(page, `${name}-${width}-${theme}`);
      }
    }));
  });
}

t.test('on an agent’s Channels tab a number is connected in place, with script and without', async (t) => {
  for (const [script, name] of [[true, 'Front desk'], [false, 'Back desk']] as const) {
    const page = await browser.newPage({ baseURL: url, width: 390, allow: [/status of 422/] });
    if (!script) await page.route(/app\.js$/, (route) => route.fulfill({ contentType: 'text/javascript', body: '' }));
    await signIn(page);
    await page.goto(`${plain}?tab=channels`);
    await page.getByRole('link', { name: /^Simulator New connection/ }).click();
    await page.getByLabel('Display Name').fill(name);
    await page.getByRole('button', { name: 'Apply' }).last().click();
    // Refused beside its field, and what was typed is there still.
    await page.locator('#account-error').waitFor();
    t.equal(await page.getByLabel('Display Name').inputValue(), name);
    await page.locator('#account').fill(`sim:${name.slice(0, 4).toLowerCase()}-desk`);
    await page.getByRole('button', { name: 'Apply' }).last().click();
    const row = page.locator('.patch > div', { hasText: name });
    await row.getByText('RUNNING').waitFor();
    t.equal(await row.getByRole('switch').getAttribute('aria-checked'), 'true', 'it takes what comes in');
    await page.locator('#displayName').waitFor({ state: 'detached' });
  }
});

t.test('in every language nothing scrolls sideways, at 320 px and at 1280', async (t) => {
  const page = await browser.newPage({ baseURL: url, width: 320, allow: [/status of 404/] });
  await signIn(page);
  for (const [button, locale] of [['Español', 'es'], ['Bahasa Indonesia', 'id'], ['English', 'en']] as const) {
    await page.goto(`${app}/me`);
    await page.getByRole('button', { name: button }).click();
    // The whole page is another one: what is read aloud, and what the script says, changes its language too.
    await page.locator(`html[lang=${locale}]`).waitFor();
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(path);
        t.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, `${name} in ${locale} at ${width}`);
      }
    }
  }
});

t.test('what opens over a page passes axe, too', async (t) => {
  for (const [width, theme] of [[1280, 'light'], [390, 'dark']] as const) {
    const page = await browser.newPage({ baseURL: url, width, theme });
    await signIn(page);
    await page.getByRole('link', { name: 'Connect New Number' }).click();
    await page.locator('#dialog').getByRole('link', { name: /Meta Cloud/ }).click();
    await page.locator('#dialog').getByLabel('Access token').waitFor();
    t.same(await checkAccessibility(page), [], 'a dialog');
    await picture(page, `dialog-${width}-${theme}`);
    await page.locator('#dialog').getByRole('link', { name: 'Close' }).click();
    await page.locator('#dialog').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'More for Test phone' }).click();
    t.same(await checkAccessibility(page), [], 'a menu');
    await page.goto(conversation);
    await page.locator('#items button[popovertarget]').last().click();
    t.same(await checkAccessibility(page), [], 'the statuses of a message');
    await picture(page, `receipts-${width}-${theme}`);
  }
});

t.test('with forced colours and without motion a page still says what it says', async (t) => {
  const page = await browser.newPage({ baseURL: url });
  await signIn(page);
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  for (const name of ['whatsapp', 'conversation', 'simulator', 'channel'] as const) {
    await page.goto(pages[name] ?? '/');
    // What lasts no time at all is over with the first frame.
    await page.waitForFunction("document.getAnimations().every((one) => one.playState !== 'running')").catch(() => t.fail(`${name}: something moves`));
    // The browser has put the system's own colours in place; axe reads those of the stylesheet.
    t.same((await checkAccessibility(page)).filter((rule) => !rule.startsWith('color-contrast')), [], name);
  }
  await page.goto(`${app}/whatsapp`);
  const drawn = () => page.evaluate<string>("(() => { const it = document.querySelector('.rack .switch i'); return getComputedStyle(it).backgroundColor + getComputedStyle(it, '::after').backgroundColor; })()");
  const on = await drawn();
  await page.locator('.rack').getByRole('switch').first().click();
  await page.locator('.rack').getByRole('switch', { checked: false }).first().waitFor();
  t.not(await drawn(), on, 'a switch that is off looks different from one that is on');
  await page.locator('.rack').getByRole('switch').first().click();
  await page.locator('.rack').getByRole('switch', { checked: true }).first().waitFor();
  await picture(page, 'forced-colours');
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
