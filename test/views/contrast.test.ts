import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { root } from './rendering.ts';

const css = readFileSync(join(root, 'views', 'assets', 'app.css'), 'utf8');
type Theme = 'light' | 'dark';

/** A colour token of the stylesheet in one theme, as WCAG's relative luminance. */
function luminance(token: string, theme: Theme): number {
  const value = new RegExp(`--${token}: ([^;]+);`).exec(css)?.[1];
  if (!value) throw new Error(`The stylesheet has no --${token}`);
  const colours = [...value.matchAll(/oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)/g)];
  const [l, c, h] = (colours[theme === 'dark' && colours.length === 2 ? 1 : 0] ?? []).slice(1).map(Number);
  if (l === undefined || c === undefined || h === undefined) throw new Error(`--${token} is no colour: ${value}`);
  const angle = (h * Math.PI) / 180;
  const [a, b] = [c * Math.cos(angle), c * Math.sin(angle)];
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const middle = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  // Through 8 bits a channel, as a screen shows it.
  const shown = [4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short, -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short, -0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short].map((linear) => {
    const clamped = Math.min(1, Math.max(0, linear));
    const eight = Math.round((clamped <= 0.0031308 ? 12.92 * clamped : 1.055 * clamped ** (1 / 2.4) - 0.055) * 255) / 255;
    return eight <= 0.04045 ? eight / 12.92 : ((eight + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (shown[0] ?? 0) + 0.7152 * (shown[1] ?? 0) + 0.0722 * (shown[2] ?? 0);
}

function contrast(one: string, other: string, theme: Theme): number {
  const [dark, light] = [luminance(one, theme), luminance(other, theme)].sort((a, b) => a - b);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

const text: [string, string[]][] = [
  ['ink', ['paper', 'surface', 'raised', 'sunken', 'hover', 'bubble-out', 'bubble-bot', 'accent-wash', 'warn-wash', 'danger-wash', 'ok-wash']],
  ['ink-2', ['paper', 'surface', 'raised', 'sunken', 'hover', 'bubble-out', 'bubble-bot', 'accent-wash', 'warn-wash', 'danger-wash']],
  ['ink-3', ['paper', 'surface', 'raised', 'sunken', 'hover', 'accent-wash']],
  ['accent', ['paper', 'surface', 'raised', 'hover', 'accent-wash', 'bubble-out', 'bubble-bot']],
  ['on-accent', ['accent', 'accent-hover']],
  ['ok', ['paper', 'surface', 'ok-wash']],
  ['starting', ['paper', 'surface']],
  ['warn', ['paper', 'surface', 'warn-wash', 'raised']],
  ['danger', ['paper', 'surface', 'raised', 'danger-wash', 'accent-wash']],
  ['on-danger', ['danger']],
  ['panel-ink', ['panel', 'panel-hover']],
  ['panel-ink-2', ['panel', 'panel-hover']],
  ['panel-brass', ['panel']],
  ['panel', ['panel-brass']],
];
const shapes: [string, string[]][] = [
  ['edge', ['surface', 'raised', 'paper']],
  ['brass', ['surface']],
  ['ok', ['surface']], ['starting', ['surface']], ['danger', ['surface']],
  ...[1, 2, 3, 4, 5, 6].map((n): [string, string[]] => [`line-${n}`, ['surface', 'paper']]),
];

for (const theme of ['light', 'dark'] as const) {
  t.test(`in the ${theme} theme text has a contrast of 4.5 or more`, async (t) => {
    for (const [ink, grounds] of text) for (const ground of grounds) t.ok(contrast(ink, ground, theme) >= 4.5, `${ink} on ${ground}: ${contrast(ink, ground, theme).toFixed(2)}`);
  });
  t.test(`in the ${theme} theme edges, lamps and cords have a contrast of 3 or more`, async (t) => {
    for (const [ink, grounds] of shapes) for (const ground of grounds) t.ok(contrast(ink, ground, theme) >= 3, `${ink} on ${ground}: ${contrast(ink, ground, theme).toFixed(2)}`);
  });
}

t.test('the sums are right: black on white is 21, and a known pair of tokens is what the palette says', async (t) => {
  t.equal(contrast('on-accent', 'raised', 'light').toFixed(2), '1.00');
  t.equal(contrast('ink', 'paper', 'light').toFixed(1), '14.7');
  t.equal(contrast('accent', 'surface', 'dark').toFixed(1), '8.6');
});
