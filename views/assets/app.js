/* What is clicked, and the first look at a page. */
(() => {
  const { doc, root, $, all, on, closest, texts, say, showDetails, told, dialog, leaving, openDialog, toFault, log, toEnd, tellShown, restoreDraft, mark, flush, refresh, connect, online, keysOff } = ui;

  on('click', async (event) => {
    const show = closest(event, '[data-show]'), copy = closest(event, '[data-copy], [data-copy-from]');
    if (show) {
      const input = doc.getElementById(show.getAttribute('aria-controls')), hidden = input.type === 'password';
      input.type = hidden ? 'text' : 'password';
      show.textContent = hidden ? texts().hide : texts().show;
    }
    if (copy) {
      const label = $('span', copy) ?? copy, was = label.dataset.was ??= label.textContent;
      try { await navigator.clipboard.writeText(copy.dataset.copy ?? doc.getElementById(copy.dataset.copyFrom).textContent); } catch { return; }
      label.textContent = texts().copied;
      say(texts().copied);
      setTimeout(() => { label.textContent = was; }, 2_000);
    }
    const toggle = closest(event, 'button[role=switch]:not([disabled])');
    if (toggle?.form) { toggle.dataset.was = toggle.getAttribute('aria-checked'); toggle.setAttribute('aria-checked', toggle.dataset.was === 'true' ? 'false' : 'true'); }
    const theme = closest(event, '[data-theme-form] button');
    if (theme?.value === 'auto') delete root.dataset.theme; else if (theme) root.dataset.theme = theme.value;
    if (closest(event, '#fresh')) { toEnd(); log().focus(); }
    if (closest(event, '#moved')) { $('#rows [data-open]')?.focus(); refresh(); }
    if (closest(event, '[data-print]')) print();
    if (closest(event, '[data-keys]')) $('#keys').showModal();
    if (closest(event, '.menu a, .menu button') ) closest(event, '.menu')?.hidePopover?.();
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    const link = closest(event, 'a[data-dialog], a[data-close], a[data-details]');
    if (!link) return;
    if (link.matches('[data-details]')) { event.preventDefault(); showDetails(!('details' in $('#main').dataset)); return; }
    // A dialog that is the page itself leads on as a page: a second one would stand before it.
    if (link.matches('[data-dialog]') && !link.closest('[data-dialog-box]')) { event.preventDefault(); void openDialog(link.href); return; }
    if (dialog().open) { event.preventDefault(); if (!leaving()) history.back(); }
  });

  /* Popovers stand under their button where the browser cannot anchor them itself */
  const anchors = CSS.supports('position-area', 'end');
  on('toggle', (event) => {
    if (anchors || event.newState !== 'open' || !event.target.popover) return;
    const button = $(`[popovertarget="${event.target.id}"]`)?.getBoundingClientRect(), menu = event.target;
    if (!button) return;
    menu.style.position = 'fixed';
    menu.style.left = `${Math.max(8, Math.min(button.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${button.bottom + menu.offsetHeight + 8 > innerHeight ? Math.max(8, button.top - menu.offsetHeight - 4) : button.bottom + 4}px`;
  }, true);

  /* First look */
  const start = () => {
    const off = $('#keys-off');
    if (off) off.checked = keysOff();
    const zone = $('[data-time-zone]'), here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && ![...zone.options].some((option) => option.defaultSelected) && [...zone.options].some((option) => option.value === here)) zone.value = here;
    restoreDraft();
    for (const key of Object.keys(sessionStorage)) if (key.startsWith('draft:')) mark(key.slice(6));
    const line = $('#new-line');
    toEnd();
    if (line && log()) log().scrollTop = Math.max(0, line.offsetTop - log().clientHeight / 2);
    told();
    // Of tabs that do not all fit, the one that is open is in sight.
    for (const tab of all('.tabs > [aria-current], .settings > nav [aria-current]')) tab.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    if (location.hash.startsWith('#f-')) { const field = doc.getElementById(location.hash.slice(1)); if (field) { const kept = field.closest('details'); if (kept) kept.open = true; field.focus(); } } 
    else toFault(doc);
    connect();
    flush();
    online();
    tellShown();
  };
  if (doc.readyState === 'loading') on('DOMContentLoaded', start); else start();
})();
