/* What has the focus keeps it. Where it goes with what was swapped, the nearest thing that is left takes it, so that nobody begins at the top again. */
(() => {
  const { doc, $, all, on } = ui;

  let held = [];
  const lost = (element) => !element?.isConnected || element === doc.body || element.disabled || !element.checkVisibility();
  on('htmx:before:swap', () => {
    held = [];
    for (let element = doc.activeElement; element && element !== doc.body; element = element.parentElement) held.push(element);
  });
  const keepFocus = () => {
    if (!held.length || !lost(doc.activeElement)) return;
    const near = held.slice(1).find((element) => element.isConnected && element.checkVisibility()), inside = near?.closest('#main') && near.id !== 'main';
    (inside && all('a[href], button, input:not([type=hidden]), select, textarea', near).find((element) => !lost(element)) || $('#main'))?.focus();
    held = [];
  };

  Object.assign(ui, { keepFocus });
})();
