/** How a sign-in may end: with a code, an event to the page that opened it, both in either order, or neither. */
const asked = new URLSearchParams(location.search);
const { accounts, numbers, appId, configId } = await (await fetch('/emulator/state')).json();
const [account] = accounts;
const number = numbers.find(({ waba }) => waba === account)?.id;
const problem = document.getElementById('problem');
if (asked.get('client_id') !== appId) problem.textContent = 'There is no app with this ID.';
else if (asked.get('config_id') !== configId) problem.textContent = 'There is no such login configuration.';

const redirectUri = asked.get('redirect_uri') ?? undefined;
const openerOrigin = asked.get('opener') ?? '*';
const post = (message) => window.opener?.postMessage(message, openerOrigin);
const session = (event, data, { asObject = false } = {}) => post(asObject ? { type: 'WA_EMBEDDED_SIGNUP', event, data } : JSON.stringify({ type: 'WA_EMBEDDED_SIGNUP', event, data }));
const codeFor = async (granted) => {
  const answer = await fetch('/emulator/sign-in', { method: 'POST', body: JSON.stringify({ ...granted, ...(redirectUri !== undefined && { redirectUri }) }) });
  return (await answer.json()).code;
};
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const ids = { waba_id: account, phone_number_id: number, business_id: '272000000000001' };

/** Without Meta's script the browser is sent back with the code; with it the opener hears of it. */
async function end(code) {
  if (redirectUri !== undefined) {
    const back = new URL(redirectUri);
    const state = asked.get('state');
    if (state !== null) back.searchParams.set('state', state);
    if (code) back.searchParams.set('code', code);
    else back.searchParams.set('error', 'access_denied');
    location.href = back.href;
    return;
  }
  post({ emulatedLogin: { code } });
  await wait(100);
  window.close();
}

const steps = ['BUSINESS_ACCOUNT_SELECTION', 'WABA_PHONE_PROFILE_PICKER', 'WHATSAPP_BUSINESS_PROFILE_SETUP', 'PHONE_NUMBER_SETUP', 'PHONE_NUMBER_VERIFICATION', 'PERMISSIONS'];
const endings = {
  Finish: async () => {
    session('FINISH', ids);
    await end(await codeFor({ accounts: [account] }));
  },
  'Finish, the event after the code': async () => {
    const code = await codeFor({ accounts: [account] });
    post({ emulatedLogin: { code } });
    await wait(1000);
    session('FINISH', ids);
    await end(code);
  },
  'Finish, the event twice, as an object, among noise': async () => {
    post('not json');
    post(JSON.stringify({ type: 'something else' }));
    session('FINISH', ids, { asObject: true });
    session('FINISH', ids);
    await end(await codeFor({ accounts: [account] }));
  },
  'Finish without an event': async () => await end(await codeFor({ accounts: [account] })),
  'Finish with an account only': async () => {
    session('FINISH_ONLY_WABA', { waba_id: account });
    await end(await codeFor({ accounts: [account] }));
  },
  'Finish with several accounts': async () => {
    session('FINISH', { ...ids, waba_ids: accounts });
    await end(await codeFor({ accounts }));
  },
  'Finish with a number that stays in the app': async () => {
    session('FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING', { waba_id: account });
    await end(await codeFor({ accounts: [account] }));
  },
  'Finish with ids that are not the token’s': async () => {
    session('FINISH', { ...ids, waba_id: '999000000000009' });
    await end(await codeFor({ accounts: [account] }));
  },
  'Finish with a code that is too old': async () => {
    session('FINISH', ids);
    await end(await codeFor({ accounts: [account], at: Date.now() - 60_000 }));
  },
  'Report an error (as CANCEL)': async () => {
    session('CANCEL', { error_message: 'Something went wrong inside', error_code: '524126', session_id: 'f34b51dab5e0498', timestamp: '1767225600' });
    await end();
  },
  'Report an error (as ERROR)': async () => {
    session('ERROR', { error_message: 'Something went wrong inside', error_id: '524126', session_id: 'f34b51dab5e0498' });
    await end();
  },
  'An event of the future': async () => {
    session('FINISH_IN_ANOTHER_WAY', ids);
    await end(await codeFor({ accounts: [account] }));
  },
  ...Object.fromEntries(steps.map((step) => [`Cancel at ${step}`, async () => {
    session('CANCEL', { current_step: step });
    await end();
  }])),
};

for (const [name, run] of Object.entries(endings)) {
  const button = document.createElement('button');
  button.textContent = name;
  button.disabled = problem.textContent !== '';
  button.addEventListener('click', () => void run().catch((error) => (problem.textContent = `It failed: ${error.message}`)));
  const line = document.createElement('p');
  line.append(button);
  document.getElementById('endings').append(line);
}
