/* Dragging a meeting onto another day. The dialog asks before anything is sent; the form of the meeting does the same
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
      if (from !== day) ask(held, from, day);
    });
  });

  function ask(meeting, from, day) {
    const put = (name, text) => { dialog.querySelector("[data-" + name + "]").textContent = text; };
    form.action = meeting.dataset.move;
    form.elements.day.value = day.dataset.day;
    put("what", meeting.textContent.trim());
    put("from", from.dataset.label);
    put("to", day.dataset.label);
    put("says", meeting.dataset.says);
    dialog.showModal();
  }
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
})();
