/** The pages of Meta's emulator: written on as a customer, looked at, and signed in with. */
import t from 'tap';
import { startEmulator } from '../../plugins/meta-cloud/emulator.ts';
import { checkAccessibility, openBrowser, seen } from '../browser.ts';
import { listen, receiver } from '../far-end.ts';
import { until } from '../until.ts';

const browser = await openBrowser(t);
const hook = await receiver(t);
const emulator = await startEmulator({ appSecret: 'emulated-app-secret', accessToken: 'EAAemulatedemulatedemulated', webhookUrl: hook.url });
t.teardown(() => emulator.close());

t.test('a customer writes, what was taken is shown with its verdict, and a fault is added', async (t) => {
  const page = await browser.newPage({ baseURL: emulator.url });
  await page.goto('/');
  await page.locator('textarea[name=text]').fill('Halo dari halaman');
  await page.getByRole('button', { name: 'Write' }).click();
  await seen(page, 'The webhook answered 200.').waitFor();
  t.match(hook.received.at(-1)?.body, /Halo dari halaman/);
  await page.getByLabel('Code').fill('130429');
  await page.getByRole('button', { name: 'Add' }).click();
  await seen(page, '{"kind":"error","on":"send","code":130429,"next":1}').waitFor();
  const call = () => fetch(`${emulator.url}/v23.0/108100000000001/messages`, { method: 'POST', headers: { authorization: 'Bearer EAAemulatedemulatedemulated' }, body: JSON.stringify({ messaging_product: 'whatsapp', to: '628120000002', type: 'text', text: { body: 'Siap <b>kak</b>' } }) });
  t.equal((await call()).status, 400);
  t.equal((await call()).status, 200);
  await seen(page, 'fault error 130429').waitFor();
  await page.getByRole('listitem').filter({ hasText: '→ 628120000002 · text: Siap <b>kak</b>' }).waitFor();
  t.same(await checkAccessibility(page), []);
  await page.setViewportSize({ width: 360, height: 700 });
  t.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), 'it fits a phone');
});

t.test('a customer sends a file, and a template is decided about', async (t) => {
  const page = await browser.newPage({ baseURL: emulator.url });
  await page.goto('/');
  await page.locator('#write select[name=kind]').selectOption('file');
  await page.locator('input[type=file]').setInputFiles({ name: 'nota.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') });
  await page.getByRole('button', { name: 'Write' }).click();
  await seen(page, 'The webhook answered 200.').waitFor();
  t.match(hook.received.at(-1)?.body, /"type":"document","document":\{"id":"\d+","mime_type":"application\/pdf","filename":"nota.pdf"/);
  const body = JSON.stringify({ name: 'hello', language: 'id', category: 'UTILITY', components: [{ type: 'BODY', text: 'Halo ya.' }] });
  await fetch(`${emulator.url}/v23.0/102000000000001/message_templates`, { method: 'POST', headers: { authorization: 'Bearer EAAemulatedemulatedemulated' }, body });
  await page.getByRole('button', { name: 'rejected' }).click();
  await seen(page, 'hello (id): REJECTED').waitFor();
  const told = /"event":"REJECTED".*"reason":"INVALID_FORMAT"/;
  await until('the webhook is told', () => told.test(hook.received.at(-1)?.body ?? ''));
});

t.test('the stand-in of Meta’s script opens a window of another origin and brings back the code and the event', async (t) => {
  const product = await listen(t, (_, response) => {
    response.setHeader('content-type', 'text/html').setHeader('cross-origin-opener-policy', 'same-origin-allow-popups');
    response.setHeader('content-security-policy', `default-src 'none'; script-src ${emulator.url} 'unsafe-inline'`);
    response.end(`<!doctype html><title>Product</title><link rel="icon" href="data:,"><button>Sign in</button><script>
      window.heard = [];
      addEventListener('message', (event) => heard.push([event.origin, event.data]));
      window.fbAsyncInit = () => FB.init({ appId: '670000000000001', version: 'v25.0' });
      document.querySelector('button').onclick = () => FB.login((r) => { window.answer = r; document.body.append('Over'); }, { config_id: '880000000000001', response_type: 'code', override_default_response_type: true, extras: { setup: {} } });
    </script><script src="${emulator.url}/en_US/sdk.js"></script>`);
  });
  const page = await browser.newPage({ baseURL: product.replace('127.0.0.1', 'localhost'), allow: [/Content.Security.Policy/i] });
  const ends = async (name: string) => {
    await page.goto('/');
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name: 'Sign in' }).click()]);
    await Promise.all([popup.waitForEvent('close'), popup.getByRole('button', { name, exact: true }).click()]);
    await seen(page, 'Over').waitFor();
    return { answer: await page.evaluate('answer'), heard: await page.evaluate('heard') };
  };
  const finished = await ends('Finish');
  t.match(finished, { answer: { status: 'connected', authResponse: { code: /^AQ/ } } });
  t.match(JSON.stringify(finished.heard), /WA_EMBEDDED_SIGNUP.*FINISH.*108100000000001/);
  t.match(await ends('Cancel at PERMISSIONS'), { answer: { status: 'unknown', authResponse: null } });
  t.match(JSON.stringify((await ends('Report an error (as ERROR)')).heard), /error_message/);
});

t.test('without the script the browser is sent back with the code and the state', async (t) => {
  const page = await browser.newPage({ baseURL: emulator.url });
  const back = `${emulator.url}/sign-up?back=1`;
  const query = (appId: string) => new URLSearchParams({ client_id: appId, config_id: '880000000000001', redirect_uri: back, state: 'nonce-1', response_type: 'code' });
  await page.goto(`/v25.0/dialog/oauth?${query('670000000000001')}`);
  await Promise.all([page.waitForURL(/code=AQ/), page.getByRole('button', { name: 'Finish without an event' }).click()]);
  t.match(page.url(), /state=nonce-1/);
  await page.goto(`/v25.0/dialog/oauth?${query('999')}`);
  await seen(page, 'There is no app with this ID.').waitFor();
  t.ok(await page.getByRole('button', { name: 'Finish', exact: true }).isDisabled());
});
