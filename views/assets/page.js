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

  /* What is read aloud, joined when much comes. The places for it are there from the start, and empty: what appears together with its words is read by some readers only. An open dialog has its own, for all around it is silent */
  let spoken = [], speaking;
  const aloud = (...lines) => {
    const words = lines.map((line) => line?.trim()).filter(Boolean);
    if (!words.length) return;
    spoken.push(...words);
    clearTimeout(speaking);
    speaking = setTimeout(() => {
      const place = $('dialog[open] > .aloud') ?? $('body > .aloud');
      place.innerText = spoken.join('\n');
      spoken = [];
      speaking = setTimeout(() => { place.textContent = ''; }, 10_000);
    }, 150);
  };

  /* Toasts: 5 s, longer under the pointer; over dialogs, too */
  let toastTimer;
  const hideToast = () => {
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => { if ($('#toast').matches(':hover')) hideToast(); else $('#toast').hidePopover(); }, 5_000);
  };
  const say = (text) => {
    const toast = $('#toast');
    toast.textContent = text;
    toast.hidePopover();
    toast.showPopover();
    aloud(text);
    hideToast();
  };

  window.ui = { doc, root, $, all, on, closest, page, texts, counted, store, typing, aloud, say };
})();
