/* Fields that help: money echoed in 万元, capital lock, show password, likely answers, density kept per person. */
(function () {
  "use strict";
  const app = window.casework;

  /* 80,000.00 元 is echoed as 8.00 万元 in whole fen, without floating point. */
  function wan(text) {
    const plain = text.replace(/[,，\s]/g, "").replace(/[０-９．]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));
    const found = /^([0-9]{1,12})(?:\.([0-9]{0,2}))?$/.exec(plain);
    if (!found) return null;
    const padded = (found[1] + (found[2] || "").padEnd(2, "0")).padStart(7, "0");
    let whole = padded.slice(0, -6).replace(/^0+(?=[0-9])/, "");
    let part = padded.slice(-6).replace(/0+$/, "").padEnd(2, "0");
    whole = whole.replace(/\B(?=([0-9]{3})+$)/g, ",");
    return whole + "." + part;
  }
  function echo(field) {
    const line = field.parentNode.querySelector("[data-echo]");
    if (!line) return;
    const value = field.value.trim();
    const told = value && wan(value);
    line.textContent = value ? (told ? app.say("money", told) : app.say("money_bad")) : "";
    field.classList.toggle("odd", Boolean(value) && !told);
  }

  /* A browser's own field of a day lets nothing be pasted. Here it takes a day as people write it, as the server does where
     one comes to it as text (web/typed_days.py); what is none, or lacks its time, changes nothing. */
  const DAY = /^([0-9]{4})\s*[-.\/\u5e74]\s*([0-9]{1,2})\s*[-.\/\u6708]\s*([0-9]{1,2})\s*[\u65e5\u53f7]?/;
  const CLOCK = /^[T\s]*([0-9]{1,2})\s*[:\u65f6\u70b9]\s*([0-9]{0,2})\s*\u5206?$/;
  function pastedDay(text, timed) {
    const plain = text.replace(/[．-：－]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).trim();
    const on = DAY.exec(plain), rest = on && plain.slice(on[0].length), at = rest && CLOCK.exec(rest);
    if (!on || (timed ? !at : rest)) return "";
    const whole = [on[1], on[2].padStart(2, "0"), on[3].padStart(2, "0")].join("-");
    return timed ? whole + "T" + at[1].padStart(2, "0") + ":" + (at[2] || "").padStart(2, "0") : whole;
  }
  document.addEventListener("paste", (event) => {
    const field = event.target;
    if (!field.matches("input[type=date], input[type=datetime-local]") || field.readOnly) return;
    const told = pastedDay(event.clipboardData.getData("text"), field.type !== "date"), before = field.value;
    if (!told) return;
    field.value = told;
    /* A day that no calendar has leaves the field empty. */
    if (!field.value) { field.value = before; return; }
    event.preventDefault();
    ["input", "change"].forEach((each) => field.dispatchEvent(new Event(each, { bubbles: true })));
  });

  document.addEventListener("input", (event) => { if (event.target.matches("[data-money]")) echo(event.target); });
  document.querySelectorAll("[data-money]").forEach(echo);

  /* A browser cuts what is pasted beyond maxlength off without a word. Here it all stays, with how much is too much beside
     it; the form is not sent before. What is kept for later without a network (the visit form) keeps the browser's way. */
  function unlimit(event) {
    const field = event.target;
    if (!(field.maxLength > 0) || !field.matches("textarea, input") || !field.form || field.form.method !== "post" || field.form.id === "visit") return;
    field.dataset.most = field.maxLength;
    field.removeAttribute("maxlength");
  }
  function measure(event) {
    const field = event.target, most = Number(field.dataset && field.dataset.most);
    if (!most) return;
    const n = Array.from(field.value).length;
    const text = n > most ? app.say("too_long", n + " / " + most) : "";
    let line = field.parentNode.querySelector("[data-over]");
    if (!line && !text) return;
    if (!line) {
      line = document.createElement("span");
      line.className = "err";
      line.dataset.over = "";
      line.setAttribute("role", "status");
      field.after(line);
    }
    line.textContent = text;
    field.setCustomValidity(text);
  }
  document.addEventListener("focusin", unlimit);
  document.addEventListener("input", measure);

  function caps(event) {
    if (!event.target.matches || !event.target.matches("[data-caps]") || !event.getModifierState) return;
    const line = event.target.form && event.target.form.querySelector("[data-caps-say]");
    if (!line) return;
    line.hidden = !event.getModifierState("CapsLock");
    line.textContent = line.hidden ? "" : app.say("caps");
  }
  document.addEventListener("keydown", caps);
  document.addEventListener("keyup", caps);

  document.addEventListener("click", (event) => {
    const peek = event.target.closest("[data-peek]");
    if (peek) {
      const field = document.getElementById(peek.dataset.peek);
      const shown = field.type === "password";
      field.type = shown ? "text" : "password";
      peek.setAttribute("aria-pressed", shown ? "true" : "false");
      peek.textContent = app.say(shown ? "hide" : "show");
      field.focus();
      return;
    }
    const likely = event.target.closest("[data-suggest]");
    if (likely) {
      event.preventDefault();
      const field = document.getElementById(likely.dataset.suggest);
      field.dispatchEvent(new CustomEvent("settle", { detail: { value: likely.value, label: likely.dataset.label } }));
      field.closest(".f").classList.remove("bad");
      field.removeAttribute("aria-invalid");
      likely.parentNode.remove();
      return;
    }
    const density = event.target.closest("[data-density-to]");
    if (density) { event.preventDefault(); setDensity(density.dataset.densityTo); }
  });

  function setDensity(value) {
    document.querySelectorAll("[data-density]").forEach((box) => { box.classList.remove("tight", "loose"); box.classList.add(value); });
    document.querySelectorAll("[data-density-to]").forEach((link) => {
      if (link.dataset.densityTo === value) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    });
    const url = document.body.dataset.prefUrl;
    if (url) app.post(url, { name: "density", value: value }).catch(() => {});
  }

  /* The villagers' page: what to know about the chosen subject, before anybody types in vain. */
  document.addEventListener("change", (event) => {
    const tiles = event.target.closest("[data-stop-url]");
    const home = document.getElementById("stop");
    if (!tiles || !home) return;
    const url = new URL(tiles.dataset.stopUrl, location.href);
    url.searchParams.set(event.target.name, event.target.value);
    fetch(url, { credentials: "same-origin" }).then((answer) => answer.ok ? answer.text() : Promise.reject(answer.status))
      .then((html) => { home.outerHTML = html; })
      .catch(() => { home.textContent = ""; });
  });

  /* The label of a button may follow a field: 交办・县水利局. */
  document.addEventListener("picked", (event) => {
    document.querySelectorAll('[data-label-from="' + event.target.id + '"]').forEach((button) => { button.textContent = button.dataset.label.replace("%s", event.target.value); });
  });
})();
