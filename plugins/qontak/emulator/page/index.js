/** The emulator's page: asks the control routes and shows what they say. Everything shown is set as text, never as markup. */
const find = (id) => document.getElementById(id);

async function ask(method, path, body) {
  const answer = await fetch(path, { method, ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error ?? `The emulator answered ${answer.status}.`);
  return said;
}

function list(id, lines, none) {
  const items = lines.length > 0 ? lines : [{ text: none }];
  find(id).replaceChildren(...items.map(({ text, bad }) => Object.assign(document.createElement('li'), { textContent: text, className: bad ? 'bad' : '' })));
}

const time = (at) => new Date(at).toLocaleTimeString();

async function show() {
  const [now, state, messages, requests, deliveries] = await Promise.all(['', '/state', '/messages', '/requests', '/deliveries'].map((path) => ask('GET', `/emulator${path}`)));
  document.title = now.name;
  find('name').textContent = now.name;
  find('now').className = '';
  find('now').textContent = `${now.messages} messages taken, ${now.requests} requests. Events go to ${now.callback ?? 'nowhere yet'}.`;
  find('state').textContent = JSON.stringify(state, undefined, 2);
  drawForms(now.forms);
  const to = find('write').elements.to;
  const numbers = state.numbers ?? [];
  if (to.options.length !== numbers.length) to.replaceChildren(...numbers.map(({ id, name }) => new Option(`${name} (${id})`, id)));
  list('faults', now.faults.map((fault) => ({ text: JSON.stringify(fault) })), 'No fault is on.');
  list('messages', messages.messages.toReversed().map((one) => ({ text: `${time(one.at)} → ${one.to} · ${one.type}: ${one.text ?? ''} · ${one.id}` })), 'No message yet.');
  list('requests', requests.requests.toReversed().map((one) => ({ text: `${time(one.at)} ${one.method} ${one.path} → ${one.status} ${one.verdict}`, bad: one.verdict !== 'ok' })), 'No request yet.');
  list('deliveries', deliveries.deliveries.toReversed().map((one) => ({ text: `${time(one.at)} attempt ${one.attempt} → ${one.status ?? one.failed ?? '…'}`, bad: one.status !== 200 })), 'Nothing was posted yet.');
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
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void act(form, path);
    });
    before.before(section);
  }
}

function field({ name, label, value = '', options }) {
  const drawn = document.createElement('label');
  const input = Object.assign(document.createElement(options ? 'select' : 'input'), { name });
  if (options) input.append(...options.map((option) => new Option(option || '(as it is)', option)));
  else input.value = value;
  drawn.append(`${label} `, input);
  return drawn;
}

async function act(form, path) {
  const told = form.querySelector('small');
  try {
    const { error } = await ask('POST', path, typed(form));
    told.className = error ? 'bad' : '';
    told.textContent = error ?? 'Done.';
  } catch (error) {
    told.className = 'bad';
    told.textContent = error.message;
  }
  await refresh();
}

function content(kind, text) {
  if (kind === 'button' || kind === 'list') return { kind: 'choice', of: kind, id: text, text };
  if (kind === 'reaction') return { kind, emoji: text };
  if (kind === 'location') return { kind, latitude: -6.2, longitude: 106.8, name: text };
  return kind === 'unsupported' ? { kind, what: text } : { kind: 'text', text };
}

/** What was typed; empty fields are left out. */
const typed = (form) => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));

async function write(form) {
  const { kind, text = '', ...who } = typed(form);
  const told = find('written');
  try {
    const { ok, status, attempts } = await ask('POST', '/emulator/customer', { ...who, content: content(kind, text) });
    told.className = ok ? '' : 'bad';
    told.textContent = ok ? 'The webhook answered 200.' : attempts === 0 ? 'There is no webhook to post it to.' : `The webhook answered ${status ?? 'nothing'}.`;
  } catch (error) {
    told.className = 'bad';
    told.textContent = error.message;
  }
  await refresh();
}

async function addFault(form) {
  const given = typed(form);
  const number = (name) => (given[name] === undefined ? {} : { [name]: Number(given[name]) });
  try {
    await ask('POST', '/emulator/faults', { kind: given.kind, on: given.on, ...number('code'), ...number('status'), ...number('retryAfter'), ...number('next') });
    find('faulted').textContent = '';
  } catch (error) {
    find('faulted').textContent = error.message;
  }
  await refresh();
}

find('write').addEventListener('submit', (event) => {
  event.preventDefault();
  void write(event.target);
});
find('fault').addEventListener('submit', (event) => {
  event.preventDefault();
  void addFault(event.target);
});
find('clear').addEventListener('click', () => void ask('DELETE', '/emulator/faults').then(refresh));

async function refresh() {
  try {
    await show();
  } catch (error) {
    find('now').className = 'bad';
    find('now').textContent = `The emulator does not answer: ${error.message}`;
  }
}

await refresh();
setInterval(() => void refresh(), 2000);
