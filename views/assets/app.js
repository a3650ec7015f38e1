/* One script for every page: all listeners are on the document, so swapped content needs no wiring. */
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

  /* Dialogs are pages; here they open over the page they were asked from, and Back closes them */
  const dialog = () => $('#dialog');
  const leaving = () => dialog().dataset.changed && !confirm(texts().leave);
  const openDialog = async (href) => {
    const box = dialog(), inside = box.open;
    if (inside && leaving()) return;
    const answer = await fetch(href, { headers: { accept: 'text/html' } }).catch(() => undefined);
    const found = answer && $('[data-dialog-box]', new DOMParser().parseFromString(await answer.text(), 'text/html'));
    if (!found) return location.assign(href);
    if (!inside) box.opener = doc.activeElement;
    box.replaceChildren(...found.childNodes);
    delete box.dataset.changed;
    history[inside ? 'replaceState' : 'pushState']({ dialog: true, htmx: true }, '', href);
    if (!inside) box.showModal();
    htmx.process(box);
    plug();
    ($('[autofocus]', box) ?? $('input:not([type=hidden])', box))?.focus();
  };
  const closeDialog = () => {
    const box = dialog();
    if (!box?.open) return false;
    box.close();
    box.replaceChildren();
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

  /* Forms answer with a page: morph it in, or follow where it went */
  on('htmx:before:swap', (event) => {
    const { ctx } = event.detail, status = ctx.response?.status;
    if (status >= 500) return event.preventDefault();
    remember();
    if (ctx.select !== '#app' && ctx.select !== '#thread') return;
    const box = dialog(), boxed = ctx.text.includes('data-dialog-box');
    if (!ctx.text.includes('id="app"') || (ctx.select === '#thread' && !ctx.text.includes('id="thread"'))) {
      event.preventDefault();
      return location.assign(ctx.response.raw.url);
    }
    if (box.open && boxed) {
      for (const task of event.detail.tasks) {
        const found = $('[data-dialog-box]', task.fragment);
        if (found) { task.target = box; task.swapSpec = { style: 'innerMorph', show: 'none' }; const inner = doc.createDocumentFragment(); inner.append(...found.childNodes); task.fragment = inner; }
      }
      ctx.replace = ctx.push = undefined;
      ctx.focusError = true;
    } else if (box.open && status < 400) closeDialog();
  });
  /* What was refused is read first: the banner, where there is one, stands above the field */
  const toFault = (box) => ($('[data-refusal]', box) ?? $('[aria-invalid=true]', box))?.focus();
  on('htmx:after:swap', (event) => {
    const { ctx } = event.detail;
    settle();
    if (ctx.select === '#thread') {
      const main = $('#main');
      main.dataset.view = 'thread';
      main.classList.remove('no-details');
      all('[data-open]').forEach((link) => (link.pathname === location.pathname ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current')));
      $(`#c-${CSS.escape(location.pathname.split('/').pop())}`)?.removeAttribute('data-unread');
      toEnd();
    }
    if (ctx.focusError || ctx.response?.status === 422) toFault(dialog().open ? dialog() : doc);
  });
  on('htmx:response:error', (event) => { if (event.detail.ctx.response.status >= 500) { undoSwitches(); say(texts().failed); } });
  on('htmx:error', (event) => { if (event.detail.ctx) { undoSwitches(); say(navigator.onLine ? texts().slow : $('#offline').textContent); } });

  /* Switches show the new state at once and return when refused */
  const undoSwitches = () => all('[data-was]').forEach((s) => { s.setAttribute('aria-checked', s.dataset.was); delete s.dataset.was; });

  /* The thread: stay at the bottom only when already there */
  let bottom = true, height = 0, top = 0;
  const log = () => $('#log');
  const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const toEnd = () => { for (const box of [log(), $('#phone-log')]) if (box) box.scrollTop = box.scrollHeight; pill(0); };
  const remember = () => {
    const box = log();
    if (box) { bottom = atEnd(box); height = box.scrollHeight; top = box.scrollTop; }
    seen = lastSeq();
    phoneEnd = $('#phone-log') && atEnd($('#phone-log'));
  };
  let seen = 0, fresh = 0, phoneEnd = true;
  const lastSeq = () => Math.max(0, ...all('#items > [data-seq]').map((item) => +item.dataset.seq));
  const pill = (n) => {
    fresh = n;
    const button = $('#fresh');
    if (!button) return;
    button.hidden = !n;
    if (n) $('span', button).textContent = counted(texts().fresh, n);
  };
  const settle = () => {
    const ids = new Set();
    for (const item of all('#items > li')) {
      const { key } = item.dataset;
      if ((item.id && ids.has(item.id)) || (item.classList.contains('waiting') && key && $(`#items > li[data-key="${CSS.escape(key)}"]:not(.waiting)`))) item.remove();
      else ids.add(item.id);
    }
    let day = '';
    for (const rule of all('#items > .rule:not([data-new])')) { if (rule.textContent === day) rule.remove(); else day = rule.textContent; }
    if (lastSeq() > seen) $('#no-items')?.remove();
    if (all('#items > li.in').some((item) => +item.dataset.seq > seen)) $('#thread').dataset.unread = '';
    const box = log();
    if (box) {
      const first = $('#older');
      if (bottom) box.scrollTop = box.scrollHeight;
      else if (first?.dataset.grew) box.scrollTop = top + box.scrollHeight - height;
      else if (lastSeq() > seen) pill(fresh + all('#items > li.in').filter((item) => +item.dataset.seq > seen).length);
      if (first) delete first.dataset.grew;
    }
    if (phoneEnd && $('#phone-log')) $('#phone-log').scrollTop = $('#phone-log').scrollHeight;
    restoreDraft();
    plug();
    place();
    tellShown();
    const notice = $('#notice');
    if (notice) hideToast(notice);
  };
  on('htmx:before:swap', (event) => { if (event.detail.ctx.target?.id === 'older') { $('#older').dataset.grew = '1'; bottom = false; } });
  on('htmx:after:settle', (event) => { if (event.target.id === 'older' || event.detail?.task?.target?.id === 'older') { const o = $('#older'); if (o) o.dataset.grew = '1'; } });
  /* What stands on a screen is read; what a phone shows has arrived */
  let shownLast = '';
  const quietly = (url, body) => fetch(url, { method: 'POST', headers: { 'hx-request-type': 'partial' }, body: new URLSearchParams({ _csrf: page().dataset.csrf, ...body }) }).catch(() => {});
  const tellShown = () => {
    if (doc.hidden) return;
    const thread = $('#thread'), composer = $('#composer'), phone = $('#phone-form');
    if (thread && composer && 'unread' in thread.dataset) { delete thread.dataset.unread; void quietly(composer.action.replace(/messages$/, 'read')); }
    const last = phone && all('#phone-items > li.in[id]').at(-1)?.id;
    if (last && last !== shownLast) { shownLast = last; void quietly(phone.action.replace(/messages$/, 'shown'), { persona: phone.elements.persona.value }); }
  };
  on('visibilitychange', () => tellShown());
  on('scroll', (event) => { if (event.target === log() && atEnd(log())) pill(0); }, true);

  /* Drafts and the outbox live in this tab until signed out */
  const draftKey = (id) => `draft:${id}`, filesKey = (id) => `files:${id}`;
  const restoreDraft = () => {
    const draft = $('#draft');
    if (!draft || draft.dataset.restored === draft.dataset.draft) return;
    draft.dataset.restored = draft.dataset.draft;
    if (!draft.value) draft.value = store.get(draftKey(draft.dataset.draft));
    mark(draft.dataset.draft);
  };
  const mark = (id) => {
    const last = $(`#c-${CSS.escape(id)} .last`), kept = store.get(draftKey(id));
    $('.draft-word', last ?? doc.createElement('p'))?.remove();
    if (last && kept) { const word = doc.createElement('span'); word.className = 'draft-word'; word.textContent = texts().draft; last.prepend(word); }
  };
  on('input', (event) => {
    if (event.target.id === 'draft') store.set(draftKey(event.target.dataset.draft), event.target.value);
    if (dialog()?.contains(event.target)) dialog().dataset.changed = '1';
  });
  const outbox = () => JSON.parse(store.get('outbox') || '[]');
  const keep = (list) => store.set('outbox', list.length ? JSON.stringify(list) : '');
  const bubble = (item) => {
    const composer = $('#composer');
    if (composer?.dataset.conversation !== item.id || $(`#items > [data-key="${item.key}"]`)) return;
    const li = $('#bubble').content.firstElementChild.cloneNode(true), time = $('time', li);
    li.dataset.key = item.key;
    $('.text', li).textContent = [...(item.names ?? []), item.text].join('\n').trim();
    time.textContent = new Intl.DateTimeFormat(root.lang, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(item.at);
    $('#no-items')?.remove();
    $('#items').append(li);
    toEnd();
  };
  const composerOf = (id) => $('#composer')?.dataset.conversation === id;
  const flag = (key, text) => { const li = $(`#items > .waiting[data-key="${key}"] .word`); if (li) li.textContent = text; };
  const sending = new Set();
  const post = async (item) => {
    if (sending.has(item.key)) return;
    sending.add(item.key);
    const late = setTimeout(() => flag(item.key, texts().waits), 10_000);
    try {
      const answer = await fetch(item.url, { method: 'POST', headers: { accept: 'text/html', 'hx-request': 'true', 'hx-request-type': 'partial' }, body: new URLSearchParams([['_csrf', $('#composer [name=_csrf]')?.value ?? item.csrf], ['key', item.key], ['text', item.text], ['after', composerOf(item.id) ? lastSeq() : 0], ...(item.files ?? []).map((id) => ['file', id])]), signal: AbortSignal.timeout(20_000) });
      if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
      keep(outbox().filter((other) => other.key !== item.key));
      if (answer.redirected && !answer.url.includes('/app/')) return location.assign(answer.url);
      const text = await answer.text();
      if (answer.ok) await swap(text);
      else {
        // Refused: the words go back where they were written, with the reason.
        $(`#items > .waiting[data-key="${item.key}"]`)?.remove();
        await swap(text);
        const draft = $('#draft');
        if (draft && draft.dataset.draft === item.id && !draft.value) { draft.value = item.text; draft.dispatchEvent(new Event('input', { bubbles: true })); }
        if (item.files?.length) { store.set(filesKey(item.id), item.files.join()); if (composerOf(item.id)) { delete $('#files')?.dataset.restored; doc.dispatchEvent(new Event('files:again')); } }
      }
    } catch {
      flag(item.key, texts().waits);
      setTimeout(() => navigator.onLine && flush(), 5_000);
    } finally {
      clearTimeout(late);
      sending.delete(item.key);
    }
  };
  const flush = () => outbox().forEach((item) => { bubble(item); void post(item); });
  const swap = (text) => htmx.swap({ text, target: '#page', sourceElement: page(), swap: 'none' });
  const uuid = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  on('submit', (event) => {
    const form = event.target;
    if (form.matches('[data-sign-out]')) { try { sessionStorage.clear(); } catch { /* nothing was kept */ } return; }
    if (form.id !== 'composer' || event.submitter?.name === 'state') return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const draft = $('#draft'), text = draft.value.trim(), chips = all('#files > li'), files = all('[name=file]', form).map((input) => input.value);
    if (!text && !files.length) return;
    const key = form.elements.key;
    const item = { id: form.dataset.conversation, url: form.action, key: key.value, text, files, names: chips.map((chip) => $('bdi', chip).textContent), at: Date.now(), csrf: form.elements._csrf.value };
    keep([...outbox(), item]);
    draft.value = '';
    $('#files')?.replaceChildren();
    store.set(filesKey(item.id), '');
    key.value = uuid();
    store.set(draftKey(item.id), '');
    mark(item.id);
    bubble(item);
    void post(item);
  }, true);
  on('submit', (event) => { if (event.target.id === 'phone-form') requestAnimationFrame(() => { $('#phone-text').value = ''; $('#phone-text').focus(); }); });

  /* Live: notices over the socket, one request for what they mean */
  const due = new Set();
  let timer, socket, wait = 500, alerts = false, racks = false, missed = false, asking = false;
  const rowsShown = () => all('[data-rows] > [id^="c-"]');
  const ask = async () => {
    timer = undefined;
    if (doc.hidden || asking) { missed = true; return; }
    const url = page()?.dataset.live;
    if (!url) return;
    const here = new URLSearchParams(location.search), query = new URLSearchParams(), list = $('[data-rows]'), open = $('#thread')?.dataset.conversation;
    for (const key of ['view', 'number', 'search', 'persona']) if (here.get(key)) query.set(key, here.get(key));
    const ids = [...due].slice(0, 50);
    due.clear();
    if (ids.length) query.set('changed', ids.join());
    if (list) query.set('rows', list.dataset.rows);
    if (open && (ids.includes(open) || missed || racks)) { query.set('open', open); query.set('after', lastSeq()); }
    const phone = $('#phone-form')?.action.match(/\/simulator\/([^/]+)/);
    if (phone) { if (list?.dataset.rows === 'inbox') query.set('number', decodeURIComponent(phone[1])); query.set('phone', decodeURIComponent(phone[1])); query.set('persona', $('#phone-form [name=persona]').value); }
    if (alerts) query.set('alerts', '1');
    if (racks && open) query.set('lines', '1');
    if (racks && $('#rack')) query.set('numbers', '1');
    alerts = racks = missed = false;
    asking = true;
    try {
      const answer = await fetch(`${url}?${query}`, { headers: { accept: 'text/html', 'hx-request': 'true', 'hx-request-type': 'partial' }, signal: AbortSignal.timeout(15_000) });
      if (answer.ok && !answer.redirected) await swap(await answer.text());
    } catch { missed = true; } finally { asking = false; }
    const unknown = ids.filter((id) => !$(`#c-${CSS.escape(id)}`));
    if (list) arrange(unknown);
    if (due.size || (missed && !doc.hidden && navigator.onLine && socket?.readyState === 1)) soon();
  };
  const soon = () => { timer ??= setTimeout(() => void ask(), 50); };
  /* Rows that are not on the page, or that are newer than one above them. Most notices are neither: ticks and marks of reading move nothing */
  const elsewhere = new Set();
  const newer = (row, other) => row.dataset.at - other.dataset.at || (row.id > other.id ? 1 : -1);
  const risen = () => rowsShown().filter((row, index, rows) => rows.slice(0, index).some((other) => newer(row, other) > 0));
  /* Rows stay where they are while someone is at them: the pill brings them up */
  const arrange = (unknown) => {
    const list = $('[data-rows]'), late = risen();
    if (!list || (!late.length && !unknown.length)) return;
    const held = list.scrollTop > 4 || list.matches(':hover, :focus-within');
    if (unknown.length || held) {
      unknown.forEach((id) => elsewhere.add(id));
      const button = $('#moved');
      if (!button || !held) { if (unknown.length) refresh(); return; }
      button.textContent = counted(texts().moved, late.length + elsewhere.size);
      button.hidden = false;
    } else late.forEach((row) => rowsShown().find((other) => newer(row, other) > 0)?.before(row));
  };
  const refresh = () => {
    elsewhere.clear();
    const button = $('#moved'), list = $('[data-rows]');
    if (button) button.hidden = true;
    if (list?.id) htmx.ajax('GET', location.pathname + location.search, { source: '#page', target: '#rows', select: '#rows', swap: 'outerMorph' }).then(() => { const rows = $('#rows'); if (rows) rows.scrollTop = 0; });
    else if (!doc.querySelector('[popover]:popover-open, dialog[open]')) htmx.ajax('GET', location.pathname + location.search, { source: '#page', target: '#app', select: '#app', swap: 'outerMorph' });
  };
  const connect = () => {
    if (!page()?.dataset.live || socket) return;
    socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${page().dataset.socket}`);
    socket.addEventListener('open', () => { wait = 500; $('#offline').hidden = true; if (missed) soon(); flush(); });
    socket.addEventListener('message', (event) => {
      let notice;
      try { notice = JSON.parse(event.data); } catch { return; }
      if (notice.conversation) due.add(String(notice.conversation));
      if (notice.alerts !== undefined) alerts = true;
      if (notice.numbers) racks = true;
      soon();
    });
    socket.addEventListener('close', (event) => {
      socket = undefined;
      missed = true;
      if (event.code === 4401) return location.reload();
      setTimeout(connect, wait * (0.7 + Math.random() * 0.6));
      wait = Math.min(wait * 2, 15_000);
    });
  };
  const online = () => { $('#offline').hidden = navigator.onLine; if (navigator.onLine) { connect(); flush(); missed = true; soon(); } };
  addEventListener('online', online);
  addEventListener('offline', online);
  on('visibilitychange', () => { if (!doc.hidden && (missed || due.size)) soon(); });

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
    if (event.target.id === 'keys-off') { try { localStorage.setItem('keys', event.target.checked ? 'off' : 'on'); } catch { /* only for this page, then */ } }
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
  const place = () => { const list = $('[aria-current=true][data-open]'); if (list && !place.done) { place.done = true; const rows = $('#rows'), row = list.closest('li'); if (rows && row.offsetTop + row.offsetHeight > rows.scrollTop + rows.clientHeight) rows.scrollTop = row.offsetTop - rows.clientHeight / 2; } };

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
    if (closest(event, '#fresh')) toEnd();
    if (closest(event, '#moved')) refresh();
    if (closest(event, '[data-print]')) print();
    if (closest(event, '[data-keys]')) $('#keys').showModal();
    if (closest(event, '.menu a, .menu button') ) closest(event, '.menu')?.hidePopover?.();
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    const link = closest(event, 'a[data-dialog], a[data-close], a[data-details]');
    if (!link) return;
    if (link.matches('[data-details]')) { const main = $('#main'); event.preventDefault(); if ('details' in main.dataset) delete main.dataset.details; else main.dataset.details = '1'; return; }
    // A dialog that is the page itself leads on as a page: a second one would stand before it.
    if (link.matches('[data-dialog]') && !link.closest('[data-dialog-box]')) { event.preventDefault(); void openDialog(link.href); return; }
    if (dialog().open) { event.preventDefault(); if (!leaving()) history.back(); }
  });

  /* Keys */
  let chord = 0;
  const keysOff = () => { try { return localStorage.getItem('keys') === 'off'; } catch { return false; } };
  const move = (step) => {
    const links = all('[data-open], .view-chat'), at = links.findIndex((link) => link === doc.activeElement || (doc.activeElement === doc.body && link.matches('[aria-current]')));
    links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
  };
  on('keydown', (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    const { key, target } = event, plain = !event.metaKey && !event.ctrlKey && !event.altKey;
    if (target.id === 'draft' && key === 'Enter' && !event.shiftKey && !event.altKey && (!plain || !matchMedia('(pointer: coarse)').matches)) { event.preventDefault(); target.form.requestSubmit(); return; }
    if (key === 'Escape') {
      if (target.id === 'draft') { target.blur(); return; }
      const main = $('#main');
      if (main && 'details' in main.dataset) delete main.dataset.details;
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
    if ($('#notice')) hideToast($('#notice'));
    if (location.hash.startsWith('#f-')) { const field = doc.getElementById(location.hash.slice(1)); if (field) { const kept = field.closest('details'); if (kept) kept.open = true; field.focus(); } } 
    else toFault(doc);
    connect();
    flush();
    online();
    tellShown();
  };
  if (doc.readyState === 'loading') on('DOMContentLoaded', start); else start();
})();
