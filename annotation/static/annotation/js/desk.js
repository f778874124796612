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
  if (!/^[a-z0-9]$/.test(key)) return;
  const field = document.querySelector(`[data-focus-key="${key}"]`);
  const button = document.querySelector(`:is(button, summary, input)[data-key="${key}"]:not(:disabled)`);
  if (!field && !button) return;
  event.preventDefault();
  if (field) field.focus();
  else button.click();
});

/* A verdict can be taken back while its seconds run down; then the offer goes, and what was decided stays told. */
const undo = document.querySelector("[data-undo]");
if (undo) {
  const until = Date.now() + Number(undo.dataset.undo) * 1000;
  const ticking = setInterval(() => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left > 0) {
      undo.querySelector("[data-undo-left]").textContent = String(left);
      return;
    }
    clearInterval(ticking);
    undo.querySelector("button").remove();
  }, 250);
}

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

/* Comments at places: what is selected in the text becomes a line with room for a comment. */
const text = document.querySelector("[data-text]");
const places = document.querySelector("[data-places]");
if (text && places) {
  const list = places.querySelector("[data-place-list]");
  places.hidden = false;
  places.addEventListener("click", (event) => {
    if (event.target.closest("[data-add-place]")) add();
    event.target.closest("[data-drop-place]")?.closest("li").remove();
  });

  function add() {
    const selection = document.getSelection();
    const passage = selection.toString().trim();
    if (!passage || !text.contains(selection.anchorNode) || !text.contains(selection.focusNode)) return;
    const before = document.createRange();
    before.selectNodeContents(text);
    before.setEnd(selection.getRangeAt(0).startContainer, selection.getRangeAt(0).startOffset);
    const line = places.querySelector("template").content.firstElementChild.cloneNode(true);
    line.querySelector("q").textContent = passage;
    line.querySelector("[name=place-passage]").value = passage;
    line.querySelector("[name=place-at]").value = String(Array.from(before.toString()).length);
    list.append(line);
    line.querySelector("[name=place-comment]").focus();
  }
}
