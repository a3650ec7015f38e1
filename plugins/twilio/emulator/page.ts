/** The emulator's page: a phone that writes, what came of it, every call with its verdict, and faults to switch on. */
import { faultKinds } from '../../meta-cloud/emulator/faults.ts';

interface Page {
  status: number;
  headers: Record<string, string>;
  body: string;
}

// No third party, nothing inline: what a message holds is shown, never run.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/** Undefined when the path is none of the page's. */
export function pageAnswer(path: string): Page | undefined {
  switch (path) {
    case '/':
      return answer('text/html; charset=utf-8', html);
    case '/page.css':
      return answer('text/css; charset=utf-8', css);
    case '/page.js':
      return answer('text/javascript; charset=utf-8', script);
    default:
      return undefined;
  }
}

function answer(type: string, body: string): Page {
  return { status: 200, headers: { 'content-type': type, 'content-security-policy': policy, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' }, body };
}

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Twilio, emulated</title>
<link rel="stylesheet" href="/page.css">
<h1>Twilio, emulated</h1>
<p id="state" role="status">Loading…</p>
<main>
<section aria-labelledby="writes">
<h2 id="writes">A customer</h2>
<form id="customer">
<label>Phone <input name="from" value="628120000002" inputmode="numeric"></label>
<label>User id <input name="userId" placeholder="ID.4500000000000001"></label>
<label>Name <input name="name" value="Ana"></label>
<label>To <select name="to"></select></label>
<label class="wide">Text <textarea name="text" rows="2" required></textarea></label>
<button>Write</button>
</form>
<p id="written" role="status"></p>
<h2>Messages to customers</h2>
<ol id="messages"><li>None yet.</li></ol>
</section>
<section aria-labelledby="faults-title">
<h2 id="faults-title">Faults</h2>
<form id="faults">
<label>Kind <select name="kind">${faultKinds.map((kind) => `<option>${kind}</option>`).join('')}</select></label>
<label>Code <input name="code" inputmode="numeric" placeholder="63018"></label>
<label>How often <input name="next" inputmode="numeric" value="1"></label>
<button>Add</button>
<button type="button" id="clear">Clear all</button>
</form>
<pre id="active">None.</pre>
<h2>Calls</h2>
<table><thead><tr><th>Time<th>Call<th>Status<th>Verdict</thead><tbody id="requests"></tbody></table>
<h2>Webhooks</h2>
<table><thead><tr><th>Time<th>Address<th>Try<th>Answer</thead><tbody id="deliveries"></tbody></table>
</section>
</main>
<script src="/page.js"></script>
</html>
`;

const css = `:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { margin: 1rem auto; max-width: 78rem; padding: 0 1rem; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1.5rem; }
form { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem; align-items: end; }
label { display: grid; gap: .15rem; } .wide { grid-column: 1 / -1; }
input, select, textarea, button { font: inherit; padding: .35rem; }
ol { list-style: none; padding: 0; display: grid; gap: .4rem; }
#messages li { border: 1px solid; border-radius: .4rem; padding: .5rem; overflow-wrap: anywhere; white-space: pre-wrap; }
#messages small { display: block; } #messages button { margin: .3rem .3rem 0 0; }
th, td:first-child { white-space: nowrap; }
table { border-collapse: collapse; width: 100%; font-size: 13px; } td, th { text-align: left; padding: .2rem .4rem .2rem 0; overflow-wrap: anywhere; vertical-align: top; }
pre { white-space: pre-wrap; }
`;

const script = `const at = (id) => document.getElementById(id);
const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
const ask = async (path, method = 'GET', body) => (await fetch('/emulator' + path, { method, ...(body && { body: JSON.stringify(body) }) })).json();
const filled = (form) => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
const time = (at) => new Date(at).toLocaleTimeString();

at('customer').addEventListener('submit', async (event) => {
  event.preventDefault();
  const said = await ask('/customer', 'POST', filled(event.target));
  at('written').textContent = said.error ?? (said.ok ? 'Delivered.' : 'Not delivered: ' + (said.status ?? 'no answer') + '.');
  event.target.text.value = '';
  await show();
});
at('faults').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { kind, code, next } = filled(event.target);
  await ask('/faults', 'POST', { kind, ...(code && { code: Number(code) }), ...(next && { next: Number(next) }) });
  await show();
});
at('clear').addEventListener('click', async () => {
  await ask('/faults', 'DELETE');
  await show();
});

function row(...cells) {
  const line = document.createElement('tr');
  line.append(...cells.map((cell) => make('td', String(cell))));
  return line;
}

function message(one) {
  const item = make('li', one.text ?? one.body.MediaUrl ?? one.body.PersistentAction ?? one.type);
  item.append(make('small', time(one.at) + ' · to ' + one.to + ' · ' + one.status + (one.medium ? ' · ' + one.medium.mime + ', ' + one.medium.bytes + ' bytes' : '')));
  for (const choice of one.choices) {
    const button = make('button', choice.title);
    button.type = 'button';
    button.addEventListener('click', async () => {
      const who = /^[0-9]+$/.test(one.to) ? { from: one.to } : { userId: one.to };
      await ask('/customer', 'POST', { ...who, to: one.account, replyTo: one.id, content: { kind: 'choice', of: choice.of, id: choice.id, text: choice.title } });
      await show();
    });
    item.append(button);
  }
  return item;
}

let drawn = '';
async function show() {
  try {
    const [state, { messages }, { requests }, { deliveries }] = await Promise.all([ask(''), ask('/messages'), ask('/requests'), ask('/deliveries')]);
    const now = JSON.stringify([state, messages, requests.length, deliveries.length]);
    if (now === drawn) return;
    drawn = now;
    at('state').textContent = 'Messages go to ' + (state.callback ?? 'the addresses of their senders') + '.';
    const to = at('customer').to;
    if (to.options.length !== state.senders.length) to.replaceChildren(...state.senders.map((sender) => make('option', sender)));
    at('active').textContent = state.faults.length > 0 ? state.faults.map((fault) => JSON.stringify(fault)).join('\\n') : 'None.';
    at('messages').replaceChildren(...(messages.length > 0 ? messages.slice(-50).reverse().map(message) : [make('li', 'None yet.')]));
    at('requests').replaceChildren(...requests.slice(-50).reverse().map((one) => row(time(one.at), one.method + ' ' + one.path, one.status, one.verdict)));
    at('deliveries').replaceChildren(...deliveries.slice(-50).reverse().map((one) => row(time(one.at), one.url, one.attempt, one.status ?? one.failed ?? '…')));
  } catch {
    at('state').textContent = 'The emulator does not answer.';
    drawn = '';
  }
}
setInterval(show, 1500);
show();
`;
