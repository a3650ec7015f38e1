/* Dialogs are pages; here they open over the page they were asked from, and Back closes them. */
(() => {
  const { doc, $, on, texts } = ui;

  const dialog = () => $('#dialog'), sheet = () => $('#sheet');
  const leaving = () => dialog().dataset.changed && !confirm(texts().leave);
  const openDialog = async (href) => {
    const box = dialog(), inside = box.open;
    if (inside && leaving()) return;
    const answer = await fetch(href, { headers: { accept: 'text/html' } }).catch(() => undefined);
    const found = answer && $('[data-dialog-box]', new DOMParser().parseFromString(await answer.text(), 'text/html'));
    if (!found) return location.assign(href);
    if (!inside) box.opener = doc.activeElement;
    sheet().replaceChildren(...found.childNodes);
    delete box.dataset.changed;
    history[inside ? 'replaceState' : 'pushState']({ dialog: true, htmx: true }, '', href);
    if (!inside) box.showModal();
    htmx.process(box);
    ui.plug();
    ($('[autofocus]', box) ?? $('input:not([type=hidden], :disabled)', box))?.focus();
  };
  const closeDialog = () => {
    const box = dialog();
    if (!box?.open) return false;
    box.close();
    sheet().replaceChildren();
    delete box.dataset.changed;
    box.opener?.focus?.();
    return true;
  };
  on('htmx:before:history:restore', (event) => { if (closeDialog()) event.preventDefault(); });
  on('cancel', (event) => {
    if (event.target !== dialog()) return;
    event.preventDefault();
    if (!leaving()) history.back();
  }, true);
  on('input', (event) => { if (dialog()?.contains(event.target)) dialog().dataset.changed = '1'; });

  Object.assign(ui, { dialog, sheet, leaving, openDialog, closeDialog });
})();
