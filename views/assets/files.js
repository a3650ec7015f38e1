/* Files on their way into a form: chosen, pasted or dropped; asked for, brought, shown and taken away. It stands before the composer: a form with a file that is not ready goes no further. */
(() => {
  const { doc, $, on } = ui;
  const trayOf = (form) => form && $('[data-files]', form);
  const partial = { accept: 'text/html', 'hx-request': 'true', 'hx-request-type': 'partial' };
  const chipsOf = (html) => { const box = doc.createElement('template'); box.innerHTML = html; return [...box.content.querySelectorAll('li')]; };
  const says = (tray, text) => {
    let line = $('.files-say', tray.parentElement);
    if (!text) return line?.remove();
    if (!line) { line = doc.createElement('p'); line.className = 'error files-say'; line.setAttribute('role', 'alert'); tray.after(line); }
    line.textContent = text;
  };
  /* How they look is asked for with the first of them */
  const dress = (href) => { if (!href || $(`link[href="${href}"]`)) return; const link = doc.createElement('link'); link.rel = 'stylesheet'; link.href = href; doc.head.append(link); };
  const changed = (tray) => {
    says(tray);
    if (tray.closest('dialog')) tray.closest('dialog').dataset.changed = '1';
    if (!tray.dataset.keep) return;
    const ids = [...tray.querySelectorAll('[name=file]')].map((input) => input.value), key = `files:${tray.dataset.keep}`;
    try { if (ids.length) sessionStorage.setItem(key, ids.join()); else sessionStorage.removeItem(key); } catch { /* private mode: nothing is kept */ }
  };

  const bring = (tray, chip, query) => {
    const request = chip.request = new XMLHttpRequest(), bar = $('progress', chip), lost = $('[role=alert]', chip);
    const drop = () => { bar.hidden = true; lost.hidden = false; chip.dataset.state = 'lost'; };
    bar.hidden = false;
    lost.hidden = true;
    chip.dataset.state = 'coming';
    request.open('POST', `${tray.dataset.files}?${query}`);
    for (const [name, value] of Object.entries({ ...partial, 'content-type': 'application/octet-stream', 'x-csrf-token': $('#page').dataset.csrf })) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', ({ loaded, total }) => { bar.value = total ? loaded / total : 0; });
    request.addEventListener('error', drop);
    request.addEventListener('load', () => {
      if (request.status !== 201 && request.status !== 422) return drop();
      const [come] = chipsOf(request.responseText);
      come.file = chip.file;
      chip.replaceWith(come);
      changed(tray);
    });
    request.send(chip.file);
  };
  const add = async (tray, file) => {
    const query = new URLSearchParams({ name: file.name.slice(-255) });
    if (tray.dataset.header) query.set('header', tray.dataset.header);
    const answer = await fetch(`${tray.dataset.files}?${query}&${new URLSearchParams({ type: file.type.slice(0, 255), bytes: file.size })}`, { headers: partial }).catch(() => undefined);
    if (answer?.status !== 200 && answer?.status !== 422) return says(tray, navigator.onLine ? JSON.parse($('#page').dataset.texts).failed : $('#offline').textContent);
    const [chip] = chipsOf(await answer.text());
    Object.assign(chip, { file, query });
    tray.append(chip);
    if (answer.status === 200) bring(tray, chip, query);
    changed(tray);
  };
  const attach = async (tray, list) => {
    dress(tray.dataset.style);
    const most = +tray.dataset.most;
    if (most === 1) for (const chip of tray.children) chip.request?.abort();
    if (most === 1) tray.replaceChildren();
    const room = most - tray.children.length;
    for (const file of [...list].slice(0, room)) await add(tray, file);
    if (list.length > room) says(tray, tray.dataset.many);
  };

  on('change', ({ target }) => {
    if (!target.matches?.('[data-attach]') || !target.files.length) return;
    const list = [...target.files];
    target.value = '';
    void attach(trayOf(target.form), list);
  });
  on('paste', (event) => {
    const list = event.clipboardData?.files, tray = trayOf(event.target.closest?.('form'));
    // What was copied from a table or a page is there as a picture, too; its text is what was meant.
    if (!tray || !list?.length || event.clipboardData.types.includes('text/plain')) return;
    event.preventDefault();
    void attach(tray, list);
  });
  const zoneOf = (event) => { const zone = event.target.closest?.('#thread, dialog form, form.sheet'); return zone && trayOf(zone) ? zone : undefined; };
  const over = (zone) => { for (const old of doc.querySelectorAll('.dropping')) if (old !== zone) old.classList.remove('dropping'); zone?.classList.add('dropping'); };
  for (const name of ['dragover', 'drop']) on(name, (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    // A file that falls beside would take the place of the page.
    event.preventDefault();
    const zone = zoneOf(event);
    event.dataTransfer.dropEffect = zone ? 'copy' : 'none';
    if (zone) dress(trayOf(zone).dataset.style);
    over(name === 'drop' ? undefined : zone);
    if (name === 'drop' && zone) void attach(trayOf(zone), [...event.dataTransfer.files]);
  });
  on('dragleave', (event) => { if (!event.relatedTarget) over(); });

  on('click', ({ target }) => {
    const chip = target.closest?.('[data-files] > li'), tray = chip?.parentElement;
    if (!chip) return;
    if (target.closest('[data-unfile]')) {
      const next = chip.nextElementSibling ?? chip.previousElementSibling;
      chip.request?.abort();
      chip.remove();
      changed(tray);
      ($('[data-unfile]', next ?? doc.createElement('p')) ?? $('[data-attach]', tray.closest('form')))?.focus();
    }
    if (target.closest('[data-refile]')) bring(tray, chip, chip.query);
  });
  on('submit', (event) => {
    const tray = event.submitter?.name === 'state' ? undefined : trayOf(event.target);
    if (!tray) return;
    const waits = $('[data-state=coming]', tray), wrong = $('[data-state=refused], [data-state=lost]', tray);
    if (!waits && !wrong) return says(tray);
    event.preventDefault();
    event.stopImmediatePropagation();
    says(tray, waits ? tray.dataset.wait : tray.dataset.mend);
    $('[data-unfile]', waits ?? wrong).focus();
  }, true);

  /* What was attached and not sent is there again, as what was written is */
  const restore = async () => {
    const tray = $('[data-files][data-keep]');
    if (!tray || tray.dataset.restored) return;
    tray.dataset.restored = '1';
    let ids = '';
    try { ids = sessionStorage.getItem(`files:${tray.dataset.keep}`) ?? ''; } catch { return; }
    if (!ids || tray.children.length) return;
    const answer = await fetch(`${tray.dataset.files}/kept?${new URLSearchParams({ ids })}`, { headers: partial }).catch(() => undefined);
    if (answer?.ok && !tray.children.length) { dress(tray.dataset.style); tray.append(...chipsOf(await answer.text())); changed(tray); }
  };
  on('htmx:after:swap', () => void restore());
  on('files:again', () => void restore());
  if (doc.readyState === 'loading') on('DOMContentLoaded', restore); else void restore();
})();
