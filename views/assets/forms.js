/* Forms answer with a page: it is morphed in, or followed where it went. */
(() => {
  const { doc, $, all, on, texts, say, aloud, dialog, sheet, closeDialog } = ui;

  on('htmx:before:swap', (event) => {
    const { ctx } = event.detail, status = ctx.response?.status;
    if (status >= 500) return event.preventDefault();
    ui.remember();
    if (ctx.select !== '#app' && ctx.select !== '#thread') return;
    const box = dialog(), boxed = ctx.text.includes('data-dialog-box');
    if (!ctx.text.includes('id="app"') || (ctx.select === '#thread' && !ctx.text.includes('id="thread"'))) {
      event.preventDefault();
      return location.assign(ctx.response.raw.url);
    }
    if (box.open && boxed) {
      for (const task of event.detail.tasks) {
        const found = $('[data-dialog-box]', task.fragment);
        if (found) { task.target = sheet(); task.swapSpec = { style: 'innerMorph', show: 'none' }; const inner = doc.createDocumentFragment(); inner.append(...found.childNodes); task.fragment = inner; }
      }
      ctx.replace = ctx.push = undefined;
      ctx.focusError = true;
    } else if (box.open && status < 400) closeDialog();
  });
  /* What was refused is read first: the banner, where there is one, stands above the field */
  const toFault = (box) => {
    const group = $('[data-refusal], [aria-invalid=true]', box), fault = $('[data-refusal]', box) ?? (group?.matches('fieldset') ? $('input:not(:disabled)', group) : group);
    if (fault) fault.focus();
    // What belongs to no field has nothing to focus: it is brought into sight and read.
    else { const says = $('.error:not([hidden])', box); says?.scrollIntoView({ block: 'nearest' }); aloud(says?.textContent); }
    // What stands hidden in it would only be typed on to.
    if (fault?.type === 'password') fault.select();
  };
  on('htmx:after:swap', (event) => {
    const { ctx } = event.detail;
    ui.settle();
    if (ctx.select === '#thread') {
      const main = $('#main');
      main.dataset.view = 'thread';
      main.classList.remove('no-details');
      all('[data-open]').forEach((link) => (link.pathname === location.pathname ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current')));
      $(`#c-${CSS.escape(location.pathname.split('/').pop())}`)?.removeAttribute('data-unread');
      ui.toEnd();
      // On a small screen the list it was opened from is gone.
      if (!doc.activeElement.checkVisibility()) ui.log()?.focus();
    }
    ui.keepFocus();
    if (ctx.focusError || ctx.response?.status >= 400) toFault(dialog().open ? dialog() : doc);
  });
  on('htmx:response:error', (event) => { if (event.detail.ctx.response.status >= 500) { undoSwitches(); say(texts().failed); } });
  on('htmx:error', (event) => { if (event.detail.ctx) { undoSwitches(); say(navigator.onLine ? texts().slow : $('#offline').textContent); } });

  /* Switches show the new state at once and return when refused */
  const undoSwitches = () => all('[data-was]').forEach((s) => { s.setAttribute('aria-checked', s.dataset.was); delete s.dataset.was; });

  /* The cord of a form plugs in as the agent is chosen */
  const plug = () => {
    const preview = $('#cord-preview .cord'), select = $('[data-plug]');
    if (!preview || !select) return;
    const active = $('[data-plug-active]')?.checked, name = select.value ? select.selectedOptions[0].text.split(' · ')[0] : select.dataset.plug;
    preview.dataset.cord = select.value && active ? 'on' : 'off';
    $('.plug bdi', preview).textContent = name;
    const use = $('.plug use', preview);
    use.setAttribute('href', use.getAttribute('href').replace(/#.*/, select.value ? '#agent' : '#unplug'));
  };
  on('change', (event) => {
    if (event.target.matches('[data-plug], [data-plug-active]')) plug();
    if (event.target.matches('[data-submit]')) event.target.form.requestSubmit();
  });

  Object.assign(ui, { toFault, plug });
})();
