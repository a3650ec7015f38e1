/** The page of the emulator: asks its JSON API once a second and writes what it says, as text only. */
const find = (id) => document.getElementById(id);
const api = async (path, body) => {
  const answer = await fetch(`/emulator${path}`, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error ?? `HTTP ${answer.status}`);
  return said;
};
const time = (at) => new Date(at).toLocaleTimeString();

function row(text, { bad = false, more } = {}) {
  const item = document.createElement('li');
  item.textContent = text;
  if (bad) item.className = 'bad';
  if (more !== undefined) {
    const pre = document.createElement('pre');
    pre.textContent = JSON.stringify(more, null, 1);
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    summary.textContent = 'Body';
    details.append(summary, pre);
    item.append(details);
  }
  return item;
}

/** Written again only when something changed, so that what is open stays open. */
const shown = new Map();
function fill(id, items, draw) {
  const key = JSON.stringify(items);
  if (shown.get(id) === key) return;
  shown.set(id, key);
  find(id).replaceChildren(...(items.length === 0 ? [row('Nothing yet.')] : items.map(draw)));
}

function template({ id, name, language, status }) {
  const item = row(`${name} (${language}): ${status} `);
  for (const next of ['APPROVED', 'REJECTED', 'PAUSED', 'DISABLED']) {
    const button = document.createElement('button');
    button.textContent = next.toLowerCase();
    button.addEventListener('click', () => void api('/template', { id, status: next, reason: next === 'REJECTED' ? 'INVALID_FORMAT' : 'NONE' }).then(refresh, complain));
    item.append(button);
  }
  return item;
}

const complain = (error) => {
  find('now').textContent = `It failed: ${error.message}`;
};

async function refresh() {
  const [general, state, { messages }, { requests }, { deliveries }] = await Promise.all([api(''), api('/state'), api(`/messages?after=${Math.max(0, (refresh.total ?? 0) - 50)}`), api('/requests'), api('/deliveries')]);
  refresh.total = general.messages;
  find('now').textContent = `Messages taken: ${general.messages}. Events go to ${general.callback ?? 'nowhere yet'}.`;
  const select = document.querySelector('select[name=to]');
  if (select.options.length !== state.numbers.length) select.replaceChildren(...state.numbers.map(({ id, phone }) => new Option(`${id} (+${phone})`, id)));
  fill('faults', general.faults, (fault) => row(JSON.stringify(fault)));
  fill('messages', messages.toReversed(), ({ at, to, type, text, id, body }) => row(`${time(at)} to ${to}: ${text ?? type} · ${id}`, { more: body }));
  fill('templates', state.templates, template);
  fill('requests', requests.slice(-100).toReversed(), ({ at, method, path, status, verdict }) => row(`${time(at)} ${method} ${path} → ${status} ${verdict}`, { bad: verdict !== 'ok' }));
  fill('deliveries', deliveries.slice(-100).toReversed(), ({ at, attempt, status, failed, items }) => row(`${time(at)} ${items} event(s), attempt ${attempt} → ${status ?? failed ?? '…'}`, { bad: status !== undefined && status !== 200 }));
}

const read = (file) =>
  new Promise((done, failed) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => done((typeof reader.result === 'string' ? reader.result : '').split(',')[1] ?? ''));
    reader.addEventListener('error', () => failed(reader.error));
    reader.readAsDataURL(file);
  });

/** What Meta would put into `messages[]`, as the emulator's own words for it. */
async function contentOf(kind, text, file) {
  switch (kind) {
    case 'button':
    case 'list':
      return { kind: 'choice', of: kind, id: text, text };
    case 'reaction':
      return { kind: 'reaction', ...(text && { emoji: text }) };
    case 'location':
      return { kind: 'location', latitude: -6.2088, longitude: 106.8456, name: text || 'Monas' };
    case 'unsupported':
      return { kind: 'unsupported', what: 'poll_creation' };
    case 'file': {
      if (!file || file.size === 0) throw new Error('Choose a file.');
      const mime = file.type || 'application/octet-stream';
      const { id, sha256 } = await api('/file', { base64: await read(file), mime, name: file.name });
      const of = mime.split('/')[0];
      const isKnown = ['image', 'video', 'audio'].includes(of);
      return { kind: isKnown ? of : 'document', media: { ref: id, mime, sha256, ...(!isKnown && { name: file.name }) }, ...(text && of !== 'audio' && { caption: text }) };
    }
    default:
      return { kind: 'text', text };
  }
}

async function write(event) {
  event.preventDefault();
  const form = new FormData(event.target);
  const value = (name) => (typeof form.get(name) === 'string' ? form.get(name).trim() : '');
  find('written').textContent = '…';
  try {
    const content = await contentOf(value('kind'), value('text'), form.get('file'));
    const given = Object.fromEntries(['from', 'userId', 'name', 'to', 'replyTo'].flatMap((name) => (value(name) ? [[name, value(name)]] : [])));
    const outcome = await api('/customer', { ...given, content });
    find('written').textContent = outcome.ok ? 'The webhook took it.' : `Not taken (HTTP ${outcome.status ?? 'none'}).`;
    await refresh();
  } catch (error) {
    find('written').textContent = error.message;
  }
}
find('write').addEventListener('submit', (event) => void write(event));

find('fault').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const numbers = ['code', 'status', 'retryAfter', 'next'].flatMap((name) => (form.get(name) ? [[name, Number(form.get(name))]] : []));
  api('/faults', { kind: form.get('kind'), on: form.get('on'), ...Object.fromEntries(numbers) }).then(refresh, complain);
});
find('clear').addEventListener('click', () => void fetch('/emulator/faults', { method: 'DELETE' }).then(refresh, complain));

for (;;) {
  await refresh().catch(complain);
  await new Promise((again) => setTimeout(again, 1000));
}
