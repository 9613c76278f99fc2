/* The outbox of this phone: visits written down without signal, each with a number of its own, sent when there is some.
   A record the office refuses stays with its words and holds up no other; nothing is ever taken away but what arrived
   seven days ago. Kept in IndexedDB under the account that wrote it: what was typed, the masked head, no numbers of people.
   A photo lies beside its record and follows it, by a number of its own: no trouble with a photo holds up a word. */
(function () {
  "use strict";
  const block = document.getElementById("outbox-data");
  if (!block) return;
  const told = JSON.parse(block.textContent);
  const urls = told.urls;
  const say = (key, values) => (told.words[key] || "").replace(/\{(\w+)\}/g, (whole, name) => values && values[name] !== undefined ? values[name] : whole);
  const label = (field) => told.labels[field] || field;
  const ARRIVED_MS = 7 * 24 * 3600 * 1000;
  const PATIENCE_MS = 20000;
  const PHOTO_PATIENCE_MS = 120000;
  const FIRST_WAIT_MS = 5000;
  const LAST_WAIT_MS = 300000;
  /* Fields that two texts of one visit are compared by. */
  const COMPARED = ["household_id", "on_date", "form", "findings", "policy", "measures", "next_on"];

  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  /* The store: the records, and the bytes of their photos apart, so that no change of a word writes a picture anew. */
  const STORES = ["records", "photos"];
  let opened = null;
  function store() {
    if (!opened) opened = new Promise((done, failed) => {
      const asked = indexedDB.open("casework-outbox", 2);
      asked.onupgradeneeded = () => STORES.forEach((name) => { if (!asked.result.objectStoreNames.contains(name)) asked.result.createObjectStore(name, { keyPath: "id" }); });
      asked.onsuccess = () => { asked.result.onversionchange = () => { asked.result.close(); opened = null; }; done(asked.result); };
      asked.onerror = () => failed(asked.error);
    });
    return opened;
  }
  function run(mode, act) {
    return store().then((db) => new Promise((done, failed) => {
      const work = db.transaction(STORES, mode);
      const asked = act(work.objectStore("records"), work.objectStore("photos"));
      work.oncomplete = () => done(asked.result);
      work.onerror = work.onabort = () => failed(work.error);
    }));
  }
  /* All of it or nothing: when the phone is full, what was there stays as it was. `bytes`: of a photo that is new; `gone`: the number of one that is not wanted any more. */
  const put = (record, bytes, gone) => run("readwrite", (records, photos) => {
    if (gone) photos.delete(gone);
    if (bytes) photos.put({ id: record.photo.id, bytes: bytes });
    return records.put(record);
  }).then(changed);
  const photoOf = (record) => run("readonly", (records, photos) => photos.get(record.photo.id)).then((kept) => kept ? kept.bytes : null);
  const take = (id) => run("readonly", (records) => records.get(id));
  const drop = (row) => run("readwrite", (records, photos) => { if (row.photo) photos.delete(row.photo.id); return records.delete(row.id); }).then(changed);
  const all = () => run("readonly", (records) => records.getAll()).then((rows) => rows.filter((row) => row.owner === urls.person).sort((a, b) => a.made_at < b.made_at ? -1 : 1));
  function changed() { document.dispatchEvent(new CustomEvent("outbox")); }

  async function tidy() {
    const before = new Date(Date.now() - ARRIVED_MS).toISOString();
    for (const row of await all()) if (row.state === "arrived" && row.arrived_at < before && (!row.photo || row.photo.state === "arrived")) await drop(row);
  }

  /* Sending: one after the other, each judged by itself. What got no answer waits and is sent again with the same number. */
  async function ask(url, options, patience) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), patience || PATIENCE_MS);
    try {
      const answer = await fetch(url, Object.assign({ credentials: "same-origin", cache: "no-store", signal: stop.signal, redirect: "error" }, options, { headers: Object.assign({ Accept: "application/json" }, options && options.headers) }));
      const text = await answer.text();
      let body = {};
      try { body = JSON.parse(text); } catch (none) { body = {}; }
      return { status: answer.status, body: body };
    } finally { clearTimeout(timer); }
  }
  const write = (method, url, body, csrf, version) => ask(url, { method: method, body: JSON.stringify(body), headers: Object.assign({ "Content-Type": "application/json", "X-CSRFToken": csrf }, version ? { "If-Match": '"' + version + '"' } : {}) });

  const reasonsOf = (body) => {
    const fields = (body.errors || []).map((each) => ({ field: each.field, code: each.code, message: each.message }));
    const others = (body.reasons || []).map((each) => ({ field: "", code: each.code, message: each.message }));
    const found = fields.concat(others);
    return found.length ? found : [{ field: "", code: "", message: body.detail || body.title || "" }];
  };

  async function refuse(row, body) { row.state = "refused"; row.reasons = reasonsOf(body); row.kept = false; await put(row); }
  async function arrive(row, made) {
    row.arrived_at = new Date().toISOString();
    row.warnings = (made.warnings || []).map((each) => each.message);
    row.cases = made.cases ? made.cases.map((each) => each.number) : row.cases || [];
    /* It came within a week of another visit: it is kept, and stands here with the question until somebody answers. */
    row.asked = (made.warnings || []).some((each) => each.code === "visit_close");
    row.state = row.need_left || row.lead_left ? "left" : row.asked ? "asked" : "arrived";
    row.reasons = [];
    await put(row);
  }

  /* The same number stands at the office with other words: the first try had arrived, and one of the two was changed. */
  async function clash(row, body) {
    const found = await ask(urls.visits_url + "/" + row.id, {});
    if (found.status !== 200) { await refuse(row, body); return; }
    const history = await ask(urls.visits_url + "/" + row.id + "/history", {});
    const items = history.status === 200 ? history.body.items || [] : [];
    const last = items[items.length - 1] || {};
    row.theirs = { version: found.body.version, values: {}, who: (last.actor && last.actor.name) || "", at: last.at || "", household: (found.body.household || {}).name || "" };
    COMPARED.forEach((name) => { row.theirs.values[name] = found.body[name] === null || found.body[name] === undefined ? "" : String(found.body[name]); });
    row.differs = COMPARED.filter((name) => row.theirs.values[name] !== String(row.body[name] || ""));
    /* What the visit brought to light goes with a first arrival alone. */
    const isLeft = (what) => { const said = JSON.stringify(row.body[what] || null); return Boolean(row.body[what]) && !(row.tries || []).some((each) => JSON.stringify(each[what] || null) === said && each !== row.tries[row.tries.length - 1]); };
    row.need_left = isLeft("need");
    row.lead_left = isLeft("lead");
    if (!row.differs.length) { await arrive(row, {}); return; }
    row.state = "clash";
    await put(row);
  }

  async function sendOne(row, csrf) {
    let answer;
    if (row.patch) answer = await write("PATCH", urls.visits_url + "/" + row.id, row.patch.values, csrf, row.patch.version);
    else {
      const said = JSON.stringify(row.body);
      if (!(row.tries || []).some((each) => JSON.stringify(each) === said)) { row.tries = (row.tries || []).concat([row.body]); await put(row); }
      answer = await write("POST", urls.visits_url, Object.assign({ id: row.id }, row.body), csrf);
    }
    const codes = (answer.body.reasons || []).map((each) => each.code);
    if (answer.status === 200 || answer.status === 201) { row.patch = null; await arrive(row, answer.body); return "arrived"; }
    if (answer.status === 401) return "login";
    if (answer.status === 412 || codes.indexOf("id_taken") >= 0 || /stale$/.test(answer.body.type || "")) { row.patch = null; await clash(row, answer.body); return "clash"; }
    if (isLater(answer)) return "later";
    await refuse(row, answer.body);
    return "refused";
  }
  const isLater = (answer) => answer.status === 429 || answer.status >= 500 || (answer.status === 400 && !answer.body.type);

  /* A photo goes after its record, which is there by now. The bytes leave the phone's store once the office has them. */
  const photoWaits = (row) => Boolean(row.photo) && row.photo.state === "waiting" && ["arrived", "left", "asked"].indexOf(row.state) >= 0;
  async function sendPhoto(row, csrf) {
    const bytes = await photoOf(row);
    const form = new FormData();
    form.append("id", row.photo.id);
    form.append("caption", row.photo.caption || "");
    if (bytes) form.append("file", new Blob([bytes], { type: "image/jpeg" }), "photo.jpg");
    const answer = bytes ? await ask(urls.activities_url + "/" + row.id + "/attachments", { method: "POST", body: form, headers: { "X-CSRFToken": csrf } }, PHOTO_PATIENCE_MS) : { status: 410, body: { title: say("photo_gone") } };
    if (answer.status === 401) return "login";
    if (isLater(answer)) return "later";
    const now = await take(row.id);
    if (!now || !now.photo || now.photo.id !== row.photo.id) return "";
    const isThere = answer.status === 200 || answer.status === 201;
    Object.assign(now.photo, { state: isThere ? "arrived" : "refused", reasons: isThere ? [] : reasonsOf(answer.body) });
    await put(now, null, isThere ? now.photo.id : null);
    return now.photo.state;
  }

  let running = null;
  let login = false;
  /* Whoever asks while it is being sent may have put a record in that the round under way does not know: one more round. */
  let more = false;
  function send() {
    more = true;
    if (!running) running = rounds().catch(() => "away").then((how) => { running = null; changed(); again(how); return how; });
    return running;
  }
  async function rounds() {
    let how = "";
    while (more) {
      more = false;
      how = await sendAll();
      if (["away", "later", "login"].indexOf(how) >= 0) break;
    }
    return how;
  }
  /* The browser may say there is signal when the office is not to be reached: then it is tried again, ever more seldom. */
  let wait = FIRST_WAIT_MS;
  let timer = 0;
  function again(how) {
    clearTimeout(timer);
    if (how !== "away" && how !== "later") { wait = FIRST_WAIT_MS; return; }
    if (!navigator.onLine) return;
    timer = setTimeout(send, wait);
    wait = Math.min(wait * 2, LAST_WAIT_MS);
  }
  async function sendAll() {
    await tidy();
    const due = (row) => row.state === "waiting" || photoWaits(row);
    if (!(await all()).some(due)) return "";
    const token = await ask(urls.token_url, {});
    login = token.status === 401 || token.status === 403 || (token.status === 200 && token.body.person !== urls.person);
    if (token.status !== 200 || login) return login ? "login" : "later";
    /* The words first, which weigh little. */
    const words = (await all()).filter((row) => row.state === "waiting").map((row) => [row, (now) => now.state === "waiting", sendOne]);
    const photos = (await all()).filter((row) => row.photo).map((row) => [row, photoWaits, sendPhoto]);
    let outcome = "";
    for (const [row, isDue, sendIt] of words.concat(photos)) {
      /* Another tab may have sent it meanwhile, or it was taken up again for writing. */
      const now = await take(row.id);
      if (!now || !isDue(now)) continue;
      /* One that got no answer does not hold up the next; two in a row mean that nobody is there. */
      const how = await sendIt(now, token.body.csrf).catch(() => "away");
      if (how === "login") { login = true; return how; }
      if (how === "away" && outcome === "away") return how;
      if (how === "away" || how === "later") outcome = how;
    }
    return outcome;
  }

  window.casework.outbox = { urls: urls, say: say, label: label, newId: newId, put: put, take: take, drop: drop, all: all, photoOf: photoOf, photoWaits: photoWaits, send: send, ask: ask, needsLogin: () => login };

  /* Signal: what the browser says of it, and sending whenever it comes back. */
  function signal() { document.querySelectorAll("[data-offline]").forEach((band) => { band.hidden = navigator.onLine; }); changed(); }
  window.addEventListener("online", () => { signal(); send(); });
  window.addEventListener("offline", signal);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  signal();
  send();

  /* The worker that opens these pages without signal; it is given the files they need. */
  if (urls.worker_url && "serviceWorker" in navigator) {
    const files = Array.from(document.querySelectorAll("link[rel=stylesheet],link[rel=icon],script[src]"), (each) => each.href || each.src);
    const icons = document.querySelector("use");
    if (icons) files.push(new URL(icons.getAttribute("href"), location.href).href.split("#")[0]);
    navigator.serviceWorker.register(urls.worker_url).then(() => navigator.serviceWorker.ready).then((ready) => {
      if (!navigator.onLine) return;
      const done = new MessageChannel();
      done.port1.onmessage = () => { document.documentElement.dataset.ready = "offline"; };
      ready.active.postMessage({ files: files }, [done.port2]);
    }).catch(() => { /* Without a worker an open page goes on working; it only cannot be opened anew. */ });
    document.querySelectorAll('form[action$="/logout"]').forEach((form) => form.addEventListener("submit", () => { if (window.caches) caches.delete("casework-pages"); }));
  }
})();
