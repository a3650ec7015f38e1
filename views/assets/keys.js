/* Keys, for those who want them. */
(() => {
  const { doc, $, all, on, typing, showDetails } = ui;

  let chord = 0;
  const keysOff = () => { try { return localStorage.getItem('keys') === 'off'; } catch { return false; } };
  on('change', ({ target }) => { if (target.id === 'keys-off') { try { localStorage.setItem('keys', target.checked ? 'off' : 'on'); } catch { /* only for this page, then */ } } });
  const move = (step) => {
    const links = all('[data-open], .view-chat'), at = links.findIndex((link) => link === doc.activeElement || (doc.activeElement === doc.body && link.matches('[aria-current]')));
    links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
  };
  on('keydown', (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    const { key, target } = event, plain = !event.metaKey && !event.ctrlKey && !event.altKey;
    if (target.id === 'draft' && key === 'Enter' && !event.shiftKey && !event.altKey && (!plain || !matchMedia('(pointer: coarse)').matches)) { event.preventDefault(); target.form.requestSubmit(); return; }
    if (key === 'Escape') {
      if (target.id === 'draft') $('#log').focus();
      else if (target.id === 'search') { const search = target.closest('details'); search.open = false; $('summary', search).focus(); }
      else showDetails(false);
      return;
    }
    const menu = $('.menu:popover-open'), step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (menu && step && !typing(target)) {
      const items = all('a[href], button:not(:disabled), summary, input', menu).filter((item) => item.checkVisibility()), at = items.indexOf(target);
      items.at(at < 0 && step < 0 ? -1 : (at + step) % items.length)?.focus();
      event.preventDefault();
      return;
    }
    if (key === 'Tab' && target.matches('textarea.code') && plain && !event.shiftKey && target.selectionStart !== target.selectionEnd) { event.preventDefault(); target.setRangeText('  ', target.selectionStart, target.selectionEnd, 'end'); return; }
    if (!plain || typing(target) || keysOff() || doc.querySelector('dialog[open]')) return;
    if (chord && Date.now() - chord < 1_500) {
      chord = 0;
      const to = { i: 'inbox', w: 'whatsapp', a: 'alerts', s: 'settings' }[key];
      if (to) { $(`[data-go="${to}"]`)?.click(); event.preventDefault(); }
      return;
    }
    if (key === 'g') chord = Date.now();
    else if (key === 'j') move(1);
    else if (key === 'k') move(-1);
    else if (key === 'r' && $('#draft')) { $('#draft').focus(); event.preventDefault(); }
    else if (key === 'e') $('[data-key="e"]')?.click();
    else if (key === '/') { const search = $('details.search'); if (search) { search.open = true; $('#search').focus(); event.preventDefault(); } }
    else if (key === '?') $('#keys')?.showModal();
  });

  Object.assign(ui, { keysOff });
})();
