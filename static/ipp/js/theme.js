/* Runs before the first paint: says that scripts run, and turns the theme "auto" into the one the reader's system uses. */
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  if (root.dataset.bsTheme !== "auto") return;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => { root.dataset.bsTheme = dark.matches ? "dark" : "light"; };
  follow();
  dark.addEventListener("change", follow);
})();
