import t from 'tap';
import { openOffice, roles } from './office.ts';

const office = await openOffice(t);
const { at, ids } = office;

const pages: { path: string; shows: RegExp; for: readonly (typeof roles)[number][] }[] = [
  { path: '/whatsapp', shows: /Recent conversations/, for: roles },
  { path: '/inbox', shows: /Choose a conversation/, for: roles },
  { path: '/whatsapp/notifications', shows: /Alerts/, for: roles },
  { path: `/simulator/${ids.number}`, shows: /Write as the customer/, for: roles },
  { path: '/whatsapp/connect', shows: /Connect New Number/, for: ['owner', 'admin', 'contributor'] },
  { path: `/whatsapp/numbers/${ids.number}`, shows: /Edit Test phone/, for: ['owner', 'admin', 'contributor'] },
  { path: `/whatsapp/numbers/${ids.number}/delete`, shows: /Delete Test phone\?/, for: ['owner', 'admin', 'contributor'] },
  { path: '/agents', shows: /Welcome/, for: ['owner', 'admin', 'contributor'] },
  { path: `/agents/${ids.agent}`, shows: /Behaviour/, for: ['owner', 'admin', 'contributor'] },
  { path: `/agents/${ids.agent}?tab=channels`, shows: /Unplug/, for: ['owner', 'admin', 'contributor'] },
  { path: '/settings/channels', shows: /Simulator/, for: ['owner', 'admin', 'contributor'] },
  { path: `/settings/channels/${ids.connection}`, shows: /Doctor/, for: ['owner', 'admin', 'contributor'] },
  { path: `/settings/channels/${ids.connection}?tab=settings`, shows: /Description/, for: ['owner', 'admin', 'contributor'] },
  { path: `/settings/channels/${ids.connection}?tab=hand-off`, shows: /needs nothing at a provider/, for: ['owner', 'admin', 'contributor'] },
  { path: `/settings/channels/${ids.connection}?tab=rejected`, shows: /No delivery was rejected/, for: ['owner', 'admin', 'contributor'] },
  { path: '/settings/deliveries', shows: /No webhook has arrived yet/, for: ['owner', 'admin', 'contributor'] },
  { path: '/settings/members', shows: /owner@example.test/, for: ['owner', 'admin', 'contributor'] },
  { path: '/settings/about', shows: /Plugins/, for: ['owner', 'admin', 'contributor'] },
  { path: '/styleguide', shows: /Parts/, for: roles },
];

t.test('every page shows itself to the roles it is for, before anything has happened', async (t) => {
  for (const { path, shows, for: allowed } of pages) {
    for (const role of roles) {
      const person = await office.as(role);
      const answer = await person.get(at + path);
      if (allowed.includes(role)) {
        t.equal(answer.statusCode, 200, `${role} ${path}`);
        t.match(answer.body, shows, `${role} ${path}`);
      } else {
        t.equal(answer.statusCode, 403, `${role} ${path}`);
        t.match(answer.body, /Your role does not include this/, `${role} ${path}`);
        t.notMatch(answer.body, shows, `${role} ${path}`);
      }
    }
  }
});

t.test('a page in each language has its words, and none is missing', async (t) => {
  const owner = await office.as('owner');
  for (const { path } of pages) {
    for (const locale of ['es', 'id']) {
      await owner.post(`${at}/me/language`, { locale });
      const answer = await owner.get(at + path);
      t.equal(answer.statusCode, 200, `${locale} ${path}`);
      t.match(answer.body, `<html lang="${locale}"`, path);
    }
  }
  await owner.post(`${at}/me/language`, { locale: 'en' });
});

t.test('“Add people” leads to the command that adds one, for those who may', async (t) => {
  const owner = await office.as('owner');
  t.match((await owner.get(`${at}/settings/members`)).body, /switchboard -- user add --tenant acme --email/);
  const contributor = await office.as('contributor');
  t.notMatch((await contributor.get(`${at}/settings/members`)).body, /user add/);
  t.notMatch((await contributor.get(`${at}/whatsapp`)).body, /Add people/);
});

t.test('what is not there, and what is no id, is not found', async (t) => {
  const owner = await office.as('owner');
  const nothing = '01890000-0000-7000-8000-000000000000';
  const addresses = (id: string) => [
    `/whatsapp/${id}`, `/whatsapp/${id}/delete`, `/whatsapp/${id}/older?before=5`, `/whatsapp/numbers/${id}`, `/whatsapp/numbers/${id}/delete`, `/simulator/${id}`, `/agents/${id}`,
    `/settings/channels/${id}`, `/settings/deliveries/${id}`, `/live?open=${id}&after=1`, `/live?phone=${id}`,
  ];
  for (const id of [nothing, 'x', "1' or '1'='1", '%00', '..%2f..%2fetc']) {
    for (const path of addresses(id)) t.equal((await owner.get(at + path)).statusCode, 404, path);
  }
  for (const id of [nothing, 'x']) {
    for (const [path, body] of [
      [`/whatsapp/${id}/messages`, { text: 'hello', key: 'k-12345678' }], [`/whatsapp/${id}/ai`, { ai: 'on' }], [`/whatsapp/${id}/state`, { state: 'closed' }], [`/whatsapp/${id}/read`, {}],
      [`/whatsapp/${id}/messages/${id}/again`, {}], [`/whatsapp/${id}/delete`, { confirm: 'delete' }], [`/whatsapp/numbers/${id}`, { displayName: 'x' }], [`/whatsapp/numbers/${id}/active`, { active: 'on' }],
      [`/whatsapp/numbers/${id}/delete`, {}], [`/simulator/${id}/messages`, { text: 'x' }], [`/simulator/${id}/faults`, { fault: 'fails', armed: 'on' }], [`/simulator/${id}/shown`, {}],
      [`/whatsapp/notifications/${id}/read`, {}], [`/agents/${id}`, { _name: 'x', _version: '1' }], [`/agents/${id}/state`, { deed: 'start' }], [`/agents/${id}/bindings`, { plug: ids.number }],
      [`/settings/channels/${id}`, { _name: 'x', _version: '1' }], [`/settings/channels/${id}/state`, { deed: 'stop' }], [`/settings/channels/${id}/check`, {}], [`/settings/deliveries/${id}/replay`, {}],
    ] as const) t.equal((await owner.post(at + path, body)).statusCode, 404, path);
  }
});

t.test('a form holds what it may hold and nothing else', async (t) => {
  const owner = await office.as('owner');
  const strange = { ai: 'maybe', extra: '1' };
  for (const [path, body] of [
    [`/whatsapp/${ids.number}/ai`, strange], [`/whatsapp/${ids.number}/state`, { state: 'open', owner: 'yes' }], [`/whatsapp/${ids.number}/messages`, { text: 'x', key: '1' }],
    [`/settings/channels/${ids.connection}/state`, { deed: 'explode' }], [`/whatsapp/numbers/${ids.number}/active`, { active: '1' }],
  ] as const) t.equal((await owner.post(at + path, body)).statusCode, 400, path);
  for (const path of ['/inbox?view=all', '/inbox?sort=id', '/settings/deliveries?state=x', '/whatsapp/notifications?show=x']) t.equal((await owner.get(at + path)).statusCode, 400, path);
});

t.test('a GET changes nothing and shows no secret', async (t) => {
  const owner = await office.as('owner');
  const secret = office.ctx.runtime.directory.connection(ids.connection)?.settings['secret'];
  if (typeof secret !== 'string') throw new Error('the simulator has a secret');
  for (const { path } of pages) t.notMatch((await owner.get(at + path)).body, secret, path);
});

t.test('an agent on any active number ticks off its first step; without one the step leads to the agents', async (t) => {
  const owner = await office.as('owner');
  const step = async () => (await owner.get(`${at}/whatsapp`)).body.split('<li').find((item) => item.includes('Give it an agent')) ?? '';
  t.match(await step(), /data-done/);
  await office.ctx.workspace.numbers.setActive(ids.tenant, ids.number, false, 'configuration');
  t.match(await step(), `<a class="link" href="${at}/agents">Give it an agent`);
  await office.ctx.workspace.numbers.setActive(ids.tenant, ids.number, true, 'configuration');
});
