/** What core wrote into the database for people is read in the language of whoever reads it. */
import t from 'tap';
import { keep } from '../../core/kept-words.ts';
import { raiseAlerts } from '../../core/pipeline/alerts.ts';
import { openOffice } from './office.ts';

t.test('why a delivery was not taken is read in the reader’s language, and programs have a code beside the English sentence', async (t) => {
  const office = await openOffice(t);
  const { runtime, workspace } = office.ctx;
  const { tenant, number } = office.ids;
  const owner = await office.as('owner');
  const account = (await workspace.numbers.list(tenant, 0))[0]?.account ?? '';
  await office.customer('before');
  const [before] = (await workspace.deliveries.list(tenant, {})).rows;
  await runtime.db.write((sql) => sql.run("update delivery set state = 'failed', reason = 'It was torn.' where id = ?", [before?.id ?? '']));
  await workspace.numbers.remove(tenant, number, { userId: 'test', address: 'test' });
  await office.customer('after');

  const [row] = (await workspace.deliveries.list(tenant, {})).rows;
  t.equal(row?.reason, `No number here has the account ${account}. Connect it, then replay this.`);
  t.same(row?.words, [{ code: 'number-unknown', params: { account } }]);
  const said = { en: `No number here has the account ${account}.`, es: `Ningún número de aquí tiene la cuenta ${account}.`, id: `Tidak ada nomor di sini dengan akun ${account}.` };
  for (const locale of ['es', 'id', 'en'] as const) {
    await owner.post(`${office.at}/me/language`, { locale });
    const [list, one] = [(await owner.get(`${office.at}/settings/deliveries`)).body, (await owner.get(`${office.at}/settings/deliveries/${row?.id}`)).body];
    for (const page of [list, one]) t.ok(page.includes(said[locale]), `${locale}: ${said[locale]}`);
    t.ok(list.includes('It was torn.'), 'a row from before is shown as it stands');
  }
  const csv = (await owner.get(`${office.at}/settings/deliveries.csv`)).body;
  t.ok(csv.includes(said.en), 'in English');
  t.match(csv, /,number-unknown,/);
});

t.test('why a number is in error, and what an alert tells, is read in the reader’s language', async (t) => {
  const office = await openOffice(t);
  const { runtime } = office.ctx;
  const { tenant, connection } = office.ids;
  const owner = await office.as('owner');
  await runtime.db.write(async (sql) => {
    await sql.run("update connection set state = 'error', state_reason = ? where id = ?", [keep({ code: 'plugin-missing', params: { plugin: 'pigeon' } }), connection]);
    const at = runtime.clock.now();
    await raiseAlerts(sql, runtime, tenant, [
      { kind: 'failure', at, connection, heldBy: 'people', words: { code: 'unconfirmed' } },
      { kind: 'hand-off', at, heldBy: 'people', words: { said: '[{"code":"nobody"}]' } },
    ]);
  });
  await runtime.directory.reload();
  const said = {
    es: ['El plugin pigeon no está cargado.', 'Algo falló: El proveedor no confirmó este mensaje.'],
    id: ['Plugin pigeon tidak dimuat.', 'Ada yang gagal: Penyedia tidak mengonfirmasi pesan ini.'],
    en: ['The plugin pigeon is not loaded.', 'Something failed: The provider did not confirm this message.'],
  } as const;
  for (const locale of ['es', 'id', 'en'] as const) {
    await owner.post(`${office.at}/me/language`, { locale });
    const [number, alert] = said[locale];
    t.ok((await owner.get(`${office.at}/whatsapp`)).body.includes(number), `${locale}: ${number}`);
    t.ok((await owner.get(`${office.at}/settings/channels`)).body.includes(number), `${locale}: the connection`);
    const alerts = (await owner.get(`${office.at}/whatsapp/notifications`)).body;
    t.ok(alerts.includes(alert), `${locale}: ${alert}`);
    t.match(alerts, '[{&quot;code&quot;:&quot;nobody&quot;}]', 'what somebody outside wrote is never read as words of ours');
  }
});

t.test('why an agent gave a conversation to people is read in the reader’s language; what a person wrote as the reason stands as it was written', async (t) => {
  const office = await openOffice(t);
  const owner = await office.as('owner');
  const said = { en: 'The contact asked for a person.', es: 'El contacto pidió una persona.', id: 'Kontak meminta petugas.' };
  const shown = async (locale: keyof typeof said) => {
    await owner.post(`${office.at}/me/language`, { locale });
    return [(await owner.get(`${office.at}/whatsapp/${await office.conversation()}`)).body, (await owner.get(`${office.at}/whatsapp/notifications`)).body];
  };
  await office.customer('I want a human');
  for (const locale of ['es', 'id', 'en'] as const) for (const page of await shown(locale)) t.ok(page.includes(said[locale]), `${locale}: ${said[locale]}`);

  await office.customer({ kind: 'choice', id: 'person', text: 'Talk to a person', of: 'button' }, '12025550199', 'Ivo');
  for (const page of await shown('es')) t.ok(page.includes('Asked for a person in the menu.'), 'the words of the rule');
  const id = await office.conversation();
  await office.ctx.runtime.db.write((sql) => sql.run('update conversation set escalation = ? where id = ?', ['From before there were words.', id]));
  t.ok((await shown('es'))[0]?.includes('From before there were words.'), 'a row from before stands as it is');
});

t.test('a notifier is told in the tenant’s language', async (t) => {
  const office = await openOffice(t);
  const { runtime } = office.ctx;
  const { tenant, connection } = office.ids;
  const told: string[] = [];
  const notifiers = runtime.notifiers.map((one) => ({ ...one, notifier: { ...one.notifier, alerts: ({ text }: { text: string }) => (told.push(text), []) } }));
  for (const locale of ['en', 'es', 'id']) {
    await runtime.db.write(async (sql) => {
      await sql.run('update tenant set locale = ? where id = ?', [locale, tenant]);
    });
    await runtime.directory.reload();
    await runtime.db.write((sql) => raiseAlerts(sql, { ...runtime, notifiers }, tenant, [{ kind: 'failure', at: 1, connection, heldBy: 'people', words: { code: 'not-sent', answered: 'ECONNREFUSED' } }]));
  }
  t.same(told, [
    'The message could not be handed to the provider. “ECONNREFUSED”',
    'No se pudo entregar el mensaje al proveedor. “ECONNREFUSED”',
    'Pesan tidak dapat diserahkan kepada penyedia. “ECONNREFUSED”',
  ]);
});

t.test('a message that was refused just before it was sent says why, and not nothing', async (t) => {
  const office = await openOffice(t);
  const { runtime } = office.ctx;
  const owner = await office.as('owner');
  await office.customer('hello');
  const id = await office.conversation();
  const home = `${office.at}/whatsapp/${id}`;
  const refused = (error: object) => runtime.db.write((sql) => sql.run("update message set status = 'failed', error = ? where conversation_id = ? and author = 'agent'", [JSON.stringify(error), id]));
  await refused({ code: 'window-closed', said: '' });
  t.ok((await owner.get(home)).body.replaceAll('&#39;', "'").includes("It's been over 24 hours since the last reply."));
  await refused({ code: 'not-sent', said: 'connect ECONNREFUSED' });
  await owner.post(`${office.at}/me/language`, { locale: 'id' });
  const page = (await owner.get(home)).body;
  t.match(page, 'Pesan tidak dapat diserahkan kepada penyedia.');
  t.match(page, 'connect ECONNREFUSED', 'with what was said of it beside');
});
