import t from 'tap';
import { openOffice } from './office.ts';

const office = await openOffice(t);
const { at, ids } = office;
const owner = await office.as('owner');
// Where no agent answers, people are told.
await owner.post(`${at}/agents/${ids.agent}/bindings`, { [`inbound:${ids.number}`]: 'off' });

t.test('alerts say what happened in the reader’s language and are read one by one or all at once', async (t) => {
  await office.customer('is anybody there?', '447700900125', 'Nia');
  const page = (await owner.get(`${at}/whatsapp/notifications`)).body;
  t.match(page, /Nia wrote: is anybody there\?/);
  const alert = /notifications\/([0-9a-f-]{36})\/read/.exec(page)?.[1];
  t.equal((await owner.post(`${at}/whatsapp/notifications/${alert}/read`)).statusCode, 303);
  t.notMatch((await owner.get(`${at}/whatsapp/notifications`)).body, `a-${alert}`);
  t.match((await owner.get(`${at}/whatsapp/notifications?show=all`)).body, `a-${alert}`);
  await office.customer('hello again', '447700900126', 'Ivo');
  await owner.post(`${at}/me/language`, { locale: 'es' });
  t.match((await owner.get(`${at}/whatsapp/notifications`)).body, /Ivo escribió: hello again/);
  await owner.post(`${at}/whatsapp/notifications/read`);
  t.match((await owner.get(`${at}/whatsapp/notifications`)).body, /id="alerts-badge" hidden/);
  await owner.post(`${at}/me/language`, { locale: 'en' });
});
