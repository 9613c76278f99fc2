// The page of colours: each sample is shown in the colours as they are chosen, with how well it can be read.
(() => {
  "use strict";
  const app = window.casework;
  const LEAST = 4.5;

  // Relative luminance and contrast of WCAG 2.1; the office keeps no pair below 4.5.
  function luminance(colour) {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const part = parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  function show(sample) {
    const [ink, tint] = ["ink", "tint"].map((part) => document.getElementById(`f-${sample.dataset.sample}_${part}`));
    const [chip, told] = [sample.querySelector(".chip"), sample.querySelector("small")];
    if (!ink || !tint) return;
    const ratio = contrast(ink.value, tint.value);
    // Through the object model, which the content security policy allows; the edge is the stronger of both.
    chip.style.color = ink.value;
    chip.style.backgroundColor = tint.value;
    chip.style.borderColor = luminance(ink.value) < luminance(tint.value) ? ink.value : tint.value;
    // Never rounded up to what it has to reach.
    const shown = (ratio < LEAST ? Math.floor(ratio * 10) / 10 : ratio).toFixed(1);
    told.textContent = app.say(ratio < LEAST ? "contrast_low" : "contrast", shown);
    told.classList.toggle("late", ratio < LEAST);
    for (const each of [ink, tint]) each.parentElement.querySelector("code").textContent = each.value;
  }

  const samples = document.querySelectorAll("[data-sample]");
  samples.forEach(show);
  document.addEventListener("input", (event) => { if (event.target.type === "color") samples.forEach(show); });
})();
