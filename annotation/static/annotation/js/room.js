/* One key for the one thing to do: a link or button with data-key. */

import { isComposing, isWriting } from "../../config/js/keys.js";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isComposing(event) || isWriting(event.target)) return;
  const wanted = event.key.toLowerCase();
  const target = document.querySelector(`[data-key="${CSS.escape(wanted)}"]`);
  if (!target || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  target.click();
});
