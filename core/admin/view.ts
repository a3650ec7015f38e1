import { join } from 'node:path';
import { Eta } from 'eta';
import { loadAssets, type Assets } from './assets.ts';
import { formats, type Formats } from './format.ts';
import { outside, paths, type Paths } from './paths.ts';
import { loadTexts, type Texts, type Translate } from './texts.ts';
import { place } from './thread.ts';
import type { PageName, Views } from './views.ts';
import type { Chrome } from './views/every-page.ts';

/** What every template finds beside its own data. */
export interface Context {
  chrome: Chrome;
  t: Translate;
  fmt: Formats;
  /** Addresses of the tenant; before sign-in, of none. */
  url: Paths;
  outside: typeof outside;
  asset(name: string): string;
  icon(name: string, kind?: string): string;
  /** A part with the context of this page: `part('lamp', { lamp })`. */
  part(name: string, data: object): string;
  place: typeof place;
  /**
   * The opening of a form that posts to `action`, with its token. With script the answer's `#app` is morphed into the
   * page in place, so a route answers with a redirect to a page, or with the same page and its field errors. The browser's
   * own bubbles are off: they speak its language instead of the reader's, cover the next field and are gone in a moment.
   */
  post(action: string, attributes?: string): string;
  /** User text as HTML: escaped, web addresses as links. Line breaks are left to the stylesheet. */
  prose(text: string): string;
  esc(text: string): string;
  /** The initials of a name; '' where it has no letters. */
  initials(name: string): string;
  /** At most `length` characters, for places that show one line. */
  clip(text: string, length?: number): string;
}

export interface ViewEngine {
  /** For @fastify/view: `app.register(view, { engine: { eta: views.eta }, templates: views.folder })`. */
  eta: Eta;
  folder: string;
  assets: Assets;
  texts: Texts;
  /** Goes beside a page's data: `reply.view('whatsapp', { ...data, ...views.context(chrome) })`. */
  context(chrome: Chrome): Context;
  /** The same without a reply: the whole page, or the fragment where the name begins with `parts/`. */
  render<K extends PageName>(page: K, data: Views[K], chrome: Chrome): string;
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? sign);

const inPlace = escapeHtml(JSON.stringify({ swap: 'outerMorph show:none', target: '#app', select: '#app', replace: 'true' }));

/** Templates, texts and assets under `root`, read once; `production` keeps compiled templates and never throws for a missing text. */
export function createViews({ root, production }: { root: string; production: boolean }): ViewEngine {
  const folder = join(root, 'views');
  const assets = loadAssets(root);
  const texts = loadTexts(root, production);
  const eta = new Eta({
    views: folder,
    cache: production,
    rmWhitespace: true,
    // Nothing is written where a value is missing, instead of the words "undefined" and "null".
    autoFilter: true,
    filterFunction: (value) => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''),
    functionHeader: 'const { chrome, t, fmt, url, outside, asset, icon, part, place, post, prose, esc, initials, clip } = it;',
  });
  const sprite = assets.href('icons.svg');

  const context = (chrome: Chrome): Context => {
    const fmt = formats(chrome.locale, chrome.timeZone, chrome.now);
    const own: Context = {
      chrome,
      fmt,
      t: texts.of(chrome.locale, fmt.count),
      url: paths(chrome.tenant?.slug ?? ''),
      outside,
      asset: assets.href,
      icon: (name, kind = '') => `<svg class="i ${kind}" aria-hidden="true"><use href="${sprite}#${name}"/></svg>`,
      part: (name, data) => eta.render(`./parts/${name}`, { ...data, ...own }),
      place,
      post: (action, attributes = '') =>
        `<form method="post" action="${escapeHtml(action)}" hx-boost="${inPlace}" novalidate ${attributes}><input type="hidden" name="_csrf" value="${escapeHtml(chrome.csrf)}">`,
      prose,
      esc: escapeHtml,
      initials,
      clip,
    };
    return own;
  };

  return {
    eta,
    folder,
    assets,
    texts,
    context,
    render: (page, data, chrome) => eta.render(`./${page}`, { ...data, ...context(chrome) }),
  };
}

const address = /https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]]/gi;

export function prose(text: string): string {
  let html = '';
  let done = 0;
  for (const match of text.matchAll(address)) {
    html += escapeHtml(text.slice(done, match.index));
    const shown = escapeHtml(match[0]);
    html += `<a href="${shown}" target="_blank" rel="noopener noreferrer nofollow ugc">${shown}</a>`;
    done = match.index + match[0].length;
  }
  return html + escapeHtml(text.slice(done));
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  const first = words[0];
  if (!first) return '';
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  return [first, last].map((word) => (word ? ([...word][0] ?? '').toUpperCase() : '')).join('');
}

const clip = (text: string, length = 160): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
