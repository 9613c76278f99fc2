/* The week beside the form of a date. Without this every button sends the whole form and the page comes again; with it
   only the week, the free times and the fields a button fills change, and the focus stays. Arrow keys on the buttons
   that move the meeting press the one for their direction; on a desk it is dragged as well, by half hours. */
(function () {
  "use strict";
  const form = document.getElementById("dates");
  if (!form || !window.fetch || !window.DOMParser) return;
  const REGIONS = ["said", "week", "slots", "who-list", "who-n", "make-up", "notice-told"];
  const FILLED = ["starts_at", "ends_at", "venue"];
  const HALF = 30;
  let asking = null;

  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || !["slot", "week", "look"].includes(button.name)) return;
    event.preventDefault();
    ask(button.name, button.value, button);
  });

  function ask(name, value, button) {
    if (asking) asking.abort();
    asking = new AbortController();
    const sent = new FormData(form);
    sent.append(name, value);
    fetch(form.action, { method: "POST", body: sent, credentials: "same-origin", signal: asking.signal })
      .then((answer) => { if (!answer.ok) throw new Error(answer.status); return answer.text(); })
      .then((text) => put(new DOMParser().parseFromString(text, "text/html"), name, value, button))
      .catch((why) => { if (why.name !== "AbortError") whole(name, value); });
  }

  /* What did not come as a part is sent as without script. */
  function whole(name, value) {
    const kept = document.createElement("input");
    kept.type = "hidden";
    kept.name = name;
    kept.value = value;
    form.append(kept);
    form.dataset.dirty = "";
    HTMLFormElement.prototype.submit.call(form);
  }

  function put(page, name, value, button) {
    const fresh = page.getElementById("dates");
    if (!fresh) { whole(name, value); return; }
    const label = button && button.getAttribute("aria-label");
    REGIONS.forEach((id) => {
      const now = document.getElementById(id), next = page.getElementById(id);
      if (now && next) now.replaceWith(document.importNode(next, true));
    });
    if (name === "slot") {
      FILLED.forEach((each) => { form.elements[each].value = fresh.querySelector(`[name="${each}"]`).value; });
      form.dataset.dirty = "1";
    }
    /* The live line stays, for only what changes in one that stands is read out. */
    document.getElementById("week-told").textContent = document.getElementById("week").dataset.told;
    const told = document.getElementById("notice-told");
    if (window.htmx && told) window.htmx.process(told);
    if (button) focus(button, label);
  }

  /* Back to the button that was pressed; one that is gone gives the focus to what it led to. */
  function focus(button, label) {
    const again = button.id ? "#" + button.id : `button[name="${button.name}"][value="${CSS.escape(button.value)}"]`;
    const same = label && form.querySelector(`#week [aria-label="${CSS.escape(label)}"]`);
    const instead = document.getElementById(button.name === "slot" ? "f-starts_at" : "week-h");
    const found = same || form.querySelector(again) || instead;
    if (!found) return;
    if (found.id === "week-h") found.tabIndex = -1;
    found.focus({ preventScroll: button.name !== "slot" });
  }

  const WAYS = { ArrowLeft: "move-left", ArrowRight: "move-right", ArrowUp: "move-up", ArrowDown: "move-down" };
  form.addEventListener("keydown", (event) => {
    const way = WAYS[event.key];
    if (!way || !event.target.closest("[data-moves]") || event.isComposing) return;
    const button = document.getElementById(way);
    if (!button) return;
    event.preventDefault();
    button.focus();
    button.click();
  });

  /* Dragging: only the mouse, for a finger scrolls; a phone has a list and the buttons. */
  let held = null;
  form.addEventListener("pointerdown", (event) => {
    const block = event.target.closest("[data-held]");
    if (!block || event.button !== 0 || event.pointerType === "touch" || event.target.closest("a")) return;
    const top = block.getBoundingClientRect().top - form.querySelector(".wk-lines").getBoundingClientRect().top;
    held = { block: block, x: event.clientX, y: event.clientY, scrolled: window.scrollY, top: top, moved: false };
    event.preventDefault();
  });
  document.addEventListener("pointermove", (event) => {
    if (!held) return;
    const x = event.clientX - held.x, y = event.clientY - held.y;
    if (!held.moved && Math.abs(x) + Math.abs(y) < 5) return;
    held.moved = true;
    held.block.classList.add("held");
    held.block.style.transform = `translate(${x}px, ${y}px)`;
  });
  document.addEventListener("pointerup", (event) => {
    if (!held) return;
    const was = held, days = Array.from(form.querySelectorAll(".day[data-day]"));
    held = null;
    was.block.classList.remove("held");
    const day = days.find((each) => {
      const box = each.getBoundingClientRect();
      return event.clientX >= box.left && event.clientX < box.right;
    });
    was.block.style.transform = "";
    if (was.moved && day) drop(day, was.top + event.clientY - was.y + window.scrollY - was.scrolled);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !held) return;
    held.block.style.transform = "";
    held.block.classList.remove("held");
    held = null;
  });

  function drop(day, top) {
    const rows = form.querySelector(".wk-lines"), told = rows.dataset, style = getComputedStyle(rows);
    const high = parseFloat(style.gridAutoRows);
    const row = Math.max(0, Math.round((top - parseFloat(style.paddingTop)) / high));
    const at = Math.round(minute(row, told) / HALF) * HALF;
    const begins = form.elements.starts_at, ends = form.elements.ends_at;
    const length = Math.round((wall(ends.value) - wall(begins.value)) / 60000);
    if (!(length > 0)) return;
    const from = wall(day.dataset.day + "T00:00").getTime() + at * 60000;
    begins.value = written(new Date(from));
    ends.value = written(new Date(from + length * 60000));
    form.dataset.dirty = "1";
    ask("look", "1", null);
  }

  /* The minute of the day at a row, counted from 0; at noon, where it is folded, the afternoon begins. */
  function minute(row, told) {
    const noon = Number(told.noon) - 1, folded = Number(told.folded);
    if (!folded || row < noon) return Number(told.opens) + row * 15;
    return Math.max(0, row - noon - folded) * 15 + Number(told.after);
  }

  /* Times of the form have no zone: as if all were of one without summer time. */
  function wall(text) { return new Date(text + "Z"); }
  function written(at) { return at.toISOString().slice(0, 16); }
})();
