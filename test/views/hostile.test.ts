import t from 'tap';
import { prose } from '../../core/admin/view.ts';
import { openBrowser, takeProblems } from '../browser.ts';
import { listen } from '../far-end.ts';
import { samples } from './samples.ts';
import type { Sample } from './samples/shop.ts';
import { htmlOf, nameOf, tagsOf, views } from './rendering.ts';

const payloads = [
  `"><script>alert(1)</script>`,
  `'><img src=x onerror=alert(1)>`,
  `" onmouseover="alert(1)" x="`,
  `<hx-partial hx-target="body"><b hx-get="/x">`,
  `</textarea></title></template><svg/onload=alert(1)>`,
  `javascript:alert(1)`,
  `\u202egnp.exe <%= process.env %> {{constructor.constructor('alert(1)')()}} $t(rail.alerts)`,
  `https://x.example/"onmouseover="alert(1)`,
];

/** Words of our own vocabulary and addresses that routes build; everything else may come from outside. */
const ours = new Set([
  'kind', 'lamp', 'line', 'state', 'author', 'status', 'what', 'cause', 'level', 'tab', 'view', 'role', 'whose', 'deeds', 'tone', 'show', 'secrets', 'proof', 'sentiment', 'locale', 'locales', 'theme', 'timeZone',
  'id', 'slug', 'csrf', 'path', 'href', 'needs', 'nextHref', 'inboxHref', 'action', 'rowsAre', 'newFrom', 'page',
]);

function poisoned(value: unknown, payload: string, key = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => (typeof one === 'string' && ours.has(key) ? one : poisoned(one, payload, key)));
  if (value !== null && typeof value === 'object') {
    const fault = 'armed' in value;
    const doctor = 'said' in value && 'state' in value;
    const event = 'what' in value && value.what === 'fault';
    const consent = 'value' in value && 'source' in value;
    const step = 'done' in value && 'key' in value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        if ((fault || step) && name === 'key') return [name, inner];
        if (consent && name === 'value') return [name, inner];
        if (event && name === 'text') return [name, inner];
        if (doctor && name === 'what') return [name, payload];
        return [name, typeof inner === 'string' && ours.has(name) ? inner : poisoned(inner, payload, name)];
      }),
    );
  }
  return typeof value === 'string' ? payload : value;
}

/** The same page with the payload in every place that people, plugins and providers write. */
function poison(sample: Sample, payload: string): Sample {
  const chrome = { ...sample.chrome, tenant: { slug: 'lestari', name: payload }, person: { name: payload, email: payload, role: 'owner' as const }, notice: { text: payload } };
  // The copy has the sample's own shape: only strings were replaced.
  return { ...sample, data: poisoned(sample.data, payload), chrome } as Sample;
}

const allowed = /^(accept|hx-(get|target|select|select-oob|swap|push-url|trigger|boost|morph-skip|headers:inherited)|data-[a-z-]+|aria-[a-z-]+|class|id|href|src|rel|type|name|value|content|charset|lang|role|tabindex|method|action|for|required|maxlength|minlength|novalidate|autocomplete|spellcheck|placeholder|title|alt|width|height|viewbox|d|cx|cy|r|x|y|fill|stroke|stroke-width|stroke-linecap|preserveaspectratio|pathlength|stroke-dasharray|patternunits|datetime|hidden|disabled|checked|selected|multiple|rows|wrap|dir|popover|popovertarget|formaction|formnovalidate|autofocus|inputmode|enctype|min|max|step|pattern|open|scope|target|defer|\/|doctype|html|xmlns)$/;

t.test('what people, plugins and providers write is text, on every page', async (t) => {
  for (const sample of samples) {
    for (const payload of payloads) {
      const html = htmlOf(poison(sample, payload));
      const tags = tagsOf(html);
      const strange = tags.flatMap(({ name, attributes }) => [...attributes.keys()].filter((one) => !allowed.test(one)).map((one) => `<${name} ${one}>`));
      t.same(strange, [], `${nameOf(sample)} with ${payload}: no attribute that the templates do not write`);
      t.same(tags.filter(({ name }) => name === 'img' || name === 'script').filter(({ attributes }) => !/^\/(assets|app\/lestari\/media)\//.test(attributes.get('src') ?? '')), [], `${nameOf(sample)} with ${payload}: no script or image of theirs`);
      for (const { name, attributes } of tags) {
        for (const at of ['href', 'src', 'action', 'formaction']) {
          const address = attributes.get(at);
          if (address !== undefined) t.match(address, /^(\/(?!\/)|#|\?|https?:\/\/)/, `${nameOf(sample)}: ${at} of <${name}> is an address of the page or of the web`);
        }
      }
      t.notMatch(html, /<hx-partial(?! hx-target="#)/, `${nameOf(sample)}: no part that they aim`);
    }
  }
});

t.test('a very long name does not make a long page', async (t) => {
  const sample = samples.find(({ page, name }) => page === 'inbox' && name === 'list');
  if (sample?.page !== 'inbox') throw new Error('There is no sample of an inbox');
  const long = 'x'.repeat(65_536);
  const html = htmlOf({ ...sample, data: { ...sample.data, rows: sample.data.rows.map((row) => ({ ...row, contact: { name: long }, number: { ...row.number, name: long } })) } });
  t.ok(html.length < 80_000, `${html.length} characters`);
});

t.test('an address in a message is a link that gives nothing away, and nothing else is', async (t) => {
  t.equal(prose('see https://a.example/x?y=1&z=2.'), 'see <a href="https://a.example/x?y=1&amp;z=2" target="_blank" rel="noopener noreferrer nofollow ugc">https://a.example/x?y=1&amp;z=2</a>.');
  t.equal(prose('javascript:alert(1) data:text/html,x //a.example'), 'javascript:alert(1) data:text/html,x //a.example');
  t.equal(prose('<b>&"\''), '&lt;b&gt;&amp;&quot;&#39;');
});

t.test('in a real browser no payload runs, breaks the policy or calls out', async (t) => {
  const shown = samples.filter((sample) => ['inbox/thread', 'inbox/kinds', 'simulator/full', 'whatsapp/full', 'alerts/full', 'deliveries/full', 'delivery/failed', 'channels/doctor', 'connect/refused', 'agent/errors'].includes(nameOf(sample)));
  t.equal(shown.length, 10);
  const pages = shown.flatMap((sample) => payloads.map((payload) => poison(sample, payload)));
  const placed = pages.reduce((sum, page) => sum + JSON.stringify(page.data).split('alert(1)').length - 1, 0);
  t.ok(placed > 500, `${placed} payloads`);

  const baseURL = await listen(t, (request, response) => {
    const asset = /^\/assets\/[^/]+\/(.+)$/.exec(request.url ?? '');
    const found = asset && views.assets.get(asset[1] ?? '');
    const page = pages[Number(request.url?.slice(1))];
    response.writeHead(found || page ? 200 : 204, { 'content-type': found ? found.type : 'text/html; charset=utf-8', 'content-security-policy': "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'" });
    response.end(found ? found.body : page ? htmlOf(page).replace(/data-live="[^"]*"/, 'data-live=""') : '');
  });
  const browser = await openBrowser(t);
  const page = await browser.newPage({ baseURL });
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  for (let n = 0; n < pages.length; n++) await page.goto(`/${n}`);
  t.same(dialogs, [], 'no dialog opened');
  t.same(takeProblems(page), [], 'nothing was reported, nobody else was asked');
});
