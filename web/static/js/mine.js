/* The outbox as a list: what was refused, what needs a decision, what waits, what is half written, what has arrived. */
(function () {
  "use strict";
  const box = document.getElementById("outbox");
  const outbox = window.casework && window.casework.outbox;
  if (!box || !outbox) return;
  const say = outbox.say;
  const ORDER = ["refused", "left", "clash", "asked", "waiting", "draft", "arrived"];
  const ICONS = { refused: "exclamation-circle", left: "exclamation-circle", clash: "question-circle", asked: "question-circle", waiting: "clock", draft: "pencil", arrived: "check-circle-fill" };
  const TONES = { refused: "red", left: "red", clash: "amber", asked: "amber", waiting: "grey", draft: "grey", arrived: "green" };
  const FEW = { household_id: (row, value) => value === row.body.household_id ? row.head : (row.theirs && row.theirs.household) || value, form: (row, value) => say(value) || value };

  function node(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }
  function icon(name) {
    const sprite = document.querySelector("use").getAttribute("href").split("#")[0];
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "i");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", sprite + "#" + name);
    svg.append(use);
    return svg;
  }
  function moment(iso) {
    const at = new Date(iso);
    const two = (n) => String(n).padStart(2, "0");
    const time = two(at.getHours()) + ":" + two(at.getMinutes());
    const day = two(at.getMonth() + 1) + "-" + two(at.getDate());
    return at.toDateString() === new Date().toDateString() ? say("today", { time: time }) : say("moment", { day: day, time: time });
  }
  const names = (row) => (row.differs || []).map(outbox.label).join(say("and"));

  const sizeOf = (row) => say("size", { n: Math.max(1, Math.round(row.photo.size / 1024)) });
  function photoLine(row) {
    const told = row.photo.state === "refused" ? row.photo.reasons.map((each) => each.message).join(say("then")) : "";
    return say("photo_" + (outbox.photoWaits(row) && outbox.needsLogin() ? "login" : outbox.photoWaits(row) || row.photo.state !== "waiting" ? row.photo.state : "with"), { size: sizeOf(row), why: told });
  }
  function lines(row) {
    const need = (row.body.need ? [say("with_need", { title: row.body.need.title })] : []).concat(row.body.lead ? [say("with_lead")] : []);
    if (row.state === "refused") return row.reasons.map((each) => (each.field ? outbox.label(each.field) + say("colon") : "") + each.message).concat(row.kept ? [say("kept")] : []);
    if (row.state === "left") return (row.lead_left && !row.need_left ? [] : [say("left", { title: row.body.need.title })]).concat(row.lead_left ? [say("left_lead")] : []);
    if (row.state === "clash") return [row.theirs.who && row.theirs.version > 1 ? say("clash", { who: row.theirs.who, time: moment(row.theirs.at), fields: names(row) }) : say("clash_plain", { fields: names(row) })];
    if (row.state === "asked") return row.warnings.concat(say("asked"));
    if (row.state === "arrived" && row.taken_back) return [say("taken_back")];
    if (row.state === "arrived") return [say("arrived", { time: moment(row.arrived_at) })].concat(row.cases.length ? [say("cases", { numbers: row.cases.join(say("and")) })] : [], row.warnings);
    if (row.state === "draft") return [say("draft", { time: moment(row.made_at) })];
    return [outbox.needsLogin() ? say("login") : say("waiting", { time: moment(row.made_at) })].concat(need);
  }
  function button(text, act, main) {
    const made = node("button", "btn small" + (main ? " main" : ""), text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }
  function link(text, href, main) { const made = node("a", "btn small" + (main ? " main" : ""), text); made.href = href; return made; }
  const form = (row) => outbox.urls.form_url + "?edit=" + row.id;
  const badPhoto = (row) => row.state === "arrived" && Boolean(row.photo) && row.photo.state === "refused";
  function acts(row) {
    const change = (values) => () => outbox.put(Object.assign(row, values));
    if (row.state === "refused") return [link(say("edit"), form(row), true)].concat(row.kept ? [] : [button(say("keep"), change({ kept: true }))]);
    if (badPhoto(row)) return [link(say("photo_again"), outbox.urls.activity_pages + "/" + row.id, true), button(say("photo_drop"), dropPhoto(row))];
    if (row.state === "left") return (row.lead_left && !row.need_left ? [] : [link(say("report"), outbox.urls.report_url + "?household=" + row.body.household_id, true)]).concat(row.lead_left ? [link(say("tell_town"), outbox.urls.lead_url + "?visit=" + row.id, row.need_left !== true)] : [], button(say("reported"), change({ state: row.asked ? "asked" : "arrived", need_left: false, lead_left: false })));
    if (row.state === "clash") return [button(say("compare"), () => compare(row), true)];
    if (row.state === "asked") return [button(say("apart"), answer(row, { apart: true }), true), button(say("same"), answer(row, { withdrawn: true, reason: say("same_reason") }))];
    if (row.state === "draft") return [link(say("go_on"), form(row), true), button(say("drop"), dropSurely(row))];
    if ((row.state === "waiting" || outbox.photoWaits(row)) && outbox.needsLogin()) return [link(say("log_in"), outbox.urls.login_url, true)];
    return row.state === "waiting" && !row.patch ? [link(say("edit"), form(row))] : [];
  }
  /* Two visits or the same one: what was said goes out as a change of the record that has arrived. */
  const answer = (row, values) => () => outbox.put(Object.assign(row, { patch: { values: values }, state: "waiting", asked: false, taken_back: Boolean(values.withdrawn) })).then(outbox.send);
  /* Only what was never meant to be sent can be thrown away, and only by pressing twice. */
  const dropPhoto = (row) => (event) => { if (!event.target.dataset.sure) { event.target.dataset.sure = "1"; event.target.textContent = say("photo_drop_sure"); return; } const gone = row.photo.id; row.photo = null; outbox.put(row, null, gone); };
  const dropSurely = (row) => (event) => { if (event.target.dataset.sure) outbox.drop(row); else { event.target.dataset.sure = "1"; event.target.textContent = say("drop_sure"); } };

  function drawn(row) {
    const item = node("li", "rec " + row.state + (badPhoto(row) ? " bad-photo" : ""));
    item.dataset.record = row.id;
    const text = node("div");
    const head = node("div", "top-line");
    const end = node("span", "end");
    const state = row.state === "waiting" && outbox.needsLogin() ? "login" : row.state;
    end.append(node("span", "chip " + TONES[row.state], say("state_" + state)));
    if (badPhoto(row)) end.append(node("span", "chip red", say("photo_chip_refused")));
    else if (outbox.photoWaits(row)) end.append(node("span", "chip grey", say("photo_chip_waiting")));
    head.append(node("b", "", say("visit", { head: row.head, day: (row.body.on_date || "").slice(5) })), end);
    text.append(head);
    lines(row).forEach((each) => text.append(node("p", row.state === "refused" ? "" : "n2", each)));
    if (row.photo) text.append(node("p", badPhoto(row) ? "photo-line" : "n2 photo-line", photoLine(row)));
    const buttons = acts(row);
    if (buttons.length) { const group = node("div", "btns"); group.append(...buttons); text.append(group); }
    item.append(icon(badPhoto(row) ? ICONS.refused : ICONS[row.state]), text);
    return item;
  }
  const rank = (row) => ORDER.indexOf(row.state) + (row.state === "refused" && row.kept ? 3.5 : badPhoto(row) ? -4 : 0);
  const isThere = (state) => state === "arrived" || state === "asked";
  let shown = new Map();
  async function draw() {
    const rows = (await outbox.all()).sort((a, b) => rank(a) - rank(b));
    box.hidden = !rows.length;
    box.querySelector("[data-rows]").replaceChildren(...rows.map(drawn));
    box.querySelector("[data-count]").textContent = say("count", { n: rows.length });
    box.querySelector("[data-send]").parentNode.hidden = !rows.some((row) => row.state === "waiting" || outbox.photoWaits(row));
    const now = new Map(rows.map((row) => [row.id, row.state]));
    const sent = rows.filter((row) => isThere(row.state) && shown.has(row.id) && !isThere(shown.get(row.id))).length;
    if (sent) box.querySelector("[data-say]").textContent = say("sent", { n: sent });
    shown = now;
  }
  document.addEventListener("outbox", draw);
  box.querySelector("[data-send]").addEventListener("click", () => outbox.send().then((how) => { if (how === "away") window.casework.toast(say("no_signal"), 6); }));
  draw();

  /* Two texts side by side, field by field: the person chooses, and the choice is kept as the reason of the change. */
  function compare(row) {
    const dialog = document.getElementById("settle");
    const sheet = node("form", "settle");
    const title = node("h2", "", say("settle_head"));
    title.id = "settle-h";
    row.differs.forEach((name) => {
      const group = node("fieldset");
      const tell = (value) => (FEW[name] ? FEW[name](row, value) : value) || say("empty");
      group.append(node("legend", "", outbox.label(name)));
      const pair = node("div", "versus choices");
      [["mine", say("mine"), row.body[name] || ""], ["theirs", row.theirs.who ? say("theirs", { who: row.theirs.who }) : say("theirs_plain"), row.theirs.values[name]]].forEach(([side, head, value]) => {
        const choice = node("label", "choice");
        const radio = node("input");
        radio.type = "radio"; radio.name = name; radio.value = side; radio.required = true;
        const span = node("span", "", tell(String(value)));
        span.prepend(node("small", "", head));
        choice.append(radio, span);
        pair.append(choice);
      });
      group.append(pair);
      sheet.append(group);
    });
    const buttons = node("div", "btns");
    const yes = node("button", "btn main", say("settle"));
    yes.type = "submit";
    buttons.append(yes, button(say("back"), () => dialog.close()));
    sheet.append(buttons);
    sheet.addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); settle(row, new FormData(sheet)).then(() => { dialog.close(); outbox.send(); }); });
    dialog.replaceChildren(title, sheet);
    dialog.showModal();
  }
  async function settle(row, chosen) {
    const values = {};
    const told = [];
    row.differs.forEach((name) => {
      const mine = chosen.get(name) === "mine";
      if (mine) values[name] = row.body[name] || (name === "next_on" ? null : "");
      else row.body[name] = row.theirs.values[name];
      told.push(say(mine ? "reason_mine" : "reason_theirs", { field: outbox.label(name) }));
    });
    const any = Object.keys(values).length > 0;
    if (any) {
      if (row.body.before_link) values.before_link = true;
      row.patch = { version: row.theirs.version, values: Object.assign(values, { reason: say("reason", { told: told.join(say("then")) }) }) };
      row.state = "waiting";
    } else {
      row.arrived_at = new Date().toISOString();
      row.warnings = []; row.cases = [];
      row.state = row.need_left || row.lead_left ? "left" : "arrived";
    }
    await outbox.put(row);
  }
})();
