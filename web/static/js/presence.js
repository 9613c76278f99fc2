/* Says every twenty seconds that a case is open, and shows who else has it open: [data-presence-here="ADDRESS"] is told
   and filled with the answer. A page nobody looks at is silent; the address is read anew, for the desk swaps its case. */
(function () {
  "use strict";
  const app = window.casework;
  const EVERY = 20000;
  const homes = () => Array.from(document.querySelectorAll("[data-presence-here]")).filter((home) => home.dataset.presenceHere);

  function tell() {
    const found = homes();
    if (document.visibilityState !== "visible" || !found.length) return;
    const url = found[0].dataset.presenceHere;
    app.post(url, {}).then((answer) => answer.ok ? answer.text() : Promise.reject(answer.status)).then((html) => {
      homes().filter((home) => home.dataset.presenceHere === url).forEach((home) => { if (home.innerHTML.trim() !== html.trim()) home.innerHTML = html; });
    }).catch(() => { /* the network is away: the faces stay as they were */ });
  }
  tell();
  setInterval(tell, EVERY);
  document.addEventListener("visibilitychange", tell);
  document.addEventListener("htmx:after:settle", tell);
  window.addEventListener("pagehide", () => {
    const found = homes();
    if (found.length && navigator.sendBeacon) navigator.sendBeacon(found[0].dataset.presenceHere, new URLSearchParams({ leave: "1", csrf_token: app.csrf() }));
  });
})();
