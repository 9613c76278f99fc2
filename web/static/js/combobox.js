/* Place, unit, person or case by name, pinyin initials or code: an ARIA 1.2 combobox over options fetched from the
   address in data-combo (JSON {options: [{value, label, hint}]}, asked with ?q=). Without script the field is plain text
   and the server accepts a code or an exact name. With it, the code goes in a hidden field of the same name and the
   words in NAME_text. With data-pick-many every choice becomes a pill. A select with data-combo, which does without
   script, gives way to such a field. */
(function () {
  "use strict";
  const app = window.casework;
  let serial = 0;

  function typed(select) {
    const input = document.createElement("input");
    const chosen = select.selectedOptions[0];
    for (const name of ["id", "name", "class", "required", "data-combo", "aria-invalid", "aria-describedby"]) {
      if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    }
    input.autocomplete = "off";
    input.dataset.code = select.value;
    input.value = select.value && chosen ? chosen.text : select.dataset.typed || "";
    select.replaceWith(input);
    return input;
  }

  function outfit(input) {
    if (input.dataset.ready || !input.dataset.combo) return;
    if (input.tagName === "SELECT") input = typed(input);
    input.dataset.ready = "1";
    const many = input.dataset.pickMany !== undefined;
    const name = input.name;
    const list = document.createElement("ul");
    const status = document.createElement("span");
    const id = "combo-" + (++serial);
    let hidden = null, options = [], at = -1, timer = 0, asked = 0;
    list.className = "list";
    list.id = id;
    list.setAttribute("role", "listbox");
    const label = document.querySelector('label[for="' + input.id + '"]');
    list.setAttribute("aria-label", label ? label.textContent.trim() : name);
    list.hidden = true;
    status.className = "vh";
    status.setAttribute("role", "status");
    input.after(list, status);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", id);
    input.setAttribute("aria-autocomplete", "list");
    if (many) {
      input.name = name + "_text";
    } else {
      hidden = document.createElement("input");
      hidden.type = "hidden";
      hidden.name = name;
      hidden.value = input.dataset.code || "";
      input.name = name + "_text";
      input.after(hidden);
    }

    function close() {
      list.hidden = true;
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }
    function mark(next) {
      at = next;
      Array.from(list.children).forEach((item, index) => item.setAttribute("aria-selected", index === at ? "true" : "false"));
      const item = list.children[at];
      if (item && item.id) { input.setAttribute("aria-activedescendant", item.id); item.scrollIntoView({ block: "nearest" }); }
      else input.removeAttribute("aria-activedescendant");
    }
    function draw() {
      list.textContent = "";
      options.forEach((option, index) => {
        const item = document.createElement("li");
        item.id = id + "-" + index;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.append(option.label);
        if (option.hint) { const hint = document.createElement("small"); hint.textContent = option.hint; item.append(hint); }
        item.addEventListener("mousedown", (event) => { event.preventDefault(); pick(index); });
        list.append(item);
      });
      if (!options.length) {
        const none = document.createElement("li");
        none.className = "none";
        none.setAttribute("role", "option");
        none.setAttribute("aria-disabled", "true");
        none.setAttribute("aria-selected", "false");
        none.textContent = app.say("none");
        list.append(none);
      }
      status.textContent = app.say("options", options.length);
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      mark(options.length ? 0 : -1);
    }
    function ask() {
      const mine = ++asked;
      const url = new URL(input.dataset.combo, location.href);
      url.searchParams.set("q", input.value.trim());
      fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" })
        .then((answer) => answer.ok ? answer.json() : Promise.reject(answer.status))
        .then((told) => { if (mine === asked && document.activeElement === input) { options = told.options || []; draw(); } })
        .catch(close);
    }
    function pick(index) {
      const option = options[index];
      if (!option) return;
      if (many) { addPill(option); input.value = ""; } else settle(option);
      status.textContent = app.say("picked", option.label);
      close();
      input.dispatchEvent(new Event("change", { bubbles: true }));
      input.dispatchEvent(new CustomEvent("picked", { bubbles: true }));
    }
    function settle(option) {
      input.value = option.label;
      if (hidden) hidden.value = option.value;
      input.setCustomValidity("");
    }
    function addPill(option) {
      const box = input.closest("[data-many]");
      if (Array.from(box.querySelectorAll('input[type="hidden"]')).some((field) => field.value === option.value)) return;
      const pill = document.createElement("span");
      pill.className = "pill";
      pill.append(option.label);
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = box.dataset.many;
      field.value = option.value;
      const drop = document.createElement("button");
      drop.type = "button";
      drop.dataset.unpick = "";
      drop.setAttribute("aria-label", app.say("remove", option.label));
      drop.textContent = "×";
      pill.append(field, drop);
      box.insertBefore(pill, input.closest(".combo"));
    }

    input.addEventListener("settle", (event) => { settle(event.detail); input.dispatchEvent(new CustomEvent("picked", { bubbles: true })); });
    input.addEventListener("input", (event) => {
      if (hidden) hidden.value = "";
      clearTimeout(timer);
      if (event.isComposing) return;
      timer = setTimeout(ask, 150);
    });
    input.addEventListener("compositionend", () => { clearTimeout(timer); timer = setTimeout(ask, 100); });
    input.addEventListener("blur", () => setTimeout(close, 120));
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const open = !list.hidden;
      if (event.key === "ArrowDown") { event.preventDefault(); if (open) mark(Math.min(options.length - 1, at + 1)); else ask(); }
      else if (event.key === "ArrowUp") { event.preventDefault(); if (open) mark(Math.max(0, at - 1)); }
      else if (event.key === "Enter" && open && at >= 0 && !event.ctrlKey) { event.preventDefault(); pick(at); }
      else if (event.key === "Escape" && open) { event.preventDefault(); event.stopPropagation(); close(); }
      else if (event.key === "Tab" && open && at >= 0 && input.value.trim()) pick(at);
      else if (event.key === "Backspace" && many && !input.value) {
        const last = input.closest("[data-many]").querySelectorAll(".pill");
        if (last.length) last[last.length - 1].remove();
      }
    });
  }

  document.addEventListener("click", (event) => {
    const drop = event.target.closest("[data-unpick]");
    if (!drop) return;
    const box = drop.closest("[data-many]");
    drop.closest(".pill").remove();
    const field = box.querySelector("[data-combo]");
    if (field) { field.focus(); field.dispatchEvent(new Event("change", { bubbles: true })); }
  });
  const all = () => document.querySelectorAll("[data-combo]").forEach(outfit);
  /* While htmx settles, it puts the attributes of the old element on the new one for a moment: wait until the last
     region of an answer has come to rest, or our own attributes would be wiped again. */
  let rest = 0;
  document.addEventListener("htmx:after:settle", () => { clearTimeout(rest); rest = setTimeout(all, 40); });
  all();
})();
