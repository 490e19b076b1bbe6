/* Runs before the first paint: says that scripts run, names the reader's time zone to the server, and turns the theme "auto" into
   the one the reader's system uses. */
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const zone = `ipp_zone=${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
  if (!document.cookie.split("; ").includes(zone)) {
    document.cookie = `${zone};path=/;max-age=31536000;samesite=lax${location.protocol === "https:" ? ";secure" : ""}`;
  }
  if (root.dataset.bsTheme !== "auto") return;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => { root.dataset.bsTheme = dark.matches ? "dark" : "light"; };
  follow();
  dark.addEventListener("change", follow);
})();
