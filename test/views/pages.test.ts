import t from 'tap';
import { locales } from '../../core/admin/texts.ts';
import { samples } from './samples.ts';
import { htmlOf, nameOf, tagsOf } from './rendering.ts';

t.test('every page and fragment renders in three languages, without a missing text or value', async (t) => {
  for (const locale of locales) {
    for (const sample of samples) {
      const html = htmlOf(sample, { locale });
      t.notMatch(html, /\bundefined\b|\bNaN\b|\[object |\{\{n\}\}|Invalid Date/, `${nameOf(sample)} in ${locale} shows only values`);
      if (sample.name === 'fresh' || sample.name === 'full') t.match(html, new RegExp(`<html lang="${locale}"`), `${nameOf(sample)} says that it is ${locale}`);
    }
  }
});

t.test('a page has a title, one main part and one first heading', async (t) => {
  for (const sample of samples.filter(({ page }) => !page.startsWith('parts/'))) {
    const tags = tagsOf(htmlOf(sample));
    t.equal(tags.filter(({ name }) => name === 'title').length, 1, `${nameOf(sample)} has one title`);
    t.equal(tags.filter(({ name }) => name === 'main').length, 1, `${nameOf(sample)} has one main part`);
  }
});

t.test('nothing inline can run or style: no script or style text, no handler, no style attribute', async (t) => {
  for (const sample of samples) {
    const html = htmlOf(sample);
    t.notMatch(html, /<style/i, `${nameOf(sample)} has no style element`);
    for (const { name, attributes } of tagsOf(html)) {
      if (name === 'script') t.match(attributes.get('src'), /^\/assets\/[\w-]+\/(app|phone|sign-in)\.js$/, `${nameOf(sample)} loads its script from a file`);
      for (const attribute of attributes.keys()) {
        t.notMatch(attribute, /^(style|on.*|hx-on.*|data-hx-on.*)$/, `${nameOf(sample)}: <${name}> has no ${attribute}`);
        if (attribute.startsWith('hx-')) t.notMatch(attributes.get(attribute), /^(js|javascript):/, `${nameOf(sample)}: ${attribute} is no code`);
        if (attribute === 'hx-trigger') t.notMatch(attributes.get(attribute), /\[/, `${nameOf(sample)}: a trigger has no filter, which would be evaluated`);
      }
    }
  }
});

t.test('every form that changes something carries the token of the page', async (t) => {
  for (const sample of samples) {
    const html = htmlOf(sample);
    for (const form of html.match(/<form method="post"[\s\S]*?<\/form>/g) ?? []) t.match(form, /name="_csrf" value="c5rf-t0ken"/, `${nameOf(sample)}: ${form.slice(0, 90)}`);
    t.notMatch(html, /<form(?![^>]*method=)/, `${nameOf(sample)}: each form says its method`);
  }
});

t.test('what refers to another element finds it, and no id is used twice', async (t) => {
  for (const sample of samples.filter(({ page }) => !page.startsWith('parts/'))) {
    const tags = tagsOf(htmlOf(sample));
    const ids = tags.flatMap(({ attributes }) => attributes.get('id') ?? []);
    t.same(ids.filter((id, i) => ids.indexOf(id) !== i), [], `${nameOf(sample)} has no id twice`);
    for (const { name, attributes } of tags) {
      for (const attribute of ['for', 'aria-describedby', 'aria-labelledby', 'aria-controls', 'popovertarget', 'data-copy-from']) {
        for (const id of attributes.get(attribute)?.split(' ').filter(Boolean) ?? []) {
          // The dialog's title comes with what is loaded into it, and a sentence about a composer that is free may be absent.
          if (id === 'dialog-title') continue;
          t.ok(ids.includes(id), `${nameOf(sample)}: ${attribute}="${id}" of <${name}> is there`);
        }
      }
    }
  }
});

t.test('every control has a name', async (t) => {
  for (const sample of samples) {
    const html = htmlOf(sample);
    for (const button of html.match(/<button[^>]*>[\s\S]*?<\/button>/g) ?? []) {
      const words = button.replace(/<svg[\s\S]*?<\/svg>/g, '').replace(/<[^>]*>/g, '').trim();
      t.ok(words || /aria-label="[^"]+"/.test(button) || /id="moved"/.test(button) || /id="fresh"/.test(button), `${nameOf(sample)}: ${button.slice(0, 120)}`);
    }
    for (const link of html.match(/<a [^>]*>[\s\S]*?<\/a>/g) ?? []) {
      const words = link.replace(/<svg[\s\S]*?<\/svg>/g, '').replace(/<[^>]*>/g, '').trim();
      t.ok(words || /aria-label="[^"]+"/.test(link), `${nameOf(sample)}: ${link.slice(0, 120)}`);
    }
  }
});

t.test('what a role may not do is not offered', async (t) => {
  const numbers = samples.filter(({ page, name }) => page === 'whatsapp' && name.startsWith('role-agent'));
  for (const sample of numbers) {
    const html = htmlOf(sample);
    t.notMatch(html, /whatsapp\/connect/, 'an agent is not offered to connect a number');
    t.notMatch(html, /\/delete|role="switch"/, 'an agent cannot switch or delete a number');
    t.notMatch(html, /settings\/channels|\/agents"/, 'the rail shows an agent neither settings nor agents');
  }
  const thread = samples.find((sample) => sample.page === 'inbox' && sample.name === 'thread');
  if (!thread) throw new Error('There is no sample of a thread');
  t.match(htmlOf(thread), /whatsapp\/k1\/delete/, 'an owner may delete a conversation');
  t.notMatch(htmlOf(thread, { may: { configure: true, deleteConversations: false, members: true } }), /whatsapp\/k1\/delete/, 'a contributor may not');
});

t.test('a secret that is kept is never in the page', async (t) => {
  const sample = samples.find((one) => one.page === 'channels' && one.name === 'settings');
  if (!sample) throw new Error('There is no sample of a connection’s settings');
  const inputs = tagsOf(htmlOf(sample)).filter(({ attributes }) => attributes.get('type') === 'password');
  t.equal(inputs.length, 2);
  for (const { attributes } of inputs) t.notOk(attributes.has('value'), 'a secret field is empty');
});
