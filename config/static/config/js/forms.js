/* Every form: sent once, Ctrl/Command+Enter where asked for, and character counters.

   <form data-submit-chord>            Ctrl/Command+Enter in it presses its [data-primary] button, or else the first submit
   <form data-resend>                  may be sent again at once (a download, a search)
   <textarea data-counter="id">        writes its length in characters into the element with that id
   <form data-sample>                  is there to be looked at: it does not take the focus
   <form data-autosubmit>              is sent when one of its selects or choices changes */

import { isSubmitChord } from "./keys.js";

const sent = new WeakSet();

function release(form) {
  sent.delete(form);
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || "resend" in form.dataset || form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]")) return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  queueMicrotask(() => {
    if (event.defaultPrevented) return;
    sent.add(form);
    event.submitter?.setAttribute("aria-busy", "true");
  });
});

/* Back from the next page: the form is usable again. */
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.forms) release(form);
});

document.addEventListener("keydown", (event) => {
  if (!isSubmitChord(event)) return;
  const form = event.target.closest?.("form[data-submit-chord]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-primary]:not(:disabled)") ?? undefined);
});

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form && "autosubmit" in form.dataset && event.target.matches("select, [type=radio], [type=checkbox]")) form.requestSubmit();
});

/** Characters as the server counts them: code points, so that a limit means the same on both sides. */
export function characterCount(text) {
  return Array.from(text).length;
}

function count(area) {
  const counter = document.getElementById(area.dataset.counter);
  if (!counter) return;
  const length = characterCount(area.value);
  counter.textContent = length.toLocaleString(document.documentElement.lang);
  counter.closest(".counter")?.setAttribute("data-over", String(area.maxLength > 0 && length >= area.maxLength));
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-counter]")) count(event.target);
});
for (const area of document.querySelectorAll("[data-counter]")) count(area);

/* After a refusal the first field to mend has the focus. */
document.querySelector("main form:not([data-sample]) [aria-invalid='true']")?.focus();
