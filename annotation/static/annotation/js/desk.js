/* The review desk by keyboard: a letter presses the button that shows it, and the time at the text is counted. */

import { isComposing, isWriting } from "../../config/js/keys.js";

document.addEventListener("keydown", (event) => {
  if (isComposing(event) || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === "Escape" && isWriting(event.target)) {
    event.target.blur();
    return;
  }
  if (isWriting(event.target) || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  if (!/^[a-z]$/.test(key)) return;
  const field = document.querySelector(`[data-focus-key="${key}"]`);
  const button = document.querySelector(`:is(button, summary)[data-key="${key}"]:not(:disabled)`);
  if (!field && !button) return;
  event.preventDefault();
  if (field) field.focus();
  else button.click();
});

/* Seconds while the page is looked at; idle longer than a minute does not count. */
const IDLE_MS = 60_000;
const counter = document.querySelector("[data-seconds]");
let seconds = 0;
let lastSign = Date.now();
for (const sign of ["pointermove", "keydown", "scroll", "pointerdown"]) {
  document.addEventListener(sign, () => (lastSign = Date.now()), { passive: true });
}
if (counter) {
  setInterval(() => {
    if (!document.hidden && Date.now() - lastSign < IDLE_MS) counter.value = String((seconds += 1));
  }, 1000);
}
