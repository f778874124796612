/* The light and dark switch. The choice is a cookie, so that the server can set <html data-theme> and the page
   never flashes; choosing what the system shows anyway forgets the choice. */

const YEAR = 31536000;
const root = document.documentElement;
const system = window.matchMedia("(prefers-color-scheme: dark)");

function shown() {
  return root.dataset.theme || (system.matches ? "dark" : "light");
}

function choose(theme) {
  const follows = theme === (system.matches ? "dark" : "light");
  if (follows) delete root.dataset.theme;
  else root.dataset.theme = theme;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `hitode_theme=${follows ? "" : theme}; Path=/; SameSite=Lax; Max-Age=${follows ? 0 : YEAR}${secure}`;
}

function tell() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    const label = shown() === "dark" ? button.dataset.toLight : button.dataset.toDark;
    button.setAttribute("aria-label", label);
    button.title = label;
    const words = button.querySelector("[data-theme-words]");
    if (words) words.textContent = label;
  }
}

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    choose(shown() === "dark" ? "light" : "dark");
    tell();
  });
}
system.addEventListener("change", tell);
tell();
