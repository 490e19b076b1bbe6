/* What the review desk adds to its page: pictures change in place, ticks outlive the way from listing to listing, and a button that
   needs words leads to them. Keys are those of app.js. */
(() => {
  /* -- pictures ---------------------------------------------------------------------------------------------------------- */
  function show(link) {
    const pane = link.closest(".ipp-pane-pics");
    const frame = pane.querySelector("[data-frame]");
    const small = link.querySelector("img");
    const large = frame.querySelector("img");
    for (const other of pane.querySelectorAll("[data-swap][aria-current]")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    frame.href = link.href;
    large.src = small.src;
    large.alt = small.alt;
    const caption = pane.querySelector("[data-caption]");
    if (caption) caption.textContent = link.title;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-swap]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link);
  });

  const PANES = { p: ".ipp-con-list", o: ".ipp-con-right", e: ".ipp-con-answer" };

  function isKeyOfThePage(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.documentElement.classList.contains("ipp-no-keys")) return false;
    return !event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog, [popover]");
  }

  document.addEventListener("keydown", (event) => {
    const pane = PANES[event.key];
    if (!pane || !isKeyOfThePage(event)) return;
    const place = [`${pane} [data-stop][aria-current]`, `${pane} [data-stop]`, pane].map((where) => document.querySelector(where)).find(Boolean);
    const pictures = place && place.querySelector(".ipp-pane-pics");
    const links = pictures ? Array.from(pictures.querySelectorAll("[data-swap]")) : [];
    if (links.length) show(links[(links.findIndex((link) => link.hasAttribute("aria-current")) + 1) % links.length]);
  });

  /* -- a dispute's listings: j and k go from one to the next, x ticks it ------------------------------------------------------ */
  const stops = Array.from(document.querySelectorAll("[data-stop]"));

  function currentStop() {
    return stops.findIndex((stop) => stop.hasAttribute("aria-current"));
  }

  function goTo(place) {
    const stop = stops[Math.max(0, Math.min(stops.length - 1, place))];
    for (const other of stops) other.removeAttribute("aria-current");
    stop.setAttribute("aria-current", "true");
    stop.focus({ preventScroll: true });
    stop.scrollIntoView({ block: "start" });
  }

  document.addEventListener("keydown", (event) => {
    if (!stops.length || !["j", "k", "x"].includes(event.key) || !isKeyOfThePage(event)) return;
    event.preventDefault();
    if (event.key !== "x") { goTo(currentStop() + (event.key === "j" ? 1 : -1)); return; }
    const box = stops[Math.max(0, currentStop())].querySelector("input[name=positions]");
    if (box) box.click();
  });

  /* -- ticks: kept for this tab until the complaint is left, also for listings out of view ---------------------------------- */
  const strip = document.querySelector("[data-picks]");
  const key = strip && `ipp-picks-${strip.dataset.picks}`;

  function boxes() {
    return Array.from(strip.querySelectorAll("input[name=pick]"));
  }

  function kept() {
    try { return new Set(JSON.parse(sessionStorage.getItem(key) || "[]")); } catch { return new Set(); }
  }

  function keep(picks) {
    try { sessionStorage.setItem(key, JSON.stringify(Array.from(picks))); } catch { /* no storage: ticks last for one page */ }
    strip.querySelector("[data-pick-go]").hidden = picks.size < 2;
    strip.querySelector("[data-pick-count]").textContent = picks.size;
  }

  if (strip && strip.querySelector("[data-pick-go]")) {
    const picks = kept();
    if (document.querySelector(".ipp-con-cards")) picks.clear();  // they are being decided now
    for (const box of boxes()) {
      if (box.checked) picks.add(box.value);
      box.checked = picks.has(box.value);
    }
    for (const item of strip.querySelectorAll("[data-decided]")) picks.delete(item.dataset.decided);
    keep(picks);

    strip.addEventListener("change", (event) => {
      if (event.target.name !== "pick") return;
      if (event.target.checked) picks.add(event.target.value);
      else picks.delete(event.target.value);
      keep(picks);
    });

    document.addEventListener("submit", (event) => {
      if (event.target.id !== "decide") return;
      for (const value of new FormData(event.target).getAll("positions")) picks.delete(value);
      keep(picks);
    });

    strip.addEventListener("submit", () => {
      const shown = new Set(boxes().map((box) => box.value));
      for (const value of picks) {
        if (shown.has(value)) continue;
        const field = document.createElement("input");
        Object.assign(field, { type: "hidden", name: "pick", value });
        strip.append(field);
      }
    });
  }

  if (strip) {
    const current = strip.querySelector("[aria-current]");
    const row = strip.querySelector("ol");
    if (current) row.scrollLeft = current.parentElement.offsetLeft - row.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
  }

  /* -- cards: the button says how many are ticked ------------------------------------------------------------------------------ */
  document.addEventListener("change", (event) => {
    if (event.target.name !== "positions") return;
    const count = document.querySelectorAll("input[name=positions]:checked").length;
    for (const place of document.querySelectorAll("[data-chosen-count]")) place.textContent = count;
  });

  /* -- a question needs words --------------------------------------------------------------------------------------------------- */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-needs]");
    const field = button && document.getElementById(button.dataset.needs);
    if (!field || field.value.trim()) return;
    event.preventDefault();
    field.focus();
  });

  document.addEventListener("toggle", (event) => {
    if (event.target.matches(".ipp-con-act .ipp-confirm[open]")) event.target.querySelector(".ipp-confirm-box").scrollIntoView({ block: "nearest" });
  }, true);
})();
