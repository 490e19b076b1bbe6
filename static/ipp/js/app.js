/* What scripts add to pages that work without them: menus that close, copying, names of chosen files, undo that counts down,
   forms sent once, and words for those who do not see that a table changed. Everything is found by attribute, so that parts
   swapped in later work too. */
(() => {
  const LIVE = "ipp-live";
  const root = document.documentElement;

  /* -- menus and questions: <details> that close ------------------------------------------------------------------- */
  const OPEN = "details.ipp-menu[open], details.ipp-confirm[open]";

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.ipp-menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const closer = event.target.closest("[data-close]");
    if (closer) closeDetails(closer.closest("details"));
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = event.target.closest(OPEN) || document.querySelector("details.ipp-menu[open]");
    if (open) closeDetails(open);
  });

  document.addEventListener("focusout", (event) => {
    const menu = event.target.closest("details.ipp-menu[open]");
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    const drawer = event.target.closest("[popover]");
    if (drawer && event.relatedTarget && !drawer.contains(event.relatedTarget) && drawer.matches(":popover-open")) drawer.hidePopover();
  });

  function closeDetails(details) {
    if (!details) return;
    details.open = false;
    details.querySelector("summary").focus();
  }

  /* -- copying ------------------------------------------------------------------------------------------------------ */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    say(button.dataset.copied);
    const words = button.querySelector("span");
    if (!words) return;
    const before = words.textContent;
    words.textContent = button.dataset.copied;
    setTimeout(() => { words.textContent = before; }, 2000);
  });

  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-select]")) event.target.select();
  });

  /* -- files: name what was chosen, show where it may be dropped ------------------------------------------------------ */
  document.addEventListener("change", (event) => {
    const drop = event.target.closest(".ipp-drop");
    if (!drop) return;
    const names = Array.from(event.target.files, (file) => `${file.name} · ${size(file.size)}`);
    drop.querySelector("output").textContent = names.join("\n");
  });

  for (const [kind, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(kind, (event) => {
      const drop = event.target.closest && event.target.closest(".ipp-drop");
      if (drop) drop.classList.toggle("ipp-drop-over", over);
    });
  }

  function size(bytes) {
    return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  }

  /* -- forms sent once: a second press while the answer is on its way does nothing ------------------------------------- */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (button) button.setAttribute("aria-disabled", "true");
  });

  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
    }
  });

  /* -- one key per decision: on pages that name keys, while nobody types (Escape leaves a field); each reader may switch it off
     (WCAG 2.1.4). A label's key goes to its field; a key inside a closed fold does nothing. ------------------------------------------ */
  const KEYS = "ipp-keys";

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || root.classList.contains("ipp-no-keys")) return;
    if (event.target.closest("dialog, [popover]")) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) {
      if (event.key === "Escape" && document.querySelector("[data-key]")) event.target.blur();
      return;
    }
    const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!wanted || wanted.disabled || isFoldedAway(wanted)) return;
    event.preventDefault();
    const field = wanted.control;
    (field || wanted).focus();
    if (!field) wanted.click();
  });

  function isFoldedAway(element) {
    const fold = element.matches("summary") ? element.parentElement.parentElement : element;
    return fold.closest("details:not([open])") !== null;
  }

  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-keys]");
    if (!toggle) return;
    localStorage.setItem(KEYS, localStorage.getItem(KEYS) === "off" ? "on" : "off");
    showKeys();
  });

  function showKeys() {
    const off = localStorage.getItem(KEYS) === "off";
    root.classList.toggle("ipp-no-keys", off);
    for (const toggle of document.querySelectorAll("[data-keys]")) toggle.setAttribute("aria-pressed", String(!off));
  }

  /* -- undo: the offer ends when the effect begins ----------------------------------------------------------------------- */
  function countDown(toast) {
    const ends = Date.now() + Number(toast.dataset.seconds) * 1000;
    const words = toast.querySelector("[data-countdown]");
    const timer = setInterval(() => {
      const left = Math.ceil((ends - Date.now()) / 1000);
      if (left > 0) { words.textContent = words.dataset.countdown.replace("{n}", left); return; }
      clearInterval(timer);
      toast.remove();
    }, 500);
  }

  /* -- words for what changed -------------------------------------------------------------------------------------------- */
  function say(words) {
    const live = document.getElementById(LIVE);
    live.textContent = "";
    requestAnimationFrame(() => { live.textContent = words; });
  }

  /* -- refusals of htmx requests: shown in one place, the page's own words kept for when no answer can be read ---------- */
  const refusal = () => document.getElementById("ipp-refusal");

  document.addEventListener("htmx:beforeRequest", () => { if (refusal()) refusal().replaceChildren(); });
  document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
    if (event.detail.failed) Object.assign(event.detail.history, { type: "replace", path: location.pathname + location.search });
  });
  for (const kind of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(kind, () => {
      const place = refusal();
      if (!place) return;
      if (!place.firstElementChild) place.replaceChildren(document.getElementById("ipp-lost").content.cloneNode(true));
      place.scrollIntoView({ block: "nearest" });
    });
  }

  function wake(part) {
    for (const toast of part.querySelectorAll(".ipp-toast[data-seconds]")) countDown(toast);
  }

  showKeys();
  wake(document);
  document.addEventListener("htmx:load", (event) => wake(event.detail.elt));
  document.addEventListener("htmx:afterSettle", (event) => {
    const words = event.detail.elt.dataset && event.detail.elt.dataset.announce;
    if (words) say(words);
  });
})();
