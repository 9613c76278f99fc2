/* A photo taken to a visit: made small on the phone, which also leaves behind where and with what it was taken, shown as
   it will be sent, and kept beside the record. A photo that cannot be read or finds no room is said and left out. */
(function () {
  "use strict";
  const home = document.querySelector("[data-photo]");
  const outbox = window.casework && window.casework.outbox;
  if (!home || !outbox || !window.createImageBitmap) return;
  const say = outbox.say;
  const LONGEST = 1600;
  const PREVIEW = 320;
  const ENOUGH = 400 * 1024;
  const QUALITIES = [0.82, 0.7, 0.55, 0.4];

  function drawn(canvas, picture, longest) {
    const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const brush = canvas.getContext("2d");
    /* What is see-through becomes paper, not black. */
    brush.fillStyle = "#fff";
    brush.fillRect(0, 0, canvas.width, canvas.height);
    brush.imageSmoothingQuality = "high";
    brush.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return canvas;
  }
  const asJpeg = (canvas, quality) => new Promise((done, failed) => canvas.toBlob((blob) => blob ? done(blob) : failed(new Error("no picture")), "image/jpeg", quality));
  /* Only what is seen goes through a canvas: place, time and owner stay where the picture came from. */
  async function shrink(file) {
    const picture = await createImageBitmap(file);
    const canvas = drawn(document.createElement("canvas"), picture, LONGEST);
    picture.close();
    let blob = null;
    for (const quality of QUALITIES) { blob = await asJpeg(canvas, quality); if (blob.size <= ENOUGH) break; }
    return { canvas: canvas, bytes: await blob.arrayBuffer() };
  }

  function at(form) {
    const part = (name) => home.querySelector("[data-" + name + "]");
    const preview = part("preview");
    const caption = document.getElementById("f-caption");
    /* `bytes`: of a photo that is not in the store yet. */
    let meta = null, bytes = null, busy = false, full = false;

    function tell(text) { part("photo-say").textContent = text; part("photo-say").hidden = !text; }
    function lay() {
      part("shot").hidden = !meta;
      part("pick-row").hidden = Boolean(meta);
      if (meta) part("shot-told").textContent = say("photo_taken", { size: say("size", { n: Math.max(1, Math.round(meta.size / 1024)) }) });
    }
    async function pick(event) {
      const file = event.target.files[0];
      event.target.value = "";
      if (!file) return;
      busy = true; full = false;
      tell(say("photo_busy"));
      try {
        const made = await shrink(file);
        drawn(preview, made.canvas, PREVIEW);
        bytes = made.bytes;
        meta = { id: outbox.newId(), size: bytes.byteLength, caption: caption.value.trim(), state: "waiting", reasons: [] };
        tell("");
      } catch (unreadable) { tell(say("photo_unreadable")); }
      busy = false;
      lay();
      form.chosen();
    }
    function leave() { meta = null; bytes = null; caption.value = ""; preview.width = preview.height = 1; lay(); }
    home.querySelectorAll("[data-pick]").forEach((each) => each.addEventListener("change", pick));
    part("leave").addEventListener("click", () => { leave(); tell(""); form.chosen(); home.querySelectorAll("[data-pick]")[1].focus(); });
    caption.addEventListener("input", () => { caption.setCustomValidity(""); if (meta) meta.caption = caption.value.trim(); });
    caption.addEventListener("change", () => form.chosen());
    home.hidden = false;
    lay();

    return {
      has: () => Boolean(meta),
      isFull: () => full,
      isReady() {
        if (busy) { tell(say("photo_busy")); return false; }
        full = false;
        if (form.isFit(caption.value)) return true;
        caption.setCustomValidity(say("id_number"));
        caption.reportValidity();
        return false;
      },
      /* Put a record into the store with the photo as it stands here; when there is no room for it, the record without. */
      async keep(record) {
        const before = record.photo || null;
        if (meta && !form.isFit(meta.caption)) meta.caption = "";
        record.photo = meta ? Object.assign({}, meta) : null;
        try {
          await outbox.put(record, bytes, before && (!meta || before.id !== meta.id) ? before.id : null);
          bytes = null;
        } catch (why) {
          if (!bytes || !why || why.name !== "QuotaExceededError") throw why;
          record.photo = before;
          leave();
          full = true;
          tell(say("photo_full"));
          await outbox.put(record);
        }
      },
      async show(record) {
        if (!record.photo) return;
        const kept = await outbox.photoOf(record);
        if (!kept) return;
        meta = Object.assign({}, record.photo, { state: "waiting", reasons: [] });
        caption.value = meta.caption;
        const picture = await createImageBitmap(new Blob([kept], { type: "image/jpeg" }));
        drawn(preview, picture, PREVIEW);
        lay();
      },
    };
  }
  window.casework.photo = { at: at };
})();
