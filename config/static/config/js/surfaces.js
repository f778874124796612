/* Dialogs, menus and toasts.

   <button data-opens="id">   opens <dialog id>       <button data-closes>   closes the dialog around it
   <details class="menu">     closes on Escape and on a click elsewhere
   <kbd data-chord>, <kbd data-save-chord>   the chords that send and save, named as the keys of this machine are
   announce(text, tone)       a toast that screen readers hear; tone is "" or "danger" */

const SHOWN_MS = 6000;

export function announce(text, tone = "") {
  const region = document.getElementById("toasts");
  if (!region || !text) return;
  const toast = document.createElement("div");
  toast.className = tone ? `toast toast-${tone}` : "toast";
  toast.textContent = text;
  region.append(toast);
  setTimeout(() => toast.remove(), SHOWN_MS);
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/* A refused or failed partial update says so in the server's own words when it has any. */
async function reason(xhr) {
  const region = document.getElementById("toasts");
  const fallback = region?.dataset.failed;
  const type = xhr.getResponseHeader("Content-Type") ?? "";
  if (type.includes("json")) {
    try {
      const body = JSON.parse(xhr.responseText);
      return body.message ?? body.detail ?? fallback;
    } catch {
      return fallback;
    }
  }
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  return page.querySelector("[data-error-message]")?.textContent.trim() || fallback;
}

document.addEventListener("htmx:responseError", async (event) => announce(await reason(event.detail.xhr), "danger"));
document.addEventListener("htmx:sendError", () => announce(document.getElementById("toasts")?.dataset.offline, "danger"));

/* The door one stands in is in view on a narrow screen. */
const here = document.querySelector(".door[aria-current]");
const doors = here?.closest(".doors");
if (doors && doors.scrollWidth > doors.clientWidth) doors.scrollLeft = here.offsetLeft - doors.clientWidth / 3;

if (/Mac|iPhone|iPad/.test(navigator.platform)) {
  for (const key of document.querySelectorAll("[data-chord]")) key.textContent = "⌘ ↵";
  for (const key of document.querySelectorAll("[data-save-chord]")) key.textContent = "⌘ S";
}
