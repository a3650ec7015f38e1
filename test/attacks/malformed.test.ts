/** Bodies and content types that no honest client sends. */
import t from 'tap';
import { createHmac } from 'node:crypto';
import { meta, metaBody, openSite, phone, settled, sign, type Channel, type Site } from './site.ts';
import { wireTo } from './process.ts';

const deep = (open: string, close: string, times = 20_000) => open.repeat(times) + close.repeat(times);
const utf16 = (text: string, order: 'le' | 'be') => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
};
const hello = metaBody('hello');
const within = (text: string) => hello.replace('"hello"', text);

/** What is no JSON at all, or no JSON object: kept as failed. */
const unreadable: [string, string | Buffer][] = [
  ['nothing', ''],
  ['a blank', ' '],
  ['half a body', hello.slice(0, 100)],
  ['a trailing comma', '{"object":"whatsapp_business_account",}'],
  ['single quotes', "{'object':'x'}"],
  ['a comment', '/* */ {}'],
  ['two values', '{}{}'],
  ['null', 'null'],
  ['true', 'true'],
  ['a list', '[]'],
  ['a text', '"x"'],
  ['a number', '1e999'],
  ['NaN', '{"object":NaN}'],
  ['a NUL in front', `\0${hello}`],
  ['a NUL inside', hello.replace('"object"', '"object\0"')],
  ['a byte order mark', `\ufeff${hello}`],
  ['UTF-16 in little endian', utf16(hello, 'le')],
  ['UTF-16 in big endian', utf16(hello, 'be')],
  ['a form', 'object=whatsapp_business_account'],
  ['XML', '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'],
  ['lists nested without end', '['.repeat(20_000)],
  ['lists nested 20,000 deep', deep('[', ']')],
];

/** What can be read, with something in it that is not as it should be: kept, and processed as far as it goes. */
const odd: [string, string | Buffer][] = [
  ['an empty object', '{}'],
  ['a number beyond all', within('1e999')],
  ['a text in place of an object', '{"object":"whatsapp_business_account","entry":"x"}'],
  ['a key twice', hello.replace('"object":', '"object":"something else","object":')],
  ['half a character', within('"\\ud800"')],
  ['half a character as a name', hello.replace('"Rina"', '"\\udfff"')],
  ['a NUL as an escape', within('"a\\u0000b"')],
  ['bytes that are no UTF-8', Buffer.concat([Buffer.from(hello.slice(0, hello.indexOf('hello'))), Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80]), Buffer.from(hello.slice(hello.indexOf('hello')))])],
  ['an object nested 20,000 deep inside', hello.replace('"text":{', `"text":{"x":${deep('{"a":', '}').replace('{"a":}', '{"a":1}')},`)],
  ['a list nested 20,000 deep inside', hello.replace('"contacts":', `"x":${deep('[', ']')},"contacts":`)],
  ['a list of 20,000 nothings', hello.replace('"contacts":', `"x":[${'null,'.repeat(20_000)}null],"contacts":`)],
];

const ledger = (site: Site) => site.all<{ state: string; reason: string | null; bytes: number }>('select state, reason, length(body) as bytes from delivery order by id');

t.test('a webhook that cannot be read', async (t) => {
  const site = await openSite(t);
  const all = [...unreadable, ...odd];

  await t.test('is refused unsigned', async (t) => {
    for (const [name, body] of all) t.equal((await site.post(meta, body)).statusCode, 401, name);
    t.equal(ledger(site).length, 0);
  });

  await t.test('is taken when its bytes are signed, and is a failed row of the ledger that says why', async (t) => {
    for (const [name, body] of unreadable) {
      const before = ledger(site).length;
      t.equal((await site.deliver(meta, body)).statusCode, 200, name);
      await settled(site);
      const row = ledger(site)[before];
      t.equal(row?.state, 'failed', `${name}: ${row?.reason}`);
      t.equal(row?.bytes, Buffer.byteLength(body), 'byte for byte');
      t.ok(row?.reason, name);
    }
  });

  await t.test('in part is taken and processed as far as it goes', async (t) => {
    for (const [name, body] of odd) {
      const before = ledger(site).length;
      t.equal((await site.deliver(meta, body)).statusCode, 200, name);
      await settled(site);
      const row = ledger(site)[before];
      t.ok(row?.state === 'processed' || row?.state === 'failed', `${name}: ${row?.state} ${row?.reason ?? ''}`);
    }
  });

  await t.test('is taken by the simulator, too', async (t) => {
    for (const [name, body] of [...unreadable, ['acts that are none', '{"acts":[null,1,"x",[],{},{"kind":"message"}]}'], ['an act nested 20,000 deep', `{"acts":[${deep('[', ']')}]}`]] as const) {
      t.equal((await site.deliver(phone, body)).statusCode, 200, name);
    }
    await settled(site);
    t.equal(ledger(site).filter(({ state }) => state === 'received').length, 0);
  });

  await t.test('stands in the ledger for people to see', async (t) => {
    const ana = await site.signedIn();
    t.equal((await ana.get('/app/acme/settings/deliveries?state=failed')).statusCode, 200);
    const pages = site.all<{ id: string }>('select id from delivery');
    for (const { id } of pages) t.equal((await ana.get(`/app/acme/settings/deliveries/${id}`)).statusCode, 200, { diagnostic: false });
  });

  await t.test('keeps nothing after it from being processed', async (t) => {
    await site.deliver(meta, metaBody('the one after', { from: '6281100009999' }));
    await settled(site);
    t.equal(site.one<{ n: number }>("select count(*) as n from message where text = 'the one after'").n, 1);
  });
});

const types = [
  undefined, '', ' ', 'application/json', 'Application/JSON', ' application/json', 'application/json\t', '\tapplication/json', 'application/json ; charset=utf-8', 'application/json;charset=utf-16', 'application/json; charset="x',
  'application/json, text/plain', 'application/jsonx', 'application/vnd.api+json', 'application', '/', ';', 'garbage', 'text/plain', 'text/html', 'text/json', 'multipart/form-data', 'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded', 'APPLICATION/X-WWW-FORM-URLENCODED; CHARSET=UTF-8', 'application/octet-stream', 'application/xml', '*/*', 'application/*', 'x'.repeat(8_000), '__proto__', 'constructor/prototype',
];

t.test('a content type of whatever kind', async (t) => {
  const site = await openSite(t);

  await t.test('changes nothing for a webhook: its bytes are what counts', async (t) => {
    let n = 0;
    for (const type of types) {
      const body = metaBody(`type ${++n}`, { from: `62811000${n}` });
      const headers = [`X-Hub-Signature-256: ${sign(meta.secret, body)}`];
      t.equal(await statusOf(site, meta, body, type, []), 401, `unsigned: ${named(type)}`);
      t.equal(await statusOf(site, meta, body, type, headers), 200, `signed: ${named(type)}`);
    }
    await settled(site);
    t.equal(site.one<{ n: number }>('select count(*) as n from message').n, types.length, 'each is a message');
  });

  await t.test('is refused by forms unless it is JSON or a form', async (t) => {
    const fine = /^\s*application\/(json|x-www-form-urlencoded)\s*($|;)/i;
    const statuses = new Map<string, number>();
    for (const type of types) {
      const status = await statusOf(site, '/login', '{"email":"a@b.c","password":"x"}', type, []);
      statuses.set(named(type), status);
      // Taken for what it is, and then refused because the form is not ours.
      t.ok((fine.test(type ?? '') ? [400, 403, 415] : [400, 415]).includes(status), `${named(type)}: ${status}`);
    }
    t.equal(statuses.get(named('application/json')), 403);
    t.equal(statuses.get(named('text/plain')), 415);
  });
});

t.test('JSON where a form is expected', async (t) => {
  const site = await openSite(t);
  const ana = await site.signedIn();
  const conversationOf = async () => {
    await site.deliver(meta, metaBody('hello'));
    await settled(site);
    return site.one<{ id: string }>('select id from conversation').id;
  };
  const conversation = await conversationOf();
  // Of this login, as its forms carry it.
  const token = createHmac('sha256', ana.cookies.get('switchboard') ?? '').update('switchboard form').digest('base64url');
  // Signing out has no field: it takes any body that can be read.
  const routes = site.routes.filter(({ method, url }) => [method].flat().includes('POST') && !/^\/(webhooks|api)\//.test(url) && url !== '/logout');
  t.ok(routes.length > 20, `${routes.length} forms`);
  const bodies: [string, string | Buffer][] = [
    ...unreadable.filter(([name]) => name !== 'nothing' && name !== 'a form'),
    ['a key twice', '{"text":"a","text":["b"]}'],
    ['a number beyond all', '{"text":1e999,"key":1e999}'],
    ['half a character', '{"text":"\\ud800","key":"\\udfff\\udfff\\udfff\\udfff\\udfff\\udfff\\udfff\\udfff","name":"\\ud800"}'],
    ['a NUL', '{"text":"\\u0000","key":"\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000"}'],
    ['bytes that are no UTF-8', Buffer.concat([Buffer.from('{"text":"'), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('"}')])],
    ['an object 20,000 deep', `{"text":${deep('[', ']')}}`],
  ];

  await t.test('is refused in words by every form when it is not what the form asks for', async (t) => {
    const wrong: string[] = [];
    let posted = 0;
    for (const { url } of routes) {
      const path = url.replace(':tenant', 'acme').replace(':id', conversation).replace(':message', conversation);
      for (const [name, body] of bodies) {
        const { statusCode } = await ana.send({ method: 'POST', url: path, payload: body, headers: { 'content-type': 'application/json', 'x-csrf-token': token } });
        posted++;
        // Without a way to connect, the page asks for one.
        const right = unreadable.some(([one]) => one === name) ? [400] : [303, 400, 401, 404, 422, 429, ...(url.endsWith('/connect') ? [200] : [])];
        // A file comes as its bytes, and JSON is none that is asked for.
        if (/\/(media|files)$/.test(url)) right.push(415);
        if (!right.includes(statusCode)) wrong.push(`${url}, ${name}: ${statusCode}`);
      }
    }
    t.strictSame(wrong, [], `${posted} posted`);
  });
  t.equal((await site.app.inject('/health/live')).statusCode, 200, 'and it goes on');
});

t.test('a form that is none', async (t) => {
  const site = await openSite(t);
  const wrong: string[] = [];
  for (const body of ['%', '%zz=%', '=&=&=', '&'.repeat(5_000), 'a=%ff%fe', 'a=%00', `${'a[b]'.repeat(50)}=1`, 'email[]=a&email[]=b', 'email=a&email=b&password=c', '\0', '\ufeffemail=a', 'email=%ed%a0%80', 'a=1;b=2']) {
    for (const path of ['/login', '/setup', '/language', '/logout']) {
      const { statusCode } = await site.app.inject({ method: 'POST', url: path, payload: body, headers: { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded' } });
      if (![400, 403, 404].includes(statusCode)) wrong.push(`${path}, ${JSON.stringify(body.slice(0, 30))}: ${statusCode}`);
    }
  }
  t.strictSame(wrong, []);
});

/** By hand: a client would correct the content type. */
async function statusOf(site: Site, to: Channel | string, body: string, type: string | undefined, more: string[]): Promise<number> {
  const path = typeof to === 'string' ? to : `/webhooks/${to.webhookKey}`;
  const lines = [`POST ${path} HTTP/1.1`, `Host: localhost:${site.port}`, 'Connection: close', `Content-Length: ${Buffer.byteLength(body)}`, ...(type === undefined ? [] : [`Content-Type:${type}`]), ...more, '', ''];
  const wire = await wireTo(site.port);
  await wire.write(lines.join('\r\n') + body);
  await wire.gone;
  return wire.status();
}

const named = (type: string | undefined): string => (type === undefined ? 'none' : JSON.stringify(type.slice(0, 60)));
