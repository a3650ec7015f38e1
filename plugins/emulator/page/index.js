/** The emulator's page: asks the control routes and shows what they say. Everything shown is set as text, never as markup. */
const find = (id) => document.getElementById(id);
const time = (at) => new Date(at).toLocaleTimeString();
/** What was typed; empty fields are left out. */
const typed = (form) => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));

async function ask(method, path, body) {
  const answer = await fetch(`/emulator${path}`, { method, ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error ?? `The emulator answered ${answer.status}.`);
  return said;
}

// ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────────

const shownLines = 100;

async function show() {
  const now = await ask('GET', '');
  const [state, { messages }, { requests }, { deliveries }] = await Promise.all([ask('GET', '/state'), ask('GET', `/messages?after=${Math.max(0, now.messages - shownLines)}`), ask('GET', '/requests'), ask('GET', '/deliveries')]);
  document.title = now.name;
  find('name').textContent = now.name;
  find('now').className = '';
  find('now').textContent = `${now.messages} messages taken, ${now.requests} requests. Events go to ${now.callback ?? 'nowhere yet'}.`;
  drawForms(now.forms);
  offer(find('write').elements.to, now.numbers.map(({ id, name }) => [name === id ? id : `${name} (${id})`, id]));
  offer(find('fault').elements.kind, now.faultKinds.map((kind) => [kind, kind]));
  list('faults', now.faults, 'No fault is on.', (fault) => line(JSON.stringify(fault)));
  list('messages', messages.toReversed(), 'No message yet.', message);
  find('decide').hidden = now.templates === undefined;
  list('templates', now.templates ?? [], 'No template yet.', (template) => decidable(template, now.decisions));
  list('requests', requests.slice(-shownLines).toReversed(), 'No request yet.', ({ at, method, path, status, verdict }) => line(`${time(at)} ${method} ${path} → ${status} ${verdict}`, verdict !== 'ok'));
  list('deliveries', deliveries.slice(-shownLines).toReversed(), 'Nothing was posted yet.', ({ at, items, attempt, status, failed }) => line(`${time(at)} ${items === 1 ? '' : `${items} events, `}attempt ${attempt} → ${status ?? failed ?? '…'}`, failed !== undefined || status >= 300));
  find('state').textContent = JSON.stringify(state, undefined, 2);
}

function offer(select, options) {
  if (select.options.length !== options.length) select.replaceChildren(...options.map(([title, value]) => new Option(title, value)));
}

function line(text, bad = false) {
  return Object.assign(document.createElement('li'), { textContent: text, className: bad ? 'bad' : '' });
}

/** Drawn again only when something changed, so that what is open stays open. */
const drawn = new Map();
function list(id, items, none, draw) {
  const key = JSON.stringify(items);
  if (drawn.get(id) === key) return;
  drawn.set(id, key);
  find(id).replaceChildren(...(items.length > 0 ? items.map(draw) : [line(none)]));
}

function button(title, act) {
  const made = Object.assign(document.createElement('button'), { type: 'button', textContent: title });
  made.addEventListener('click', () => void act().then(refresh, complain));
  return made;
}

function message({ at, to, account, type, text, status, medium, id, body, choices }) {
  const item = line(`${time(at)} → ${to} · ${type}: ${text ?? ''} · ${id}${status === undefined ? '' : ` · ${status}`}${medium === undefined ? '' : ` · ${medium.mime}, ${medium.bytes} bytes`} `);
  const who = /^\d+$/.test(to) ? { from: to } : { userId: to };
  item.append(...choices.map((choice) => button(choice.title, () => ask('POST', '/customer', { ...who, to: account, replyTo: id, content: { kind: 'choice', of: choice.of, id: choice.id, text: choice.title } }))));
  const details = document.createElement('details');
  details.append(Object.assign(document.createElement('summary'), { textContent: 'Body' }), Object.assign(document.createElement('pre'), { textContent: JSON.stringify(body, undefined, 1) }));
  item.append(details);
  return item;
}

function decidable({ id, name, language, status }, decisions) {
  const item = line(`${name} (${language}): ${status} · ${id} `);
  item.append(...decisions.map((decision) => button(decision.toLowerCase(), () => ask('POST', '/template', { id, status: decision }))));
  return item;
}

/** The provider's own forms, drawn once. */
function drawForms(forms) {
  if (document.querySelector('form[data-path]')) return;
  const before = find('messages').closest('section');
  for (const { title, path, fields } of forms) {
    const section = find('form').content.cloneNode(true).firstElementChild;
    const form = section.querySelector('form');
    section.querySelector('h2').textContent = title;
    form.dataset.path = path;
    form.prepend(...fields.map(field));
    onSubmit(form, form.querySelector('small'), async () => {
      await ask('POST', path.replace('/emulator', ''), typed(form));
      return 'Done.';
    });
    before.before(section);
  }
}

function field({ name, label, value = '', options }) {
  const labelled = document.createElement('label');
  const input = Object.assign(document.createElement(options ? 'select' : 'input'), { name });
  if (options) input.append(...options.map((option) => new Option(option || '(as it is)', option)));
  else input.value = value;
  labelled.append(`${label} `, input);
  return labelled;
}

// ── what can be done ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Does it and says beside the button what came of it. */
function onSubmit(form, told, act) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void act()
      .then(
        (said) => Object.assign(told, { className: '', textContent: said }),
        (error) => Object.assign(told, { className: 'bad', textContent: error.message }),
      )
      .then(refresh);
  });
}

const read = (file) =>
  new Promise((done, failed) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => done((typeof reader.result === 'string' ? reader.result : '').split(',')[1] ?? ''));
    reader.addEventListener('error', () => failed(reader.error));
    reader.readAsDataURL(file);
  });

/** What the customer does, in the words of the contract. */
async function contentOf(kind, text, file) {
  switch (kind) {
    case 'button':
    case 'list':
      return { kind: 'choice', of: kind, id: text, text };
    case 'reaction':
      return { kind, ...(text && { emoji: text }) };
    case 'location':
      return { kind, latitude: -6.2088, longitude: 106.8456, name: text || 'Monas' };
    case 'unsupported':
      return { kind, what: text || 'poll_creation' };
    case 'file':
      return await media(file, text);
    default:
      return { kind: 'text', text };
  }
}

async function media(file, text) {
  if (!file || file.size === 0) throw new Error('Choose a file.');
  const mime = file.type || 'application/octet-stream';
  const { id, url, sha256 } = await ask('POST', '/file', { base64: await read(file), mime, name: file.name });
  const of = mime.split('/')[0];
  const isKnown = ['image', 'video', 'audio'].includes(of);
  return { kind: isKnown ? of : 'document', media: { ref: id ?? url, mime, ...(sha256 && { sha256 }), ...(!isKnown && { name: file.name }) }, ...(text && of !== 'audio' && { caption: text }) };
}

onSubmit(find('write'), find('written'), async () => {
  const { kind, text = '', file, ...who } = typed(find('write'));
  const { ok, status, attempts } = await ask('POST', '/customer', { ...who, content: await contentOf(kind, text, file) });
  if (!ok) throw new Error(attempts === 0 ? 'There is no webhook to post it to.' : `The webhook answered ${status ?? 'nothing'}.`);
  return `The webhook answered ${status}.`;
});

onSubmit(find('fault'), find('faulted'), async () => {
  const { kind, on, ...numbers } = typed(find('fault'));
  await ask('POST', '/faults', { kind, on, ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)])) });
  return '';
});
find('clear').addEventListener('click', () => void ask('DELETE', '/faults').then(refresh, complain));

function complain(error) {
  find('now').className = 'bad';
  find('now').textContent = `It failed: ${error.message}`;
}

async function refresh() {
  await show().catch(complain);
}

await refresh();
setInterval(() => void refresh(), 1000);
