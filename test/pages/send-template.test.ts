import t from 'tap';
import { uuid } from '../../core/ids.ts';
import { freshDatabase } from '../postgres.ts';
import { openOffice } from './office.ts';

const day = 86_400_000;

for (const database of ['SQLite', 'PostgreSQL'] as const) {
  t.test(`when 24 hours have passed, a person goes on with a template, on ${database}`, async (t) => {
    const office = await openOffice(t, database === 'SQLite' ? {} : { database: await freshDatabase(t) });
    const { workspace } = office.ctx;
    const { tenant, connection } = office.ids;
    await office.customer('hello');
    const home = `${office.at}/whatsapp/${await office.conversation()}`;
    t.notMatch((await (await office.as('admin')).get(home)).body, /Continue with template/, 'while it is open there is nothing to choose');
    await office.pass(day);
    const owner = await office.as('owner');
    const closed = (await owner.get(home)).body;
    t.match(closed, /over 24 hours since the last reply/);
    t.match(closed, new RegExp(`href="${home}/template"[^>]*>Continue with template`));
    t.match((await owner.get(`${home}/template`)).body, /No approved template yet/);

    const make = async (name: string, preview: { body: string; header?: { kind: 'image' } }) =>
      (await workspace.templates.create(tenant, connection, { name, language: 'en', category: 'UTILITY', preview, examples: { first_name: 'Ana', order: '12' } }, 'configuration')).id;
    const ready = await make('order_ready', { body: 'Hello {{first_name}}, order {{order}} is ready.' });
    const picture = await make('catalogue', { body: 'Look', header: { kind: 'image' } });

    const list = (await owner.get(`${home}/template`)).body;
    t.match(list, new RegExp(`href="${home}/template/${ready}"`));
    t.match(list, new RegExp(`href="${home}/template/${picture}"[^]*Needs a file in its header: Image`));
    const wants = await owner.post(`${home}/template/${picture}`, { key: 'key-of-picture', deed: 'send' });
    t.equal(wants.statusCode, 422);
    t.match(wants.body, /id="media-error"[^]*Choose the file for the header\./, 'what its header wants is said beside the file');
    const fresh = (await owner.get(`${home}/template/${ready}`)).body;
    t.match(fresh, /name="variables.first_name" value="Rosa"/, 'what is known of the contact stands there already');
    t.match(fresh, /name="variables.order" value=""/);
    t.equal((await owner.get(`${home}/template/${uuid()}`)).statusCode, 404);

    const empty = await owner.post(`${home}/template/${ready}`, { key: 'key-of-template', deed: 'send', 'variables.first_name': 'Rosa <b>' });
    t.equal(empty.statusCode, 422);
    t.match(empty.body, /id="[^"]*variables.order-error"/);
    t.match(empty.body, /value="Rosa &lt;b&gt;"/, 'what was typed stays');

    const filled = { key: 'key-of-template', 'variables.first_name': 'Rosa', 'variables.order': '48' };
    const preview = await owner.post(`${home}/template/${ready}`, { ...filled, deed: 'preview' });
    t.equal(preview.statusCode, 200);
    t.match(preview.body, /Hello Rosa, order 48 is ready\./);
    t.notMatch((await owner.get(home)).body, /order 48/, 'a preview sends nothing');

    const sent = await owner.post(`${home}/template/${ready}`, { ...filled, deed: 'send' });
    t.equal(sent.headers.location, home);
    t.equal((await owner.post(`${home}/template/${ready}`, { ...filled, deed: 'send' })).headers.location, home);
    await office.quiet();
    const after = (await owner.get(home)).body;
    t.match(after, /Hello Rosa, order 48 is ready\./);
    t.match(after, /Waiting for customer reply/);
    const { items } = await workspace.conversations.messages(tenant, await office.conversation(), { limit: 50 });
    t.equal(items.filter((item) => JSON.stringify(item).includes('order 48 is ready')).length, 1, 'sent twice under one key it is one message');

    const second = await owner.post(`${home}/template/${ready}`, { ...filled, key: 'another-key', deed: 'send' });
    t.equal(second.statusCode, 422);
    t.match(second.body, /Waiting for customer reply/, 'a second one waits for the answer to the first');
  });
}
