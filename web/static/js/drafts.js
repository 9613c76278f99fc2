/* Nothing typed is ever lost. A form with data-draft="URL" sends what is in it two seconds after the last key and says
   「09:40 已存」; when the network is away the text stays in this browser and is offered again. data-draft="local" (the
   villagers' page) keeps it for this tab only and never keeps fields marked data-private. data-guard asks before leaving.
   Once saved, the address becomes data-draft-here, so that loading the page again shows what was written. What is sent
   before it was saved stays here until the next page shows that it arrived: the log-in may have ended meanwhile. */
(function () {
  "use strict";
  const app = window.casework;
  const SENT = "draft-sent", DOORS = /^\/(login|proof|password|second)/;
  const LEFT_OUT = /^(csrf_token|version|password|current|fresh|again|code)$/;

  function fieldsOf(form) {
    const kept = {};
    new FormData(form).forEach((value, name) => {
      if (typeof value !== "string" || LEFT_OUT.test(name)) return;
      const field = form.elements[name];
      if (field && field.dataset && field.dataset.private !== undefined) return;
      kept[name] = kept[name] === undefined ? value : [].concat(kept[name], value);
    });
    return kept;
  }
  const clock = () => new Date().toTimeString().slice(0, 5);
  const keyOf = (form) => "draft:" + location.pathname + "#" + (form.id || form.getAttribute("action"));
  const store = (form) => form.dataset.draft === "local" ? window.sessionStorage : window.localStorage;
  function keep(form, fields) { try { store(form).setItem(keyOf(form), JSON.stringify({ at: clock(), fields: fields })); return true; } catch (full) { return false; } }
  function kept(form) { try { return JSON.parse(store(form).getItem(keyOf(form))); } catch (broken) { return null; } }
  function forget(form) { try { store(form).removeItem(keyOf(form)); } catch (closed) { /* private mode keeps nothing anyway */ } }

  function tell(form, text) {
    const line = form.querySelector("[data-saved]") || document.querySelector('[data-saved-for="' + form.id + '"]');
    if (line) line.textContent = text;
  }
  function save(form) {
    const fields = fieldsOf(form);
    const url = form.dataset.draft;
    if (url === "local") { if (keep(form, fields)) tell(form, app.say("saved", clock())); form.dataset.dirty = ""; return; }
    app.post(url, Object.keys(fields).reduce((body, name) => { [].concat(fields[name]).forEach((v) => body.append(name, v)); return body; }, new URLSearchParams()))
      .then((answer) => answer.ok ? answer.json() : Promise.reject(answer.status))
      .then((told) => { tell(form, app.say("saved", told.saved_at || clock())); form.dataset.dirty = ""; forget(form); stayHere(form); })
      .catch(() => { if (keep(form, fields)) { tell(form, app.say("saved_here", clock())); form.dataset.dirty = ""; } });
  }

  function stayHere(form) {
    const here = form.dataset.draftHere;
    if (here && location.pathname + location.search !== here) history.replaceState(history.state, "", here);
  }

  const timers = new WeakMap();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form || event.target.dataset.combo) return;
    if (form.dataset.guard !== undefined || form.dataset.draft) form.dataset.dirty = "1";
    if (!form.dataset.draft) return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => save(form), 2000));
  });
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && form.dataset.draft) { clearTimeout(timers.get(form)); timers.set(form, setTimeout(() => save(form), 600)); }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const unsaved = form.dataset.dirty === "1" && form.dataset.draft && form.dataset.draft !== "local";
    form.dataset.dirty = "";
    clearTimeout(timers.get(form));
    setTimeout(() => {
      if (event.defaultPrevented) return;
      if (unsaved && keep(form, fieldsOf(form))) window.sessionStorage.setItem(SENT, keyOf(form)); else forget(form);
    }, 0);
  });
  /* On the way lies the log-in, and what was refused comes again; any other page says that it arrived. */
  function arrived() {
    let sent = null;
    try { sent = window.sessionStorage.getItem(SENT); } catch (closed) { return; }
    const answer = performance.getEntriesByType("navigation")[0];
    if (!sent || (answer && answer.responseStatus >= 400) || DOORS.test(location.pathname)) return;
    window.sessionStorage.removeItem(SENT);
    const through = document.referrer && DOORS.test(new URL(document.referrer).pathname);
    const here = Array.from(document.querySelectorAll("form[data-draft]")).some((form) => keyOf(form) === sent);
    if (!here || !through) window.localStorage.removeItem(sent);
  }
  function shows(form, draft) {
    const here = fieldsOf(form);
    return Object.keys(draft.fields).every((name) => name === "form_id" || !draft.fields[name] || String(here[name] || "") === String(draft.fields[name]));
  }
  window.addEventListener("beforeunload", (event) => {
    /* What the last two seconds brought is not saved yet; it stays here, for there is no time to send it. */
    document.querySelectorAll("form[data-draft]").forEach((form) => { if (form.dataset.dirty === "1") keep(form, fieldsOf(form)); });
    const open = Array.from(document.querySelectorAll("form[data-guard]")).some((form) => form.dataset.dirty === "1");
    if (open) { event.preventDefault(); event.returnValue = app.say("unsaved"); }
  });

  function restore(form, draft) {
    Object.keys(draft.fields).forEach((name) => {
      const field = form.elements[name];
      if (!field) return;
      const value = draft.fields[name];
      if (field instanceof RadioNodeList) Array.from(field).forEach((one) => { one.checked = [].concat(value).indexOf(one.value) >= 0; });
      else if (field.type === "checkbox" || field.type === "radio") field.checked = [].concat(value).indexOf(field.value) >= 0;
      else if (field.type !== "file") field.value = value;
    });
    form.dataset.dirty = "1";
  }
  function offer(form, draft) {
    const note = document.createElement("div");
    note.className = "note flat";
    note.setAttribute("role", "status");
    const strong = document.createElement("b");
    strong.textContent = app.say("restore", draft.at) + " ";
    const yes = document.createElement("button");
    yes.type = "button";
    yes.className = "btn small";
    yes.textContent = app.say("restore_do");
    const no = yes.cloneNode();
    no.textContent = app.say("restore_no");
    yes.addEventListener("click", () => { restore(form, draft); note.remove(); });
    no.addEventListener("click", () => { forget(form); note.remove(); });
    note.append(strong, yes, " ", no);
    form.prepend(note);
  }
  arrived();
  document.querySelectorAll("form[data-draft]").forEach((form) => {
    const draft = kept(form);
    if (!draft || !draft.fields || !Object.keys(draft.fields).some((n) => draft.fields[n])) return;
    if (shows(form, draft)) forget(form); else offer(form, draft);
  });
})();
