/* Pasting links: says how many lines stand in the field, so that nobody counts to three hundred. The page works without it. */
(() => {
  "use strict";

  for (const words of document.querySelectorAll("[data-lines-of]")) {
    const field = document.getElementById(words.dataset.linesOf);
    if (!field) continue;
    const tell = () => {
      const count = field.value.split("\n").filter((line) => line.trim()).length;
      words.textContent = count ? (count === 1 ? words.dataset.one : words.dataset.many).replace("{n}", count) : "";
    };
    field.addEventListener("input", tell);
    tell();
  }
})();
