/* The keyboard map. Letters are off while an input method composes, while a field has the focus, with Ctrl, Alt or Meta,
   and for whoever switched them off (body[data-keys="off"]). A letter presses what carries data-key with that letter. */
(function () {
  "use strict";
  const typing = (node) => node && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName)) && !/^(checkbox|radio|button|submit)$/.test(node.type);
  const visible = (node) => node.getClientRects().length > 0;
  const rows = () => Array.from(document.querySelectorAll("[data-row]")).filter(visible);
  const lettersOn = () => document.body.dataset.keys !== "off";

  function here() {
    const all = rows();
    const focused = document.activeElement && document.activeElement.closest("[data-row]");
    const at = all.indexOf(focused);
    if (at >= 0) return at;
    return all.findIndex((row) => row.classList.contains("here") || row.getAttribute("aria-current") === "true");
  }
  function mark(row) {
    rows().forEach((other) => other.classList.toggle("here", other === row));
    const link = row.matches("a") ? row : row.querySelector("a");
    if (link) { link.focus({ preventScroll: true }); row.scrollIntoView({ block: "nearest" }); }
    return link;
  }
  function step(by) {
    const all = rows();
    if (!all.length) return;
    const next = Math.min(all.length - 1, Math.max(0, here() + by));
    const link = mark(all[next]);
    if (link && link.hasAttribute("hx-get")) link.click();
  }
  function press(letter) {
    const found = Array.from(document.querySelectorAll('[data-key="' + letter + '"], [data-key-for="' + letter + '"]')).find(visible);
    if (!found) return false;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(found.tagName)) { found.focus(); if (found.select) found.select(); } else found.click();
    return true;
  }
  function tick(shift) {
    const row = rows()[here()];
    const box = row && row.querySelector('input[type="checkbox"]');
    if (!box) return false;
    box.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: shift }));
    return true;
  }
  function submitOf(field) {
    const form = field && field.form;
    if (!form) return false;
    const button = form.querySelector('button[type="submit"].main') || form.querySelector('button[type="submit"]');
    if (form.requestSubmit) form.requestSubmit(button || undefined); else form.submit();
    return true;
  }
  function back() {
    const dialog = document.querySelector("dialog[open]");
    if (dialog) return false;
    const menu = document.querySelector("details[open].menu, .bottombar details[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); return true; }
    const active = document.activeElement;
    if (typing(active)) {
      const current = document.querySelector('[data-row][aria-current="true"]');
      if (current) current.focus(); else active.blur();
      return true;
    }
    const link = document.querySelector(".phonebar .back, .crumbs a");
    if (link) { link.click(); return true; }
    return false;
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { if (submitOf(event.target)) event.preventDefault(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") { if (!event.target.closest("[aria-expanded='true'][role='combobox']") && back()) event.preventDefault(); return; }
    if (typing(event.target) || !lettersOn() || document.querySelector("dialog[open]")) return;
    if (event.key === "/") { const find = document.querySelector("[data-find]"); if (find) { find.focus(); find.select(); event.preventDefault(); } return; }
    if (event.key === "?") { const sheet = document.getElementById("keys"); if (sheet && sheet.showModal) { sheet.showModal(); event.preventDefault(); } return; }
    const letter = event.key.length === 1 ? event.key.toUpperCase() : "";
    let done = false;
    if (letter === "J") { step(1); done = true; }
    else if (letter === "K") { step(-1); done = true; }
    else if (letter === "X") done = tick(event.shiftKey);
    else if (letter) done = press(letter);
    if (done) event.preventDefault();
  });
})();
