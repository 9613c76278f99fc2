/* The worker that opens two pages without signal: the member's page and the form of a visit, with their style sheets and
   scripts. With signal it asks the office first, always. Whatever else is asked for passes it by. Logging out, and every
   way that leads to the log-in, takes away what it kept; what a person wrote is not kept here but in the outbox. */
"use strict";
const KEPT = "casework-pages";
const PAGES = ["/mine", "/visits/new"];
const DOORS = ["/login", "/logout"];

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

/* What a page gives: the addresses of its style sheets and scripts. Those of an older upgrade go. */
async function keep(files) {
  const store = await caches.open(KEPT);
  const wanted = new Set(files.map((file) => new URL(file, self.location).href));
  for (const asked of await store.keys()) {
    if (new URL(asked.url).pathname.startsWith("/static/") && !wanted.has(asked.url)) await store.delete(asked);
  }
  for (const file of wanted) {
    if (!(await store.match(file, { ignoreVary: true }))) { const answer = await fetch(file); if (answer.ok) await store.put(file, answer); }
  }
  await renew("/visits/new");
  /* The page that brought the worker here was open before it could be kept. */
  if (!(await store.match("/mine", { ignoreVary: true }))) await renew("/mine");
}

async function renew(path) {
  const answer = await fetch(path, { credentials: "same-origin", headers: { Accept: "text/html" } });
  if (answer.ok && !answer.redirected) await (await caches.open(KEPT)).put(path, answer);
}

const forget = () => caches.delete(KEPT);

self.addEventListener("message", (event) => {
  const told = event.data || {};
  const done = told.forget ? forget() : told.files ? keep(told.files) : Promise.resolve();
  event.waitUntil(done.catch(() => {}).then(() => { if (event.ports[0]) event.ports[0].postMessage("done"); }));
});

/* A page from the office; without signal the one that was kept, whatever the address says behind the question mark. */
async function open(request, path) {
  try {
    const answer = await fetch(request);
    if (answer.type === "opaqueredirect" || answer.redirected || answer.status === 401 || answer.status === 403) await forget();
    else if (answer.ok && path === "/mine") await (await caches.open(KEPT)).put(path, answer.clone());
    return answer;
  } catch (away) {
    const kept = await caches.match(path, { cacheName: KEPT, ignoreVary: true });
    if (kept) return kept;
    throw away;
  }
}

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (DOORS.includes(url.pathname)) { event.waitUntil(forget()); return; }
    if (request.method === "GET" && PAGES.includes(url.pathname)) event.respondWith(open(request, url.pathname));
    else if (request.method === "GET" && url.pathname === "/") {
      event.respondWith(fetch(request).catch(async (away) => { if (await caches.match("/mine", { cacheName: KEPT, ignoreVary: true })) return Response.redirect("/mine"); throw away; }));
    }
    return;
  }
  /* Files carry the mark of their upgrade in the address, so one that was kept is never stale. */
  if (request.method === "GET" && url.pathname.startsWith("/static/")) {
    event.respondWith(caches.match(request, { cacheName: KEPT, ignoreVary: true }).then((kept) => kept || fetch(request)));
  }
});
