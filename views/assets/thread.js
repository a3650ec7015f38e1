/* The thread: it stays at the bottom only when already there, and what stands on a screen is read. */
(() => {
  const { doc, $, all, on, page, texts, counted, say, aloud, plug } = ui;

  let bottom = true, height = 0, top = 0;
  const log = () => $('#log');
  const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const toEnd = () => { for (const box of [log(), $('#phone-log')]) if (box) box.scrollTop = box.scrollHeight; pill(0); };
  const remember = () => {
    const box = log();
    if (box) { bottom = atEnd(box); height = box.scrollHeight; top = box.scrollTop; }
    seen = lastSeq();
    before = { open: open(), own: new Set(all('#items > .waiting').map((item) => item.dataset.key)), wrong: new Set(wrong().map((item) => item.id)), may: may() };
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
  /* A message is read aloud once, with who wrote it; what becomes of it only when it goes wrong. The log itself is silent: there every tick, and every page of what was said before, would be read */
  let before = {};
  const open = () => $('#thread')?.dataset.conversation, may = () => $('#composer')?.dataset.state, wrong = () => all('#items > li > .after[data-tone]');
  const readAloud = () => {
    if (open() !== before.open) { if (open()) aloud($('#thread').getAttribute('aria-label')); return; }
    const late = all('#items > [data-seq]').filter((item) => +item.dataset.seq > seen && !before.own.has(item.dataset.key));
    if (late.length > 3) aloud(counted(texts().fresh, late.length));
    aloud(...late.slice(-3).map((item) => `${$('.by', item) ? `${$('.by', item).innerText}: ` : ''}${($('.bubble > .sr', item)?.textContent ?? '')}${($('.body', item) ?? item).innerText.slice(0, 300)}`));
    aloud(...wrong().filter((item) => !before.wrong.has(item.id)).map((item) => item.innerText));
    if (may() !== before.may) aloud($('p#composer-says, #composer-says > p')?.innerText);
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
    readAloud();
    if (phoneEnd && $('#phone-log')) $('#phone-log').scrollTop = $('#phone-log').scrollHeight;
    ui.restoreDraft();
    plug();
    place();
    tellShown();
    told();
  };
  const told = () => {
    const notice = $('#notice');
    if (!notice) return;
    notice.remove();
    say(notice.textContent);
  };
  /* Where the thread has no room for them, they take its place */
  const showDetails = (shown) => {
    const main = $('#main');
    if (!main || shown === 'details' in main.dataset) return false;
    if (shown) main.dataset.details = '1'; else delete main.dataset.details;
    $(shown ? '#details [data-details]' : '#thread-head [data-details]')?.focus();
    return true;
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

  /* The row of what is open is in sight at first */
  const place = () => { const list = $('[aria-current=true][data-open]'); if (list && !place.done) { place.done = true; const rows = $('#rows'), row = list.closest('li'); if (rows && row.offsetTop + row.offsetHeight > rows.scrollTop + rows.clientHeight) rows.scrollTop = row.offsetTop - rows.clientHeight / 2; } };

  Object.assign(ui, { log, toEnd, remember, settle, lastSeq, tellShown, told, showDetails });
})();
