/* The screening queue by keys: A lets through, R goes to the reason and, once there is one, rejects, X redacts, N puts off.
   The next text is fetched while this one is read, so that a decision shows it at once. */

import { announce } from "../../config/js/surfaces.js";
import { isComposing, isWriting } from "../../config/js/keys.js";

const find = (selector) => document.querySelector(selector);
let next = null; // {url, page}: the text that follows, already on its way

function prefetch() {
  const url = find("[data-screen]")?.dataset.nextUrl;
  next = url ? { url, page: pageOf(url) } : null;
}

async function pageOf(url) {
  try {
    const response = await fetch(url, { headers: { Accept: "text/html" } });
    return response.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
  } catch {
    return null;
  }
}

async function show(url) {
  const page = next?.url === url ? await next.page : await pageOf(url);
  const screen = page?.querySelector("[data-screen]");
  if (!screen) return location.assign(url);
  find("[data-screen]").replaceWith(document.adoptNode(screen));
  document.title = page.title;
  history.pushState(null, "", url);
  scrollTo({ top: 0 });
  find("main").focus({ preventScroll: true });
  prefetch();
}

async function decide(form, button) {
  button.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form, button),
      headers: { Accept: "application/json" },
    });
    const type = response.headers.get("Content-Type") ?? "";
    if (!type.includes("json")) return location.assign(location.href);
    const told = await response.json();
    if (!response.ok) return refuse(told.detail);
    announce(told.said);
    await show(told.next);
  } catch {
    refuse(document.getElementById("toasts")?.dataset.offline);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function refuse(text) {
  const box = find("[data-refused]");
  box.querySelector("p").textContent = text;
  box.hidden = false;
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-decide]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const reason = form.querySelector("textarea");
  if (event.submitter.value === "reject" && !reason.value.trim()) reason.focus();
  else decide(form, event.submitter);
});

document.addEventListener("keydown", (event) => {
  if (isComposing(event) || isWriting(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  const target =
    key === "x"
      ? find("[data-redact-selection]:not([hidden]) button, [data-redact-first] button")
      : find(`[data-decide] [data-key="${CSS.escape(key)}"]`);
  if (!target) return;
  event.preventDefault();
  target.click();
});

/* --- redacting what is selected: its place is counted in characters, as the server counts them --- */

document.addEventListener("selectionchange", () => {
  const form = find("[data-redact-selection]");
  if (!form || form.contains(document.activeElement)) return;
  const place = selected();
  form.hidden = !place;
  if (place) for (const [name, value] of Object.entries(place)) form.elements[name].value = value;
});

function selected() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const text = [...document.querySelectorAll("[data-text]")].find(
    (one) => one.contains(range.startContainer) && one.contains(range.endContainer),
  );
  const seen = range.toString();
  if (!text || !seen.trim()) return null;
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const start = [...before.toString()].length;
  return { field: text.dataset.text, start, end: start + [...seen].length, seen };
}

addEventListener("popstate", () => location.reload());
prefetch();
