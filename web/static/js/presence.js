/* Says every twenty seconds that this page is open, and shows who else has it open. A page nobody looks at is silent.
   data-presence on the script: the address; the answer replaces the marked place. */
(function () {
  "use strict";
  const app = window.casework;
  const url = document.currentScript ? document.currentScript.dataset.presence : "";
  const EVERY = 20000;
  if (!url || !app) return;

  function tell() {
    if (document.visibilityState !== "visible") return;
    app.post(url, {}).then((answer) => answer.ok ? answer.text() : Promise.reject(answer.status)).then((html) => {
      document.querySelectorAll("[data-presence-here]").forEach((home) => { if (home.innerHTML !== html) home.innerHTML = html; });
    }).catch(() => { /* the network is away: the faces stay as they were */ });
  }
  tell();
  setInterval(tell, EVERY);
  document.addEventListener("visibilitychange", tell);
  window.addEventListener("pagehide", () => {
    const body = new URLSearchParams({ leave: "1", csrf_token: app.csrf() });
    if (navigator.sendBeacon) navigator.sendBeacon(url, body);
  });
})();
