/* The screening queue by keys: A accepts, R goes to the reason and, once there is one, rejects. */

import { isComposing, isWriting } from "../../config/js/keys.js";

const form = document.querySelector("[data-decide]");
const reason = form?.querySelector("textarea");

document.addEventListener("keydown", (event) => {
  if (!form || isComposing(event) || isWriting(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const button = form.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!button) return;
  event.preventDefault();
  if (button.value === "reject" && !reason.value.trim()) reason.focus();
  else form.requestSubmit(button);
});
