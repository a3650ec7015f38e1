/* Live: notices over the socket, one request for what they mean. */
(() => {
  const { doc, $, all, on, page, texts, counted, lastSeq, swap, flush, aloud } = ui;

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
  /* Of those that are not on the page, the ones that the list would show on it: not another number's, nor those below its end */
  const belonging = (unknown) => {
    const found = $('#listed')?.value;
    if (found === undefined) return unknown;
    const listed = JSON.parse(found || '{}'), end = $('#rows > .more') ? rowsShown().at(-1)?.dataset.at ?? 0 : 0;
    return unknown.filter((id) => listed[id] >= end);
  };
  /* Rows stay where they are while someone is at them: the pill brings them up */
  const arrange = (notHere) => {
    const list = $('[data-rows]'), late = risen(), unknown = belonging(notHere);
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
  let behind = false;
  const refresh = () => {
    elsewhere.clear();
    const button = $('#moved'), list = $('[data-rows]');
    if (button) button.hidden = true;
    if (list?.id) htmx.ajax('GET', location.pathname + location.search, { source: '#page', target: '#rows', select: '#rows', swap: 'outerMorph' }).then(() => { const rows = $('#rows'); if (rows) rows.scrollTop = 0; });
    else if (!(behind = Boolean($('.menu:popover-open, dialog[open]')))) htmx.ajax('GET', location.pathname + location.search, { source: '#page', target: '#app', select: '#app', swap: 'outerMorph' });
  };
  /* What came while a menu or a dialog stood open is drawn once it is closed */
  for (const closing of ['toggle', 'close']) on(closing, ({ newState }) => { if (behind && newState !== 'open') refresh(); }, true);
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
  const online = () => { const bar = $('#offline'); if (bar.hidden && !navigator.onLine) aloud(bar.textContent); bar.hidden = navigator.onLine; if (navigator.onLine) { connect(); flush(); missed = true; soon(); } };
  addEventListener('online', online);
  addEventListener('offline', online);
  on('visibilitychange', () => { if (!doc.hidden && (missed || due.size)) soon(); });

  Object.assign(ui, { refresh, connect, online });
})();
