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
    const near = held.slice(1).find((element) => element.isConnected && element.checkVisibility()), place = near?.closest('#main, dialog[open]');
    const first = (within) => all('a[href], button, input:not([type=hidden]), select, textarea', within).find((element) => !lost(element));
    const nearest = !place || near.id === 'main' ? [] : place.id === 'main' ? [near] : [near, place];
    (nearest.map(first).find(Boolean) ?? $('#main'))?.focus();
    held = [];
  };

  Object.assign(ui, { keepFocus });
})();
