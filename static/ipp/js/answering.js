/* Answering a notice: the button says for how many listings the answer is. The page works without it. */
(() => {
  "use strict";

  for (const words of document.querySelectorAll("[data-count-of]")) {
    const form = words.closest("form");
    if (!form) continue;
    const tell = () => {
      const count = form.querySelectorAll(`input[name="${words.dataset.countOf}"]:checked`).length;
      if (count) words.textContent = (count === 1 ? words.dataset.one : words.dataset.many).replace("{n}", count);
    };
    form.addEventListener("change", tell);
    tell();
  }
})();
