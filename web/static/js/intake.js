/* The category that the words speak for is ticked while nobody has chosen one; whoever chooses is left alone. */
(function () {
  "use strict";
  const form = document.getElementById("intake");
  if (!form) return;
  const tiles = () => Array.from(form.querySelectorAll('input[type="radio"][name="category"]'));
  let chosen = tiles().some((tile) => tile.checked);
  form.addEventListener("change", (event) => { if (event.target.name === "category" && event.isTrusted) chosen = true; });

  function propose() {
    const hint = document.getElementById("cat-hint");
    const code = hint && hint.dataset.suggested;
    if (!code || chosen) return;
    const tile = tiles().find((one) => one.value === code);
    if (!tile || tile.checked) return;
    tile.checked = true;
    tile.dispatchEvent(new Event("change", { bubbles: true }));
  }
  document.addEventListener("htmx:after:settle", propose);
  document.addEventListener("htmx:after:swap", () => setTimeout(propose, 0));
})();
