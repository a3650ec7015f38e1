/**
 * Draws views/assets/icons.svg from lucide-static (ISC): only the icons named here, as one sprite.
 * Run `npm run icons` after changing the list; a test holds list, sprite and templates together.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** The name in templates → the name in Lucide. */
export const icons: Record<string, string> = {
  'agent': 'bot',
  'alert': 'circle-alert',
  'archive': 'archive',
  'attach': 'paperclip',
  'back': 'arrow-left',
  'bell': 'bell',
  'cable': 'cable',
  'call-off': 'phone-off',
  'cart': 'shopping-cart',
  'check': 'check',
  'check-all': 'check-check',
  'chevron': 'chevron-down',
  'clock': 'clock',
  'close': 'x',
  'contact': 'contact-round',
  'copy': 'copy',
  'details': 'panel-right',
  'down': 'arrow-down',
  'edit': 'pencil',
  'file': 'file',
  'form': 'clipboard-list',
  'hand': 'hand',
  'hourglass': 'hourglass',
  'image': 'image',
  'inbox': 'inbox',
  'info': 'info',
  'list': 'list',
  'lock': 'lock',
  'mic': 'mic',
  'more': 'ellipsis',
  'music': 'music',
  'offline': 'wifi-off',
  'pin': 'map-pin',
  'printer': 'printer',
  'play': 'play',
  'plus': 'plus',
  'question': 'circle-question-mark',
  'refresh': 'refresh-cw',
  'refused': 'circle-x',
  'reopen': 'archive-restore',
  'reply': 'reply',
  'restart': 'rotate-ccw',
  'route': 'route',
  'search': 'search',
  'send': 'send',
  'settings': 'settings',
  'shuffle': 'shuffle',
  'sign-out': 'log-out',
  'smile': 'smile-plus',
  'sticker': 'sticker',
  'stop': 'square',
  'stop-word': 'message-square-off',
  'template': 'layout-template',
  'trash': 'trash-2',
  'unplug': 'unplug',
  'user': 'user-round',
  'video': 'video',
  'warning': 'triangle-alert',
  'whatsapp': 'messages-square',
  'zap': 'zap',
};

/** The sprite's text. */
export function sprite(): string {
  const symbols = Object.entries(icons).map(([name, lucide]) => {
    const source = readFileSync(join(root, 'node_modules', 'lucide-static', 'icons', `${lucide}.svg`), 'utf8');
    const inner = source.slice(source.indexOf('>', source.indexOf('<svg')) + 1, source.lastIndexOf('</svg>'));
    return `<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s*\n\s*/g, '').replace(/ \/>/g, '/>')}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC licence, https://lucide.dev/license -->${symbols.join('')}</svg>\n`;
}

if (import.meta.main) writeFileSync(join(root, 'views', 'assets', 'icons.svg'), sprite());
