/* What all of the script stands on, in `ui`; each file adds what others call. All listeners are on the document, so swapped content needs no wiring. */
(() => {
  const doc = document, root = doc.documentElement;
  root.classList.add('js');
  const $ = (selector, from = doc) => from.querySelector(selector);
  const all = (selector, from = doc) => [...from.querySelectorAll(selector)];
  const on = (name, handler, options) => doc.addEventListener(name, handler, options);
  const closest = (event, selector) => event.target.closest?.(selector);
  const page = () => $('#page');
  const texts = () => JSON.parse(page()?.dataset.texts ?? '{}');
  const counted = (forms, n) => (forms[new Intl.PluralRules(root.lang).select(n)] ?? forms.other).replace('#', n);
  const store = {
    get(key) { try { return sessionStorage.getItem(key) ?? ''; } catch { return ''; } },
    set(key, value) { try { if (value) sessionStorage.setItem(key, value); else sessionStorage.removeItem(key); } catch { /* private mode: nothing is kept */ } },
  };
  const typing = (element) => element?.matches?.('input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable]');

  /* Toasts: 5 s, longer under the pointer or focus */
  let toastTimer;
  const hideToast = (toast) => {
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => {
      if (toast.matches(':hover, :focus-within')) hideToast(toast);
      else if (toast.id === 'toast') toast.hidden = true;
      else toast.remove();
    }, 5_000);
  };
  const say = (text) => {
    const toast = $('#toast');
    toast.textContent = text;
    toast.hidden = false;
    hideToast(toast);
  };

  window.ui = { doc, root, $, all, on, closest, page, texts, counted, store, typing, hideToast, say };
})();
