/* Dragging a meeting onto another day and, on a week's view, another hour: how far down in the day it is let go. The dialog asks before anything is sent; the form of the meeting does the same
   without a mouse. */
(function () {
  "use strict";
  const dialog = document.getElementById("drag");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  const days = Array.from(document.querySelectorAll("td[data-day]"));
  let held = null;

  function mark(day) { days.forEach((each) => each.classList.toggle("over", each === day)); }

  document.addEventListener("dragstart", (event) => {
    held = event.target.closest ? event.target.closest("a[data-move]") : null;
    if (!held) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.href);
    held.classList.add("held");
  });
  document.addEventListener("dragend", () => {
    if (held) held.classList.remove("held");
    held = null;
    mark(null);
  });
  days.forEach((day) => {
    day.addEventListener("dragover", (event) => {
      if (!held) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "move";
      mark(day);
    });
    day.addEventListener("drop", (event) => {
      if (!held) return;
      event.preventDefault();
      const from = held.closest("td[data-day]");
      const at = hour(day, event.clientY) || held.dataset.at;
      if (from !== day || at !== held.dataset.at) ask(held, from, day, at);
    });
  });

  /* The half hour at a height of a day, where the table says from when to when its days go. */
  function hour(day, y) {
    const table = day.closest("table[data-from]");
    if (!table) return "";
    const box = day.getBoundingClientRect();
    const first = Number(table.dataset.from);
    const halves = Math.floor(((y - box.top) / box.height) * (Number(table.dataset.to) - first) * 2);
    const at = first * 60 + Math.max(0, halves) * 30;
    return String(Math.floor(at / 60)).padStart(2, "0") + ":" + String(at % 60).padStart(2, "0");
  }

  function ask(meeting, from, day, at) {
    const put = (name, text) => { dialog.querySelector("[data-" + name + "]").textContent = text; };
    form.action = meeting.dataset.move;
    form.elements.day.value = day.dataset.day;
    form.elements.at.value = at;
    put("what", Array.from(meeting.childNodes, (each) => each.textContent.trim()).filter(Boolean).join(" "));
    put("from", from.dataset.label);
    put("to", day.dataset.label);
    put("says", meeting.dataset.says);
    dialog.showModal();
  }
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
})();
