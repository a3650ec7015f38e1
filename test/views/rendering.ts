import { join } from 'node:path';
import { createViews, type ViewEngine } from '../../core/admin/view.ts';
import type { Chrome } from '../../core/admin/views/every-page.ts';
import { chromeOf } from './samples.ts';
import type { Sample } from './samples/shop.ts';

export const root = join(import.meta.dirname, '..', '..');
export const views: ViewEngine = createViews({ root, production: false });

export const nameOf = (sample: Sample): string => `${sample.page}/${sample.name}`;

export function htmlOf(sample: Sample, over: Partial<Chrome> = {}): string {
  return views.render(sample.page, sample.data, chromeOf(sample, over));
}

export interface Tag {
  name: string;
  attributes: Map<string, string>;
}

const tagPattern = /<([a-zA-Z][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/g;
const attributePattern = /([^\s=/"'<>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;
const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
const decoded = (text: string): string => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity);

/** Every opening tag of a page as a browser would see it. */
export function tagsOf(html: string): Tag[] {
  return [...html.matchAll(tagPattern)].map((match) => ({
    name: (match[1] ?? '').toLowerCase(),
    attributes: new Map([...(match[2] ?? '').matchAll(attributePattern)].map((one) => [(one[1] ?? '').toLowerCase(), decoded(one[2] ?? one[3] ?? one[4] ?? '')])),
  }));
}
