/** Stands in for Meta's script on the page that signs in: the same three functions, a popup on the emulator's own origin. */
(() => {
  const origin = 'EMULATOR_ORIGIN';
  let options;
  window.FB = {
    init(given) {
      if (!given || !given.appId || !given.version) throw new Error('init: appId and version are required');
      options = given;
    },
    getLoginStatus(done) {
      done({ status: 'unknown', authResponse: null });
    },
    login(done, given) {
      if (!options) throw new Error('FB.login() called before FB.init()');
      if (!given || !given.config_id || given.response_type !== 'code' || given.override_default_response_type !== true) throw new Error('FB.login() needs config_id and response_type code');
      const query = new URLSearchParams({ client_id: options.appId, config_id: given.config_id, feature: (given.extras && given.extras.featureType) || '', opener: window.location.origin });
      const popup = window.open(`${origin}/sign-up?${query}`, 'emulated-sign-up', 'width=560,height=720');
      if (!popup) return done({ status: 'unknown', authResponse: null });
      let over = false;
      const finish = (code) => {
        if (over) return;
        over = true;
        window.removeEventListener('message', hear);
        clearInterval(watch);
        done(code ? { status: 'connected', authResponse: { code } } : { status: 'unknown', authResponse: null });
      };
      const hear = (event) => {
        if (event.origin === origin && event.source === popup && event.data && event.data.emulatedLogin) finish(event.data.emulatedLogin.code);
      };
      window.addEventListener('message', hear);
      const watch = setInterval(() => popup.closed && setTimeout(finish, 500), 500);
      return undefined;
    },
  };
  if (typeof window.fbAsyncInit === 'function') window.fbAsyncInit();
})();
