/* A customer's phone: files, voice, emoji, reactions and answers. Runs once, however often the phone is drawn. */
(() => {
  if (window.hasPhone) return;
  window.hasPhone = true;
  const doc = document;
  const $ = (selector) => doc.querySelector(selector);
  const form = () => $('#phone-form'), tools = () => $('#phone-tools');
  const texts = () => JSON.parse(tools().dataset.texts);
  const say = (text) => { $('#phone-said').textContent = text; };
  const mostBytes = 100_000_000;

  const send = async (file, as) => {
    if (!file.size || file.size > mostBytes) return say(texts().tooBig);
    say(texts().sending);
    const query = new URLSearchParams({ persona: form().elements.persona.value, ...(as && { as }), ...(file.name && { name: file.name.slice(-255) }) });
    const headers = { accept: 'text/html', 'content-type': 'application/octet-stream', 'x-csrf-token': form().elements._csrf.value };
    const answer = await fetch(`${tools().dataset.url}?${query}`, { method: 'POST', body: file, headers }).catch(() => undefined);
    if (!answer?.ok) return say(texts().unreached);
    const text = await answer.text();
    if (!text.includes('id="app"')) return location.assign(answer.url);
    const typed = $('#phone-text').value;
    await htmx.swap({ text, target: '#app', select: '#app', sourceElement: $('#page'), swap: 'outerMorph show:none' });
    $('#phone-text').value = typed;
    say('');
  };

  /* What phones record is Ogg or MP4; WebM where a browser can do nothing else */
  let recorder, kept;
  const pressed = (on) => $('[data-record]')?.setAttribute('aria-pressed', String(on));
  const record = async () => {
    if (recorder) return recorder.stop();
    let stream;
    try { stream = await navigator.mediaDevices.getUserMedia({ audio: true }); } catch { return say(texts().noMic); }
    const mimeType = ['audio/ogg;codecs=opus', 'audio/webm;codecs=opus', 'audio/mp4'].find((type) => MediaRecorder.isTypeSupported(type));
    const parts = [];
    kept = true;
    recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => {
      for (const track of stream.getTracks()) track.stop();
      recorder = undefined;
      pressed(false);
      say('');
      if (kept) void send(new Blob(parts), 'voice');
    };
    recorder.start();
    pressed(true);
    say(texts().recorded);
  };

  const answer = (about, text) => {
    form().elements.about.value = about;
    const bar = $('#phone-about');
    bar.hidden = !about;
    bar.firstElementChild.textContent = text;
    $('#phone-text').focus();
  };

  doc.addEventListener('change', ({ target }) => {
    if (!target.matches?.('[data-send-file]')) return;
    const [file] = target.files;
    $('#phone-attach').hidePopover();
    if (file) void send(file, target.dataset.sendFile);
    target.value = '';
  });
  doc.addEventListener('click', ({ target }) => {
    const found = (selector) => target.closest?.(selector);
    const about = found('[data-about]'), glyph = found('[data-emoji]');
    if (about) $('#phone-deeds [name=of]').value = about.dataset.about;
    if (glyph) {
      const input = $('#phone-text');
      input.setRangeText(glyph.dataset.emoji, input.selectionStart, input.selectionEnd, 'end');
      input.focus();
    }
    if (found('[data-answer]')) {
      const { value } = $('#phone-deeds [name=of]');
      answer(value, $(`#p-${CSS.escape(value)} .body`)?.innerText.trim() ?? '');
    }
    if (found('[data-unanswer]')) answer('', '');
    if (found('[data-record]')) void record();
  });
  doc.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || !recorder) return;
    kept = false;
    recorder.stop();
  });
})();
