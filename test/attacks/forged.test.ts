/** Webhooks that are nobody's: unsigned, wrongly signed, signed for another. And a secret that is none. */
import { createHmac } from 'node:crypto';
import { request } from 'undici';
import t from 'tap';
import { chance, mutate } from '../kit/chance.ts';
import { until } from '../until.ts';
import { foreign, foreignAccount, installation, meta, metaBody, openSite, phone, phoneBody, sign, stranger, type Channel, type Site } from './site.ts';

const json = { 'content-type': 'application/json' };
const counted = (site: Site) => site.one<{ deliveries: number; messages: number; events: number }>(
  'select (select count(*) from delivery) as deliveries, (select count(*) from message) as messages, (select count(*) from provider_event) as events',
);
const nothing = { deliveries: 0, messages: 0, events: 0 };
const rejections = (site: Site) => site.all<{ cause: string; source: string; count: number }>('select cause, source, count from rejection order by cause, source');

t.test('a webhook that does not prove itself', async (t) => {
  const site = await openSite(t);
  const url = (to: Channel) => `http://127.0.0.1:${site.port}/webhooks/${to.webhookKey}`;
  const text = metaBody('pay me');
  const right = sign(meta.secret, text);
  const spoiled = (signature: string) => signature.replace(/.$/, (last) => (last === '0' ? '1' : '0'));

  /** Name, body, headers as they are written: a header may come twice. */
  const shapes: [string, Buffer | string, string[]][] = [
    ['no signature', text, []],
    ['an empty signature', text, [meta.header, '']],
    ['only the scheme', text, [meta.header, 'sha256=']],
    ['no scheme', text, [meta.header, right.slice(7)]],
    ['a short signature', text, [meta.header, right.slice(0, 40)]],
    ['one character too few', text, [meta.header, right.slice(0, -1)]],
    ['one character too many', text, [meta.header, `${right}0`]],
    ['the last character wrong', text, [meta.header, spoiled(right)]],
    ['SHA-1 in its own header', text, ['x-hub-signature', `sha1=${createHmac('sha1', meta.secret).update(text).digest('hex')}`]],
    ['SHA-1 in the header of SHA-256', text, [meta.header, `sha1=${createHmac('sha1', meta.secret).update(text).digest('hex')}`]],
    ['SHA-1 that says it is SHA-256', text, [meta.header, `sha256=${createHmac('sha1', meta.secret).update(text).digest('hex')}`]],
    ['SHA-512', text, [meta.header, `sha512=${createHmac('sha512', meta.secret).update(text).digest('hex')}`]],
    ['upper-case hexadecimal', text, [meta.header, `sha256=${right.slice(7).toUpperCase()}`]],
    ['an upper-case scheme', text, [meta.header, `SHA256=${right.slice(7)}`]],
    ['blanks inside', text, [meta.header, `sha256= ${right.slice(7)}`]],
    ['no hexadecimal', text, [meta.header, `sha256=${'z'.repeat(64)}`]],
    ['base64', text, [meta.header, `sha256=${createHmac('sha256', meta.secret).update(text).digest('base64')}`]],
    ['two signatures, the right one first', text, [meta.header, right, meta.header, spoiled(right)]],
    ['two signatures, the right one last', text, [meta.header, spoiled(right), meta.header, right]],
    ['the right signature twice', text, [meta.header, right, meta.header, right]],
    ['a list of signatures', text, [meta.header, `${spoiled(right)}, ${right}`]],
    ['the right signature of another body', metaBody('pay you'), [meta.header, right]],
    ['the right signature of no body', text, [meta.header, sign(meta.secret, '')]],
    ['JSON written anew', JSON.stringify(JSON.parse(text), null, 1), [meta.header, right]],
    ['a line end more', `${text}\n`, [meta.header, right]],
    ['a byte order mark more', `\ufeff${text}`, [meta.header, right]],
    ['the secret of another tenant', text, [meta.header, sign(foreign.secret, text)]],
    ['the verify token as the secret', text, [meta.header, sign('acme-verify-token', text)]],
    ['an empty secret', text, [meta.header, sign('', text)]],
    ['the signature in the address', text, []],
  ];

  await t.test('is refused in whatever shape, always in the same words', async (t) => {
    const answers = new Set<string>();
    for (const [name, body, headers] of shapes) {
      const address = url(meta) + (name === 'the signature in the address' ? `?${meta.header}=${right}` : '');
      const { statusCode, headers: given, body: said } = await request(address, { method: 'POST', headers: [...Object.entries(json).flat(), ...headers], body });
      t.equal(statusCode, 401, name);
      const { date: _, ...constant } = given;
      answers.add(JSON.stringify([statusCode, constant, await said.text()]));
    }
    t.equal(answers.size, 1, 'nobody learns which part was wrong');
    t.match([...answers][0], /"content-length":"0"/, 'and there is nothing to read');
    t.strictSame(counted(site), nothing);
  });

  await t.test('is refused by the simulator, too', async (t) => {
    const body = phoneBody('pay me');
    const headers: Record<string, string>[] = [{}, { [phone.header]: sign('', body) }, { [phone.header]: sign(meta.secret, body) }, { [phone.header]: sign(phone.secret, `${body} `) }, { [meta.header]: sign(phone.secret, body) }];
    for (const one of headers) t.equal((await site.post(phone, body, one)).statusCode, 401);
    t.strictSame(counted(site), nothing);
  });

  await t.test('is shown with its cause and where it came from, and nothing of what it said', async (t) => {
    // They are counted once a second: what came in the first may be there before the rest.
    const causes = () => rejections(site).map(({ cause }) => cause);
    await until('the counts were to be written', () => ['unsigned', 'wrong-secret', 'rewritten-body'].every((cause) => causes().includes(cause)));
    const connection = site.one<{ id: string }>("select id from connection where key = 'meta' and name = 'Acme on Meta'");
    const page = await (await site.signedIn()).get(`/app/acme/settings/channels/${connection.id}?tab=rejected`);
    t.equal(page.statusCode, 200);
    t.match(page.body, /127\.0\.0\.1/);
    t.notMatch(page.body, /pay me/);
    const stored = JSON.stringify(site.all('select * from rejection'));
    t.notMatch(stored, /pay me|sha256=/);
  });

  await t.test('for another tenant goes nowhere with a signature of its own', async (t) => {
    // Rightly signed by the one, about a number of the other.
    const answer = await site.deliver(foreign, metaBody('into the wrong house', { to: '108100000000001' }));
    t.equal(answer.statusCode, 200);
    await until('it was to be processed', () => site.one<{ n: number }>("select count(*) as n from delivery where state <> 'received'").n === 1);
    t.equal(site.one<{ n: number }>('select count(*) as n from message').n, 0);
    t.match(site.one<{ reason: string }>('select reason from delivery'), { reason: /"number-unknown"/ });
  });

  await t.test('under an address that nobody has is not found, whatever it says', async (t) => {
    for (const key of ['nobody', '', '%00', '..%2f..%2fetc', 'x'.repeat(300), '__proto__', 'constructor']) {
      const { statusCode } = await site.app.inject({ method: 'POST', url: `/webhooks/${key}`, payload: text, headers: { ...json, host: 'localhost', [meta.header]: right } });
      t.ok(statusCode === 404 || statusCode === 414, `${key.slice(0, 20)}: ${statusCode}`);
    }
  });
});

t.test('10,000 webhooks made by chance', async (t) => {
  const site = await openSite(t);
  const by = chance(20_261_121);
  const hex = '0123456789abcdef';
  const statuses = new Map<number, number>();
  const bodies = Array.from({ length: 50 }, (_, n) => metaBody(`message ${n}`, { from: `62811${n}`, id: `wamid.${n}` }));
  for (let n = 0; n < 10_000; n++) {
    let body = by.one(bodies);
    let signature = sign(meta.secret, body);
    switch (by.below(6)) {
      case 0: {
        const changed = mutate(body, by);
        // What mutates into itself would be true.
        body = changed === body ? `${changed} ` : changed;
        break;
      }
      case 1: {
        const at = 7 + by.below(64);
        const other = hex[(hex.indexOf(signature[at] ?? '0') + 1 + by.below(15)) % 16] ?? '0';
        signature = signature.slice(0, at) + other + signature.slice(at + 1);
        break;
      }
      case 2:
        signature = `sha256=${Array.from({ length: 64 }, () => hex[by.below(16)]).join('')}`;
        break;
      case 3:
        signature = sign(by.one([foreign.secret, phone.secret, '', ' ', `${meta.secret} `, meta.secret.toUpperCase(), meta.webhookKey, 'undefined', 'null']), body);
        break;
      case 4:
        signature = signature.slice(0, by.below(signature.length));
        break;
      default:
        signature = Array.from({ length: by.below(120) }, () => String.fromCharCode(33 + by.below(94))).join('');
    }
    // From everywhere, so that the brake on one address does not answer in place of the check.
    const from = { remoteAddress: `10.${by.below(250)}.${by.below(250)}.${by.below(250)}` };
    const { statusCode } = await site.post(meta, body, { [meta.header]: signature }, from);
    statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
  }
  t.strictSame([...statuses], [[401, 10_000]], 'none is taken');
  t.strictSame(counted(site), nothing, 'and nothing of them is kept');
  await until('the counts were to be written', () => rejections(site).length > 0);
  t.ok(rejections(site).length <= 100, `${rejections(site).length} rows tell of it`);
});

t.test('a secret that is none', async (t) => {
  await t.test('does not pass the configuration', async (t) => {
    for (const appSecret of [undefined, '', ' \t\n', '\u00a0', 'two words']) {
      const settings = { accessToken: 'EAAtoken', ...(appSecret !== undefined && { appSecret }) };
      const config = { tenants: [{ slug: 'acme', connections: [{ key: 'meta', plugin: 'meta-cloud', webhookKey: 'meta-key', settings }] }] };
      await t.rejects(openSite(t, { config }), { code: 'CONFIG_INVALID', message: /appSecret/ }, JSON.stringify(appSecret));
    }
  });

  await t.test('in the database makes the connection refuse to start, and its webhook refuse everything', async (t) => {
    const site = await openSite(t);
    const { id } = site.one<{ id: string }>("select id from connection where name = 'Other on Meta'");
    const { settings } = site.one<{ settings: string }>('select settings from connection where id = ?', id);
    const { appSecret: _, ...bare } = JSON.parse(settings);
    const [acme, other] = installation.tenants;
    // No longer declared, or the configuration would put it right at once.
    const config = { tenants: [acme, { ...other, connections: [], numbers: [] }] };
    for (const appSecret of [undefined, '']) {
      await site.again((database) => {
        const broken = JSON.stringify({ ...bare, ...(appSecret !== undefined && { appSecret }) });
        database.prepare("update connection set settings = ?, declared = 0, state = 'running' where id = ?").run(broken, id);
      }, config);
      const said = metaBody('are you there', { to: foreignAccount });
      for (const secret of ['', ' ', 'undefined', 'null', foreign.secret]) {
        t.equal((await site.post(foreign, said, { [foreign.header]: sign(secret, said) })).statusCode, 401, `${appSecret} against ${JSON.stringify(secret)}`);
      }
      t.equal((await site.post(foreign, said)).statusCode, 401, 'without a signature');
      const page = `/app/other/settings/channels/${id}`;
      const answer = await (await site.signedIn(stranger)).submit(page, `${page}/state`, { deed: 'restart' });
      t.equal(answer.statusCode, 303);
      const row = site.one<{ state: string; state_reason: string }>('select state, state_reason from connection where id = ?', id);
      t.match(row, { state: 'error', state_reason: /./ }, row.state_reason);
    }
    t.equal(site.one<{ n: number }>('select count(*) as n from delivery').n, 0);
  });

  await t.test('typed by a person is refused beside its field', async (t) => {
    const site = await openSite(t);
    const ana = await site.signedIn();
    const page = '/app/acme/whatsapp/connect?way=plugin%3Ameta-cloud';
    for (const typed of ['', ' ', '\u00a0\u2003']) {
      const answer = await ana.submit(page, '/app/acme/whatsapp/connect', { way: 'plugin:meta-cloud', 'set.accessToken': 'EAAtoken', 'set.appSecret': typed, account: '308100000000001', displayName: 'New', active: 'on' });
      t.equal(answer.statusCode, 422, JSON.stringify(typed));
    }
    t.equal(site.one<{ n: number }>("select count(*) as n from connection where plugin = 'meta-cloud'").n, 2);
  });
});
