/** The decisions that every surface calls: they are functions, so they are tried with everything. */
import fc from 'fast-check';
import t from 'tap';
import { firstIdAt, uuid } from '../../core/ids.ts';
import { eligible, type Situation } from '../../core/pipeline/eligibility.ts';
import { fit, split } from '../../core/pipeline/fit.ts';
import { preview } from '../../core/pipeline/content.ts';
import { settle, type MessageStatus } from '../../core/pipeline/status.ts';
import type { Capabilities } from '../../core/plugin/contract/channel.ts';
import type { ReportedStatus } from '../../core/plugin/contract/event.ts';
import { backoffMs } from '../../core/queue/queue.ts';

const hour = 3_600_000;
const usual: Situation = {
  now: 100 * hour, purpose: 'conversation', kind: 'text', number: { active: true }, connection: { state: 'running' }, channel: { replyWindowHours: 24 },
  lastInboundAt: 99 * hour, templateAt: null, blocked: false,
};
const can: Capabilities = {
  webhook: 'signed', sends: ['text', 'buttons', 'list'], statuses: [], maxText: 20,
  buttons: { max: 3, title: 20, id: 256, text: 1024 }, list: { max: 10, title: 24, description: 72, id: 200, text: 4096, button: 20 },
};

void t.test('eligibility', async (t) => {
  t.same(eligible(usual), { allowed: true, until: 99 * hour + 24 * hour - 60_000 }, 'free to write until a minute before the provider would refuse');
  t.same(eligible({ ...usual, lastInboundAt: 76 * hour }), { allowed: false, why: 'window-closed' }, 'the last minute is already closed');
  t.same(eligible({ ...usual, lastInboundAt: null }), { allowed: false, why: 'window-closed' }, 'nobody wrote: nobody may be written to freely');
  t.same(eligible({ ...usual, lastInboundAt: null, templateAt: 99 * hour }), { allowed: false, why: 'waiting-for-reply' });
  t.same(eligible({ ...usual, lastInboundAt: null, kind: 'template' }), { allowed: true }, 'a template opens a conversation');
  t.same(eligible({ ...usual, lastInboundAt: null, kind: 'template', templateAt: 99 * hour }), { allowed: false, why: 'waiting-for-reply' }, 'but not twice in a day');
  t.same(eligible({ ...usual, lastInboundAt: null, kind: 'template', templateAt: 99 * hour, purpose: 'notification' }), { allowed: true }, 'a second one-time code must go out');
  t.same(eligible({ ...usual, lastInboundAt: null, kind: 'template', templateAt: 75 * hour }), { allowed: true }, 'after a day it may be asked again');
  t.same(eligible({ ...usual, channel: {}, lastInboundAt: null }), { allowed: true }, 'a channel without a window has none');
  t.same(eligible({ ...usual, number: { active: false } }), { allowed: false, why: 'number-stopped' });
  t.same(eligible({ ...usual, connection: { state: 'stopped' } }), { allowed: false, why: 'number-stopped' });
  t.same(eligible({ ...usual, connection: { state: 'error' } }), { allowed: true, until: 123 * hour - 60_000 }, 'an error is mended; what is written meanwhile waits');
  t.same(eligible({ ...usual, blocked: true }), { allowed: false, why: 'blocked' });
  t.same(eligible({ ...usual, kind: 'template', optedOut: true }), { allowed: false, why: 'opted-out' }, 'who does not want a kind of template gets none of it');
  t.same(eligible({ ...usual, optedOut: true }), eligible(usual), 'but is answered');
  t.same(eligible({ ...usual, number: undefined }), { allowed: false, why: 'number-gone' });
});

void t.test('whatever order reports come in, and however often, the status ends at the same place and never goes back', async (t) => {
  const rank: MessageStatus[] = ['queued', 'sending', 'unknown', 'sent', 'failed', 'delivered', 'read'];
  const reports = fc.array(fc.constantFrom<ReportedStatus>('sent', 'delivered', 'read', 'failed'), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(reports, fc.constantFrom<MessageStatus>('sending', 'unknown', 'sent'), (list, from) => {
      const steps = list.reduce<MessageStatus[]>((all, report) => [...all, settle(all.at(-1) ?? from, report)], []);
      const ends = [from, ...steps].map((status) => rank.indexOf(status));
      return ends.every((at, n) => n === 0 || at >= (ends[n - 1] ?? 0)) && steps.at(-1) === [...list].toReversed().reduce(settle, from);
    }),
  );
  t.equal(settle('cancelled', 'read'), 'cancelled', 'what was taken back stays taken back');
});

void t.test('fitting to a channel', async (t) => {
  t.test('splitting loses no word and keeps every part within the limit', async () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.integer({ min: 4, max: 60 }), (text, max) => {
        const parts = split(text, max);
        const bare = (s: string) => s.replace(/\s+/g, '');
        return parts.every((part) => part.length <= max && part.isWellFormed()) && bare(parts.join('')) === bare(text);
      }),
    );
  });
  t.same(split('one two three four', 9), ['one two', 'three', 'four'], 'words stay whole');
  const buttons = { kind: 'buttons' as const, text: 'Choose', buttons: [{ id: 'a', title: 'A' }, { id: 'b', title: 'B' }] };
  const link = (id: string) => `https://bot.test/media/${id}`;
  t.same(fit(buttons, can, link), [buttons], 'what fits is left alone');
  t.match(fit({ ...buttons, buttons: [...buttons.buttons, { id: 'c', title: 'C' }, { id: 'd', title: 'D' }] }, can, link), [{ kind: 'list', sections: [{ rows: [{ id: 'a' }, {}, {}, { id: 'd' }] }] }], 'too many buttons become a list');
  t.same(fit(buttons, { ...can, sends: ['text'], maxText: 4096 }, link), [{ kind: 'text', text: 'Choose\n\n1. A\n2. B' }], 'a channel without either gets numbers');
  const plain: Capabilities = { ...can, sends: ['text'], maxText: 4096 };
  const list = { kind: 'list' as const, text: 'Choose', button: 'Open', sections: [{ title: 'Hot', rows: [{ id: 'a', title: 'Tea', description: '1 l' }] }, { title: 'Cold', rows: [{ id: 'b', title: 'Ice' }] }] };
  t.same(fit(list, plain, link), [{ kind: 'text', text: 'Choose\n\nHot\n1. Tea: 1 l\n\nCold\n2. Ice' }], 'with the headings of its parts');
  const flat: Capabilities = { ...can, sends: ['text', 'list'], maxText: 4_096, list: { max: 10, title: 24, description: 72, id: 200, text: 1_024, button: 20 }, flatLists: true };
  t.match(fit(list, flat, link), [{ kind: 'list', sections: [{ rows: [{ id: 'a', title: 'Tea', description: 'Hot · 1 l' }, { id: 'b', title: 'Ice', description: 'Cold' }] }] }], 'a channel without headings has them beside the rows');
  const described = { ...list, sections: [{ title: 'Hot', rows: [{ id: 'a', title: 'Tea', description: 'x'.repeat(70) }] }] };
  t.match(fit(described, flat, link), [{ kind: 'text', text: `Choose\n\nHot\n1. Tea: ${'x'.repeat(70)}` }], 'where there is no room for them it is numbers, and no word is cut');
  const long = `${'a'.repeat(1_000)}\n\n${'b'.repeat(500)}`;
  const roomy = { ...can, maxText: 4096 };
  t.same(fit({ ...buttons, text: long }, roomy, link), [{ kind: 'text', text: 'a'.repeat(1_000) }, { ...buttons, text: 'b'.repeat(500) }], 'a text that is too long goes ahead of its buttons, which stay buttons');
  t.same(fit({ ...list, text: 'x'.repeat(5_000) }, roomy, link).map((c) => [c.kind, c.kind === 'text' || c.kind === 'list' ? c.text.length : 0]), [['text', 4096], ['list', 904]]);
  t.match(fit({ ...buttons, header: 'h'.repeat(61) }, roomy, link), [{ kind: 'text', text: /^h{61}\n\nChoose\n\n1\. A/ }], 'a heading that no provider takes is not lost');
  t.same(fit({ kind: 'reaction', emoji: '👍', to: 'x' }, plain, link), [{ kind: 'text', text: '👍' }], 'a reaction is said where it cannot be shown');
  t.same(fit({ kind: 'reaction', emoji: '', to: 'x' }, plain, link), []);
  const template = { kind: 'template' as const, template: 't1', name: 'hello', language: 'en', variables: {}, text: 'Hello Ana' };
  t.same(fit(template, plain, link), [{ kind: 'text', text: 'Hello Ana' }], 'a channel without templates says what the template says');
  t.same(fit(template, { ...plain, sends: ['text', 'template'] }, link), [template]);
  t.same(fit({ kind: 'link', text: 'See', title: 'Shop', url: 'https://x.test' }, { ...can, maxText: 4096 }, link), [{ kind: 'text', text: 'See\n\nShop: https://x.test' }]);
});

void t.test('what WhatsApp refuses of links, wishes for a place and choices was passed on as it was, and the message failed', async (t) => {
  const all: Capabilities = { ...can, sends: [...can.sends, 'link', 'location-request', 'buttons', 'list'], maxText: 4096 };
  const at = (id: string) => `https://bot.test/media/${id}`;
  const shop = { kind: 'link' as const, text: 'See', title: 'Shop', url: 'https://x.test' };
  t.same(fit(shop, all, at), [shop]);
  const sizes = (content: Parameters<typeof fit>[0]) => fit(content, all, at).map((part) => [part.kind, 'text' in part ? part.text?.length : undefined]);
  t.same(sizes({ ...shop, text: 'x'.repeat(6_000) }), [['text', 1_024], ['text', 1_024], ['text', 1_024], ['text', 1_024], ['text', 1_024], ['link', 880]]);
  t.same(sizes({ kind: 'location-request', text: 'x'.repeat(1_500) }), [['text', 1_024], ['location-request', 476]]);
  t.same(fit({ ...shop, title: 'Everything in the shop' }, all, at), [{ kind: 'text', text: 'See\n\nEverything in the shop: https://x.test' }]);
  const twins = [{ id: 'a', title: 'Yes' }, { id: 'b', title: 'Yes' }];
  t.match(fit({ kind: 'buttons', text: 'Sure?', buttons: twins }, all, at), [{ kind: 'list', sections: [{ rows: twins }] }], 'two buttons with one title');
  t.match(fit({ kind: 'buttons', text: 'Sure?', buttons: [{ id: 'a', title: 'Yes' }, { id: 'a', title: 'No' }] }, all, at), [{ kind: 'text', text: 'Sure?\n\n1. Yes\n2. No' }], 'two with one id');
  const sections = [{ title: 'Everything that is hot today', rows: [{ id: 'a', title: 'Tea' }] }, { title: 'Cold', rows: [{ id: 'b', title: 'Ice' }] }];
  t.match(fit({ kind: 'list', text: 'Choose', button: 'Open', sections }, all, at), [{ kind: 'text', text: /Everything that is hot today\n1\. Tea/ }], 'a heading that no list takes');
});

void t.test('a preview is one line and never ends in half a character', async (t) => {
  t.equal(preview('a\n\n b\t c '), 'a b c');
  t.ok(preview(`${'x'.repeat(248)}😀😀😀`).isWellFormed());
  t.ok(preview('y'.repeat(1_000)).length <= 255);
});

void t.test('ids of one process sort in the order of their making, also within a millisecond and after the clock went back', async (t) => {
  const ids = [...Array.from({ length: 10_000 }, () => uuid(1_000_000)), uuid(999_000), uuid(1_000_001)];
  t.same(ids, ids.toSorted());
  t.equal(new Set(ids).size, ids.length);
  t.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.ok(firstIdAt(Date.now() + 60_000) > uuid() && firstIdAt(1) < (ids[0] ?? ''), 'a moment can be compared with ids');
});

void t.test('waiting between tries grows, is shortened at random, and ends at ten minutes', async (t) => {
  t.same([1, 2, 3].map((n) => backoffMs(n, 1)), [1_000, 2_000, 4_000]);
  t.equal(backoffMs(1, 0), 500);
  t.equal(backoffMs(40, 1), 600_000);
});
