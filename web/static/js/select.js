/* Ticking rows: Shift takes a range, the head takes the page, a long press on a phone begins. The dark bar counts. */
(function () {
  "use strict";
  const app = window.casework;
  const form = document.querySelector("form[data-select]");
  if (!form) return;
  const bar = form.querySelector("[data-bar]");
  const all = form.querySelector("[data-all]");
  const boxes = () => Array.from(form.querySelectorAll('input[type="checkbox"][name="id"]'));
  // All that the filter found, beyond this page: whoever unticks a row no longer means all.
  const whole = form.querySelector('input[name="all"]');
  let last = null;

  function refresh(quiet) {
    const every = boxes();
    const ticked = every.filter((box) => box.checked);
    if (whole && ticked.length < every.length) whole.checked = false;
    every.forEach((box) => box.closest("tr").classList.toggle("on", box.checked));
    if (all) { all.checked = ticked.length > 0 && ticked.length === every.length; all.indeterminate = ticked.length > 0 && ticked.length < every.length; }
    form.classList.toggle("picking", ticked.length > 0);
    if (!bar) return;
    bar.classList.toggle("on", ticked.length > 0);
    if (quiet) return;
    const line = bar.querySelector(".say");
    if (line) { line.textContent = ""; const strong = document.createElement("b"); strong.textContent = app.say("chosen", whole && whole.checked ? whole.dataset.n : ticked.length); line.append(strong); }
    if (ticked.length) form.dispatchEvent(new CustomEvent("picked", { bubbles: true }));
  }
  form.addEventListener("click", (event) => {
    const box = event.target;
    if (!box.matches || !box.matches('input[name="id"]')) return;
    if (event.shiftKey && last) {
      const every = boxes();
      const ends = [every.indexOf(last), every.indexOf(box)].sort((a, b) => a - b);
      every.slice(ends[0], ends[1] + 1).forEach((one) => { one.checked = box.checked; });
    }
    last = box;
    refresh(false);
  });
  if (all) all.addEventListener("change", () => { boxes().forEach((box) => { box.checked = all.checked; }); refresh(false); });
  form.addEventListener("click", (event) => {
    if (!event.target.closest("[data-none]")) return;
    boxes().forEach((box) => { box.checked = false; });
    if (whole) whole.checked = false;
    refresh(false);
  });
  if (whole) whole.addEventListener("change", () => { if (whole.checked) boxes().forEach((box) => { box.checked = true; }); refresh(false); });

  let hold = 0;
  form.addEventListener("touchstart", (event) => {
    const row = event.target.closest("tr[data-row]");
    const box = row && row.querySelector('input[name="id"]');
    if (!box) return;
    hold = setTimeout(() => { hold = -1; box.checked = !box.checked; last = box; refresh(false); }, 500);
  }, { passive: true });
  form.addEventListener("touchmove", () => clearTimeout(hold), { passive: true });
  form.addEventListener("touchend", (event) => { if (hold === -1) event.preventDefault(); clearTimeout(hold); hold = 0; });
  form.addEventListener("contextmenu", (event) => { if (event.target.closest("tr[data-row]") && form.classList.contains("picking")) event.preventDefault(); });
  refresh(true);
})();
