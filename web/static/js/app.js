/* What every page may use: words, toasts, copy, busy buttons, menus, the dialog behind 查看, failed regions.
   All of it is comfort: without script every link and form does its work by itself. */
(function () {
  "use strict";
  const block = document.getElementById("ui-words");
  const words = block ? JSON.parse(block.textContent) : {};
  const say = (key, value) => (words[key] || "").replace("%s", value === undefined ? "" : value);
  const csrf = () => {
    const field = document.querySelector('input[name="csrf_token"]');
    return field ? field.value : "";
  };

  function toast(text, seconds) {
    const home = document.getElementById("toasts");
    if (!home) return;
    const box = document.createElement("div");
    box.className = "toast";
    box.dataset.toast = seconds || 8;
    const line = document.createElement("span");
    line.textContent = text;
    box.append(line);
    home.append(box);
    watchToast(box);
  }

  /* A toast goes after its seconds, but waits while one points at it or has the focus in it. */
  function watchToast(box) {
    if (box.dataset.watched) return;
    box.dataset.watched = "1";
    let timer = 0;
    const start = () => { timer = setTimeout(() => box.remove(), Number(box.dataset.toast) * 1000); };
    const stop = () => clearTimeout(timer);
    box.addEventListener("mouseenter", stop);
    box.addEventListener("focusin", stop);
    box.addEventListener("mouseleave", start);
    box.addEventListener("focusout", start);
    start();
  }

  function post(url, fields) {
    const body = new URLSearchParams(fields);
    return fetch(url, { method: "POST", body: body, headers: { "X-CSRFToken": csrf(), Accept: "application/json" }, credentials: "same-origin" });
  }

  window.casework = { words: words, say: say, toast: toast, post: post, csrf: csrf };

  /* Copy a number. The same key again within two seconds copies number and title, then the link: made for chat groups. */
  let copies = { at: 0, step: 0 };
  function copyNumber(button) {
    const now = Date.now();
    copies = { at: now, step: now - copies.at < 2000 ? (copies.step + 1) % 3 : 0 };
    const title = (document.querySelector("h1") || document.body).textContent.trim();
    const text = [button.dataset.copy, button.dataset.copy + " " + title, location.href][button.dataset.copyOnly === "" ? 0 : copies.step];
    const done = () => toast(say("copied", text), 3);
    if (navigator.clipboard && navigator.clipboard.writeText) navigator.clipboard.writeText(text).then(done, () => copyOld(text, done));
    else copyOld(text, done);
  }
  function copyOld(text, done) {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "vh";
    document.body.append(area);
    area.select();
    if (document.execCommand("copy")) done();
    area.remove();
  }

  function toggleTable(button) {
    const table = document.getElementById(button.dataset.toggleTable);
    const shown = table.classList.toggle("shown");
    const chart = document.getElementById("chart");
    if (chart) chart.hidden = shown;
    button.setAttribute("aria-expanded", shown ? "true" : "false");
    button.textContent = say(shown ? "chart" : "table");
  }

  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    const off = hit('[aria-disabled="true"]');
    if (off) { event.preventDefault(); return; }
    const copy = hit("[data-copy]");
    if (copy) { copyNumber(copy); return; }
    /* Back as the browser goes: what was typed there still stands. */
    if (hit("[data-back]") && history.length > 1) { event.preventDefault(); history.back(); return; }
    if (hit("[data-print]")) { window.print(); return; }
    const table = hit("[data-toggle-table]");
    if (table) { toggleTable(table); return; }
    const insert = hit("[data-insert]");
    if (insert) { insertText(insert.dataset.insert); return; }
    const reveal = hit("a[data-reveal]");
    if (reveal && !event.ctrlKey && !event.metaKey) { event.preventDefault(); openReveal(reveal); return; }
    if (hit("[data-close]") && hit("dialog")) { event.preventDefault(); hit("dialog").close(); return; }
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.matches("[data-autosubmit]")) field.form.submit();
    if (field.matches('.choice input')) field.closest(".choices").querySelectorAll(".choice").forEach((c) => c.classList.toggle("on", c.querySelector("input").checked));
    if (field.matches('input[type="file"]')) {
      const box = field.closest(".filebox");
      const line = box && box.querySelector("[data-file-say]");
      if (line) line.textContent = Array.from(field.files).map((f) => f.name).join(", ");
    }
  });

  let lastArea = null;
  document.addEventListener("focusin", (event) => { if (event.target.matches("textarea")) lastArea = event.target; });
  function insertText(text) {
    const area = lastArea || document.querySelector("form textarea");
    if (!area) return;
    const at = area.selectionStart || area.value.length;
    area.value = area.value.slice(0, at) + text + area.value.slice(at);
    area.focus();
    area.selectionStart = area.selectionEnd = at + text.length;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* A pressed button says what it does; pressing it twice does it once. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || event.defaultPrevented) return;
    const button = event.submitter || form.querySelector('button[type="submit"]');
    if (!button) return;
    if (button.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
    if (!button.dataset.busy) return;
    setTimeout(() => {
      button.setAttribute("aria-busy", "true");
      const label = button.querySelector("span") || button;
      button.dataset.label0 = label.textContent;
      label.textContent = button.dataset.busy;
      slow(button.dataset.busy);
    }, 0);
  });
  /* What takes longer than a second says so for everybody, with the seconds; the browser's own stop leaves the page. */
  let waiting = 0;
  function slow(doing) {
    const began = Date.now();
    clearInterval(waiting);
    waiting = setInterval(() => {
      const line = document.querySelector("#slow") || document.body.appendChild(Object.assign(document.createElement("p"), { id: "slow" }));
      line.setAttribute("role", "status");
      line.textContent = `${doing} ${say("seconds", Math.round((Date.now() - began) / 1000))}`;
    }, 1000);
  }
  function unbusy() {
    clearInterval(waiting);
    document.querySelectorAll("#slow").forEach((line) => line.remove());
    document.querySelectorAll('[aria-busy="true"]').forEach((button) => {
      button.removeAttribute("aria-busy");
      const label = button.querySelector("span") || button;
      if (button.dataset.label0) label.textContent = button.dataset.label0;
    });
  }
  window.addEventListener("pageshow", unbusy);
  document.addEventListener("htmx:finally:request", unbusy);

  /* 查看: the reason in a small dialog, the value for sixty seconds, then masked again. */
  function openReveal(link) {
    const dialog = document.getElementById("reveal");
    if (!dialog || !dialog.showModal) { location.href = link.href; return; }
    fetch(link.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).then((answer) => {
      if (!answer.ok) throw new Error(answer.status);
      return answer.text();
    }).then((html) => {
      fillReveal(html, link, dialog);
      dialog.showModal();
    }).catch(() => { location.href = link.href; });
  }
  function fillReveal(html, link, dialog) {
    dialog.innerHTML = html;
    const form = dialog.querySelector("[data-reveal-form]");
    if (form) form.addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); showValue(form, link, dialog); });
    const first = dialog.querySelector('[aria-invalid="true"]');
    if (first) first.focus();
  }
  /* Who looks lies over the page as long as something stands on it in plain. */
  function watermark() {
    const mark = document.querySelector(".wm");
    if (mark) mark.classList.toggle("on", document.querySelector("[data-plain]") !== null);
  }
  function showValue(form, link, dialog) {
    post(form.action, new FormData(form)).then((answer) => {
      if (answer.ok) return answer.json();
      /* What is to be mended (a reason, a password) is asked in the same place; sending it twice would count twice. */
      if ((answer.headers.get("Content-Type") || "").startsWith("text/html")) return answer.text().then((html) => { fillReveal(html, link, dialog); return null; });
      return Promise.reject(answer.status);
    }).then((told) => {
      if (!told) return;
      dialog.close();
      const span = link.closest(".mask") ? link.closest(".mask").querySelector("[data-masked]") : null;
      if (link.dataset.call !== undefined) location.href = "tel:" + told.value;
      if (!span) return;
      const before = span.textContent;
      span.textContent = told.value;
      span.dataset.plain = "";
      watermark();
      link.hidden = true;
      toast(say("seen_until"), 4);
      setTimeout(() => { span.textContent = before; delete span.dataset.plain; watermark(); link.hidden = false; toast(say("masked_again"), 3); }, (told.seconds || 60) * 1000);
    }).catch(() => form.submit());
  }

  /* A region that could not be read says so in its place; the rest of the page lives. */
  function regionFailed(event) {
    const ctx = event.detail && event.detail.ctx;
    if (!ctx || !ctx.target || (ctx.response && ctx.response.status < 500)) return;
    if (ctx.request && ctx.request.method && ctx.request.method.toUpperCase() !== "GET") { toast(say("not_done"), 8); return; }
    const url = ctx.request ? ctx.request.action : location.href;
    const target = typeof ctx.target === "string" ? document.querySelector(ctx.target) : ctx.target;
    if (!target || target === document.body) return;
    const note = document.createElement("div");
    note.className = "note red flat";
    note.setAttribute("role", "alert");
    const strong = document.createElement("b");
    strong.textContent = say("failed");
    const again = document.createElement("a");
    again.className = "lk";
    again.href = url;
    again.textContent = say("again");
    again.addEventListener("click", (press) => { press.preventDefault(); note.remove(); if (window.htmx) window.htmx.ajax("GET", url, { target: target, swap: "outerHTML" }); });
    note.append(strong, " ", again);
    target.before(note);
  }
  document.addEventListener("htmx:error", regionFailed);
  document.addEventListener("htmx:response:error", regionFailed);
  document.addEventListener("htmx:before:swap", (event) => {
    const ctx = event.detail && event.detail.ctx;
    if (!ctx || !ctx.response) return;
    if (ctx.response.status >= 500) event.preventDefault();
    else if (/^\s*<!doctype/i.test(ctx.text || "")) { event.preventDefault(); showWhole(ctx); }
  });

  /* A whole page in answer to a part (refused, logged out meanwhile): show it as a page, never inside a region.
     Where no other address leads to it, it is sent again, but only by the form or button that sent it: a part that merely
     stands inside a form (the bar that counts ticked rows) must never send that form. */
  function showWhole(ctx) {
    const source = ctx.sourceElement;
    const form = source && (source.matches("form") ? source : source.matches('button, input[type="submit"]') && source.form);
    const method = ctx.request && ctx.request.method ? ctx.request.method.toUpperCase() : "GET";
    if (method !== "GET" && !form) { toast(say("not_done"), 8); return; }
    if (method === "GET" || ctx.response.raw.redirected) { location.assign(ctx.response.raw.url || location.href); return; }
    form.dataset.dirty = "";
    HTMLFormElement.prototype.submit.call(form);
  }

  /* Pages that say so in their own band need no toast beside it. */
  window.addEventListener("offline", () => { if (!document.querySelector("[data-offline]")) toast(say("offline"), 8); });

  function settle() {
    document.querySelectorAll("[data-toast]").forEach(watchToast);
    const errors = document.getElementById("errors");
    if (errors && !errors.dataset.seen) { errors.dataset.seen = "1"; errors.focus({ preventScroll: false }); }
  }
  document.addEventListener("htmx:after:settle", settle);
  settle();
  /* Whoever opens a case of the desk by its address sees where it stands in the queue. */
  const open = document.querySelector('.queue [aria-current="true"]');
  if (open && open.scrollIntoView) open.scrollIntoView({ block: "nearest" });
})();
