/* Signing in with Meta in its own window. Its script is loaded when somebody asks for it, and what it brings is only a hint for the server. */
(() => {
  const form = document.querySelector('#sign-in');
  if (!form) return;
  const { appId, configId, version, sdkUrl, messageOrigins } = JSON.parse(form.dataset.page);
  const texts = JSON.parse(form.dataset.texts);
  const load = form.querySelector('[data-load]'), login = form.querySelector('[data-login]'), says = form.querySelector('[data-say]');
  const trusted = new Set(messageOrigins.split(' '));
  const say = (text) => { says.textContent = text; };
  let code, session, waiting, sent = false;

  /* The code lives half a minute: once it is here, the ids that may follow it are waited for a moment only. */
  const send = () => {
    if (sent) return;
    sent = true;
    clearTimeout(waiting);
    say(texts.finishing);
    form.elements.input.value = JSON.stringify({ ...(code && { code }), ...(session && { session }) });
    form.submit();
  };
  const arrived = () => {
    if (!code) return;
    if (session) send();
    else waiting ??= setTimeout(send, 3000);
  };

  window.addEventListener('message', ({ origin, data }) => {
    if (!trusted.has(origin)) return;
    let told = data;
    try { if (typeof data === 'string') told = JSON.parse(data); } catch { return; }
    if (told?.type !== 'WA_EMBEDDED_SIGNUP') return;
    session = typeof data === 'string' ? data : JSON.stringify(data);
    arrived();
  });

  load.addEventListener('click', () => {
    load.disabled = true;
    say(texts.loading);
    const late = setTimeout(() => { say(texts.blocked); load.disabled = false; }, 10000);
    window.fbAsyncInit = () => {
      clearTimeout(late);
      window.FB.init({ appId, version, xfbml: false, autoLogAppEvents: false });
      load.hidden = true;
      login.hidden = false;
      login.focus();
      say(texts.ready);
    };
    const script = document.createElement('script');
    Object.assign(script, { src: sdkUrl, async: true, crossOrigin: 'anonymous' });
    script.addEventListener('error', () => { clearTimeout(late); say(texts.blocked); load.disabled = false; script.remove(); });
    document.head.append(script);
  });

  /* Directly in the click: anything awaited before it, and the browser blocks the window. */
  login.addEventListener('click', () => {
    if (sent) return;
    code = session = undefined;
    say(texts.open);
    window.FB.login((answer) => {
      code = answer?.authResponse?.code;
      if (code) arrived();
      else if (session) send();
      else say(texts.cancelled);
    }, { config_id: configId, response_type: 'code', override_default_response_type: true, extras: { setup: {} } });
  });
})();
