/* The form of a visit: what is typed is kept on the phone at once, and leaves through the outbox. Without script the same
   form goes straight to the office. */
(function () {
  "use strict";
  const form = document.getElementById("visit");
  const outbox = window.casework && window.casework.outbox;
  if (!form || !outbox) return;
  const say = outbox.say;
  const PROSE = ["findings", "policy", "measures"];
  /* Numbers of people and of bank cards have no place in what is kept on a phone. */
  const NUMBERS = /(^|\D)(\d{17}[\dXx]|\d{15,19})(?!\d)/;
  const asked = new URLSearchParams(location.search);
  let record = null;
  const photo = window.casework.photo ? window.casework.photo.at({ isFit: (text) => !NUMBERS.test(text), chosen: () => { show(); soon(); } }) : null;

  const value = (name) => { const field = form.elements[name]; return field ? field.value.trim() : ""; };
  /* What is kept on the phone: a field with such a number in it is left out until it is gone, and nothing is sent before. */
  const told = (name) => { const text = value(name); return NUMBERS.test(text) ? "" : text; };
  const isoDay = (back) => { const at = new Date(Date.now() - back * 86400000); return at.getFullYear() + "-" + String(at.getMonth() + 1).padStart(2, "0") + "-" + String(at.getDate()).padStart(2, "0"); };
  const day = () => ({ today: isoDay(0), yesterday: isoDay(1) })[value("when")] || value("on_date");
  const clock = () => new Date().toTimeString().slice(0, 5);
  const head = () => { const chosen = form.elements.household_id.selectedOptions[0]; return chosen && chosen.value ? chosen.textContent.split("・")[0] : ""; };

  const alsoOf = () => Array.from(form.querySelectorAll('[name="also"]:checked'), (each) => each.value);

  /* A risk for the town: any box or word of it says that there is one. */
  const risksOf = () => Array.from(form.querySelectorAll('[name="lead.risks"]:checked'), (each) => each.value);
  const hasRisk = () => risksOf().length > 0 || value("lead.findings") !== "";

  /* What was said to be a visit of its own is so for this household on this day, and for no other. */
  let apart = "";
  const where = () => [value("household_id"), day()].concat(alsoOf()).join(" ");

  function bodyOf() {
    const body = { household_id: value("household_id"), on_date: day(), form: value("form") };
    PROSE.concat("next_on").forEach((name) => { if (told(name)) body[name] = told(name); });
    const also = alsoOf().filter((id) => id !== body.household_id);
    if (also.length) body.also = also;
    if (form.elements.before_link.checked) body.before_link = true;
    if (apart === where()) body.apart = true;
    if (value("has_need") === "yes") {
      const title = told("need.title");
      body.need = { title: title, description: told("need.description") || title, category: value("need.category"), kind: "help", urgency: value("need.urgency") };
    }
    if (hasRisk()) body.lead = { risks: risksOf(), findings: told("lead.findings") };
    return body;
  }
  const typed = () => { const kept = {}; new FormData(form).forEach((each, name) => { if (name !== "csrf_token" && name !== "form_id" && !NUMBERS.test(each)) kept[name] = each; }); kept.on_date = day(); if (kept.also) kept.also = alsoOf().join(" "); if (kept["lead.risks"]) kept["lead.risks"] = risksOf().join(" "); return kept; };
  async function keep(state) {
    if (!record) record = { id: outbox.newId(), owner: outbox.urls.person, made_at: new Date().toISOString(), state: "draft" };
    Object.assign(record, { fields: typed(), body: bodyOf(), head: head(), state: state, changed_at: new Date().toISOString() });
    if (state === "waiting") Object.assign(record, { reasons: [], kept: false, patch: null });
    await (photo ? photo.keep(record) : outbox.put(record));
  }

  /* The page as it stands: what is hidden, what the button says, how the day counts. */
  function show() {
    const need = value("has_need") === "yes";
    form.classList.toggle("has-need", need);
    form.querySelectorAll('[name="also"]').forEach((each) => { each.closest("label").hidden = each.value === value("household_id"); });
    form.classList.toggle("other", value("when") === "other");
    ["need.title", "need.category"].forEach((name) => { form.elements[name].required = need; });
    /* One box is enough, so none is demanded once one is ticked. */
    const risky = hasRisk();
    form.elements["lead.findings"].required = risky;
    form.querySelectorAll('[name="lead.risks"]').forEach((each, n) => { each.required = risky && n === 0 && !risksOf().length; });
    form.elements.on_date.required = value("when") === "other";
    form.elements.on_date.max = isoDay(0);
    const at = day();
    const line = form.querySelector("[data-day]");
    if (line && at) {
      const date = new Date(at + "T00:00");
      const told = new Intl.DateTimeFormat(document.documentElement.lang, { month: "long", day: "numeric", weekday: "short" }).format(date);
      line.textContent = say("day", { day: told, year: date.getFullYear(), quarter: Math.floor(date.getMonth() / 3) + 1 });
    } else if (line) line.textContent = "";
    document.querySelectorAll("[data-keep] span").forEach((each) => { each.textContent = say(navigator.onLine ? "keep_online" : "keep_offline"); });
    document.querySelectorAll("[data-sum]").forEach((each) => { each.textContent = sum(need); });
  }
  function sum(need) {
    const parts = [say("sum_visit")].concat(need ? [say("sum_need")] : [], hasRisk() ? [say("sum_lead")] : [], photo && photo.has() ? [say("sum_photo")] : []);
    return say(parts.length > 1 ? "sum_each" : "sum_once", { what: parts.join(" + ") });
  }
  function kept(text) { document.querySelectorAll("[data-kept],[data-kept-desk]").forEach((each) => { each.textContent = text; }); }

  /* Nothing typed is lost: each visit begun is a draft of its own on this phone. What was sent for already is written over only when it is sent again. */
  let timer = 0;
  function soon() {
    if (record && record.state !== "draft") return;
    clearTimeout(timer);
    keep("draft").then(() => {
      kept(say("saved", { time: clock() }));
      history.replaceState(history.state, "", location.pathname + "?edit=" + record.id);
    }).catch((why) => kept(say(why && why.name === "QuotaExceededError" ? "full_short" : "no_store")));
  }
  function later() {
    if (record && record.state !== "draft") return;
    clearTimeout(timer);
    timer = setTimeout(soon, 600);
  }
  form.addEventListener("input", (event) => {
    event.target.setCustomValidity && event.target.setCustomValidity("");
    show();
    if (PROSE.indexOf(event.target.name) >= 0 || /^(need|lead)\./.test(event.target.name)) later();
  });
  form.addEventListener("change", show);
  /* With signal it is asked before sending whether this is another visit of the week; without, the outbox asks once it has arrived. */
  const CLOSE_MS = 6000;
  async function isAsked() {
    const box = form.querySelector("[data-close]");
    if (!navigator.onLine || apart === where()) return false;
    const asking = new URLSearchParams({ on_date: day(), id: record ? record.id : "" });
    [value("household_id")].concat(alsoOf()).forEach((id) => asking.append("household", id));
    const found = await outbox.ask(outbox.urls.close_url + "?" + asking, {}, CLOSE_MS).catch(() => null);
    const lines = found && found.status === 200 ? found.body.visits || [] : [];
    if (!lines.length) return false;
    box.querySelector("[data-close-rows]").replaceChildren(...lines.map((line) => { const item = document.createElement("li"); item.textContent = line; return item; }));
    box.hidden = false;
    box.scrollIntoView({ block: "center" });
    box.querySelector("[data-apart]").focus({ preventScroll: true });
    return true;
  }
  /* What is wrong must be seen: a folded part is opened. */
  form.addEventListener("invalid", (event) => { const folded = event.target.closest("details"); if (folded) folded.open = true; }, true);
  window.addEventListener("online", show);
  window.addEventListener("offline", show);

  form.addEventListener("submit", (event) => {
    const wrong = Array.from(form.elements).find((field) => /^(findings|policy|measures|need\.|lead\.findings)/.test(field.name || "") && NUMBERS.test(field.value));
    if (wrong) { event.preventDefault(); wrong.setCustomValidity(say("id_number")); wrong.reportValidity(); return; }
    event.preventDefault();
    if (photo && !photo.isReady()) return;
    if (event.submitter && event.submitter.name === "apart") apart = where();
    /* Whatever becomes of the question, what was typed stands as a draft. */
    isAsked().then((asked) => asked ? soon() : leave());
  });
  function leave() {
    clearTimeout(timer);
    return keep("waiting").then(() => {
      /* The photo found no room: that is said, and the next press sends the words alone. */
      if (photo && photo.isFull()) throw new DOMException("", "AbortError");
      if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
    }).then(() => navigator.onLine ? outbox.send() : null).then(() => { location.href = outbox.urls.mine_url; })
      .catch((why) => {
        if (why && why.name === "AbortError") return;
        /* No store on this browser, or no room in it: then as without script. Without signal what is on the page must stay on it. */
        if (!navigator.onLine) { window.casework.toast(say("full"), 60); return; }
        if (apart === where()) { const said = document.createElement("input"); Object.assign(said, { type: "hidden", name: "apart", value: "1" }); form.append(said); }
        HTMLFormElement.prototype.submit.call(form);
      });
  }

  function fill(fields) {
    Object.keys(fields).forEach((name) => {
      const field = form.elements[name];
      if (!field) return;
      if (field instanceof RadioNodeList) Array.from(field).forEach((one) => { one.checked = String(fields[name]).split(" ").indexOf(one.value) >= 0; });
      else if (field.type === "checkbox") field.checked = true;
      else field.value = fields[name];
    });
    const risk = form.querySelector("details.risk");
    if (risk && hasRisk()) risk.open = true;
    /* Yesterday's today is a day by now. */
    if (fields.on_date && fields.when !== "other" && day() !== fields.on_date) Array.from(form.elements.when).forEach((one) => { one.checked = one.value === "other"; });
  }
  function tellRefused(row) {
    const home = form.querySelector("[data-refused]");
    if (row.state !== "refused" || !row.reasons.length || !home) return;
    const note = document.createElement("div");
    note.className = "note red";
    note.setAttribute("role", "alert");
    row.reasons.forEach((each) => {
      const line = document.createElement("p");
      line.textContent = (each.field ? outbox.label(each.field) + say("colon") : "") + each.message;
      note.append(line);
      if (each.code === "visit_before_link") form.querySelector("[data-early]").hidden = false;
      const field = document.getElementById("f-" + each.field);
      if (field) field.closest(".f").classList.add("bad");
    });
    home.replaceChildren(note);
  }
  const wanted = asked.get("edit");
  if (wanted) outbox.take(wanted).then((row) => {
    if (!row || row.owner !== outbox.urls.person || ["draft", "waiting", "refused"].indexOf(row.state) < 0) return;
    record = row;
    fill(row.fields);
    if (row.body.apart) apart = where();
    if (photo) photo.show(row).then(show);
    if (row.body.before_link) form.querySelector("[data-early]").hidden = false;
    tellRefused(row);
    show();
  });
  /* The page that was kept for times without signal knows no household yet; the address does. */
  const household = asked.get("household");
  if (household && !value("household_id")) form.elements.household_id.value = household;
  show();
})();
