import t, { type Test } from 'tap';
import { freshDatabase } from '../postgres.ts';
import { openOffice, type Office, type Person } from './office.ts';

const part = { 'hx-request': 'true', 'hx-request-type': 'partial' };
const texts = (html: string) => [...html.matchAll(/<span class="text" dir="auto">([^<]*)/g)].map(([, text]) => text);

async function withOffice(t: Test, database: 'SQLite' | 'PostgreSQL', work: (office: Office, owner: Person) => Promise<void>): Promise<void> {
  const office = await openOffice(t, database === 'SQLite' ? {} : { database: await freshDatabase(t) });
  await work(office, await office.as('owner'));
}

for (const database of ['SQLite', 'PostgreSQL'] as const) {
  t.test(`on ${database}`, async (t) => {
    await withOffice(t, database, async (office, owner) => {
      const { at } = office;
      await office.customer('hello');
      const id = await office.conversation();
      const home = `${at}/whatsapp/${id}`;

      t.test('what a customer wrote and what the agent answered stand in thread, list and rack', async (t) => {
        const page = await owner.get(home);
        t.equal(page.statusCode, 200);
        t.match(texts(page.body)[0], /^hello/);
        t.match(page.body, /Hello from Acme/);
        t.match(page.body, /Why Welcome answered/);
        t.match((await owner.get(`${at}/inbox`)).body, new RegExp(`id="c-${id}"`));
        t.match((await owner.get(`${at}/inbox?search=rosa`)).body, /Rosa Delgado/);
        t.match((await owner.get(`${at}/inbox?search=nobody`)).body, /Nothing matches/);
        t.match((await owner.get(`${at}/inbox?number=${office.ids.number}`)).body, /Rosa Delgado/);
        const rack = (await owner.get(`${at}/whatsapp`)).body;
        t.match(rack, /View Chat: Rosa Delgado/);
        t.match(rack, /1 in, 1 out today|Open the test phone/);
      });

      t.test('a message is sent once under its key, however often the form is', async (t) => {
        const form = { text: '  Two bags are ready.\r\nSee you! ', key: 'key-of-the-page' };
        t.equal((await owner.post(`${home}/messages`, form)).headers.location, home);
        const again = await owner.post(`${home}/messages`, form, part);
        t.equal(again.statusCode, 200);
        t.match(again.body, /data-key="key-of-the-page"/);
        await office.quiet();
        const page = await owner.get(home);
        t.equal(page.body.split('Two bags are ready.\nSee you!').length - 1, 1);
        t.match(page.body, /Olga Owner/);
        t.match(page.body, /AI Disabled/, 'a person’s reply silences the agent');
      });

      t.test('an empty message is refused beside its field', async (t) => {
        const plain = await owner.post(`${home}/messages`, { text: '   ', key: 'key-of-nothing' });
        t.equal(plain.statusCode, 422);
        t.match(plain.body, /Write something first/);
        const partial = await owner.post(`${home}/messages`, { text: '   ', key: 'key-of-nothing' }, part);
        t.equal(partial.statusCode, 422);
        t.match(partial.body, /hx-target="#composer"/);
      });

      t.test('AI is switched, and the thread says who did it', async (t) => {
        t.equal((await owner.post(`${home}/ai`, { ai: 'on' })).statusCode, 303);
        t.match((await owner.get(home)).body, /Olga Owner turned AI on/);
        await owner.post(`${home}/ai`, { ai: 'off' });
        await office.customer('menu');
        t.match((await owner.get(home)).body, /Olga Owner turned AI off/);
        t.notMatch((await owner.get(home)).body.split('turned AI off')[1], /Hello from Acme/, 'the agent is silent');
      });

      t.test('a conversation is closed, archived and opened again', async (t) => {
        await owner.post(`${home}/state`, { state: 'closed' });
        t.match((await owner.get(home)).body, /This conversation is closed/);
        t.match((await owner.get(`${at}/inbox?view=closed`)).body, new RegExp(`id="c-${id}"`));
        t.notMatch((await owner.get(`${at}/inbox`)).body, new RegExp(`id="c-${id}"`));
        await owner.post(`${home}/state`, { state: 'archived' });
        t.match((await owner.get(home)).body, /This conversation is archived/);
        t.equal((await owner.post(`${home}/state`, { state: 'open', text: 'half written', key: 'kept-by-the-page' })).headers.location, home);
        t.match((await owner.get(home)).body, /You can write freely/);
      });

      t.test('one live answer brings rows, counts, new messages, changed states, the composer and the badge', async (t) => {
        const before = /data-seq="(\d+)"(?![\s\S]*data-seq)/.exec((await owner.get(home)).body)?.[1] ?? '0';
        await office.customer('one more');
        const live = await owner.get(`${at}/live?changed=${id}&rows=inbox&open=${id}&after=${before}&alerts=1&numbers=1&view=open`, part);
        t.equal(live.statusCode, 200);
        for (const target of [`#c-${id}`, '#views', '#items', '#composer', '#thread-head', '#alerts-badge', `#n-${office.ids.number}`]) t.match(live.body, `hx-target="${target}"`, target);
        t.match(live.body, /one more/);
        t.notMatch(live.body, /Two bags are ready/, 'what the page has is not sent again');
        t.notMatch(live.body, /<!doctype/);
        t.match(live.headers.vary, /HX-Request-Type/);
        const nothing = await owner.get(`${at}/live?changed=01890000-0000-7000-8000-000000000000&rows=inbox`, part);
        t.equal(nothing.statusCode, 200);
        t.notMatch(nothing.body, /id="c-/);
      });

      t.test('unread is counted until somebody has it on a screen', async (t) => {
        t.match((await owner.get(home)).body, /data-unread/);
        t.match((await owner.get(`${at}/inbox?view=unread`)).body, new RegExp(`id="c-${id}"`));
        t.equal((await owner.post(`${home}/read`, {}, part)).statusCode, 204);
        t.notMatch((await owner.get(home)).body, /data-unread/);
        t.notMatch((await owner.get(`${at}/inbox?view=unread`)).body, new RegExp(`id="c-${id}"`));
      });

      t.test('older messages come in pages', async (t) => {
        for (let n = 1; n <= 70; n++) await office.customer(`number ${n}`, '447700900123', 'Tom Okafor');
        const tom = await office.conversation();
        const page = (await owner.get(`${at}/whatsapp/${tom}`)).body;
        t.match(page, /number 70/);
        t.notMatch(page, /number 1[< ]/);
        const before = /older\?before=(\d+)/.exec(page)?.[1];
        const older = await owner.get(`${at}/whatsapp/${tom}/older?before=${before}`, part);
        t.equal(older.statusCode, 200);
        const seqs = [...older.body.matchAll(/data-seq="(\d+)"/g)].map(([, seq]) => Number(seq));
        t.ok(seqs.length > 0 && Math.max(...seqs) < Number(before), 'only what is before');
        t.same(seqs, seqs.toSorted((a, b) => a - b), 'oldest first');
      });

      t.test('a delivery that failed says why and goes out again on request', async (t) => {
        await owner.post(`${at}/simulator/${office.ids.number}/faults`, { fault: 'fails', armed: 'on', persona: 'rosa' });
        await owner.post(`${home}/messages`, { text: 'will fail', key: 'key-that-fails' });
        await office.quiet();
        const page = (await owner.get(home)).body;
        t.match(page, /The simulated phone refused this message\. Switch “Delivery fails” off and send it again\./);
        const message = /whatsapp\/[0-9a-f-]+\/messages\/([0-9a-f-]+)\/again/.exec(page)?.[1];
        t.equal((await owner.post(`${home}/messages/${message}/again`)).headers.location, home);
        await office.quiet();
        t.notMatch((await owner.get(home)).body, /The simulated phone refused/);
        t.equal((await owner.post(`${home}/messages/${message}/again`)).statusCode, 303, 'pressed twice, the page shows how it stands');
      });

      t.test('after 24 hours nothing free is sent, and the text stays', async (t) => {
        await owner.post(`${at}/simulator/${office.ids.number}/faults`, { fault: 'window', armed: 'on', persona: 'rosa' });
        t.match((await owner.get(home)).body, /over 24 hours since the last reply/);
        const refused = await owner.post(`${home}/messages`, { text: 'Too late?', key: 'key-too-late' });
        t.equal(refused.statusCode, 422);
        t.match(refused.body, /Too late\?/);
        const partial = await owner.post(`${home}/messages`, { text: 'Too late?', key: 'key-too-late' }, part);
        t.equal(partial.statusCode, 422);
        t.match(partial.body, /over 24 hours since the last reply/);
        await owner.post(`${at}/simulator/${office.ids.number}/faults`, { fault: 'window', armed: 'off', persona: 'rosa' });
        t.match((await owner.get(home)).body, /You can write freely/);
      });

      t.test('only owners and admins delete, and only when they mean it', async (t) => {
        const agent = await office.as('agent');
        t.equal((await agent.get(`${home}/delete`)).statusCode, 403);
        t.equal((await agent.post(`${home}/delete`, { confirm: 'delete' })).statusCode, 403);
        t.match((await owner.get(`${home}/delete`)).body, /Delete this conversation\?/);
        const unsure = await owner.post(`${home}/delete`, { confirm: 'no' });
        t.equal(unsure.statusCode, 422);
        t.match(unsure.body, /Type delete to confirm/);
        t.equal((await owner.post(`${home}/delete`, { confirm: ' Delete ' })).headers.location, `${at}/inbox`);
        t.equal((await owner.get(home)).statusCode, 404);
      });
    });
  });
}
