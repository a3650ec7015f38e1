/* The composer: drafts and the outbox live in this tab until signed out. */
(() => {
  const { doc, root, $, all, on, page, texts, store, aloud, toEnd, lastSeq } = ui;

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
  on('input', ({ target }) => { if (target.id === 'draft') store.set(draftKey(target.dataset.draft), target.value); });
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
  const flag = (key, text) => { const li = $(`#items > .waiting[data-key="${key}"] .word`); if (li && li.textContent !== text) { li.textContent = text; aloud(text); } };
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
        aloud($('#composer-error')?.textContent);
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

  Object.assign(ui, { restoreDraft, mark, flush, swap });
})();
