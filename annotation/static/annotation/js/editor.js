/* The editor's page: what the writer sees of keeping and sending a text, and the keys. */

import { isComposing, isSubmitChord, isWriting } from "../../config/js/keys.js";
import { announce } from "../../config/js/surfaces.js";
import { Closeness, make, units } from "./closeness.js";
import { Keeper, LocalCopy, Refused, Server } from "./keeping.js";
import { Remarks } from "./remarks.js";
import { Trace } from "./trace.js";

const HEARTBEAT_MS = 60_000;
const IDLE_AFTER_MS = 15 * 60_000;

const json = (id) => JSON.parse(document.getElementById(id).textContent);
const words = json("editor-words");
let state = json("editor-state");

const form = document.getElementById("editor");
const area = document.getElementById("text");
state.text = area.defaultValue;
const one = (selector) => document.querySelector(selector);
const all = (selector) => document.querySelectorAll(selector);
const onClick = (selector, act) => all(selector).forEach((button) => button.addEventListener("click", () => act(button)));
const locale = document.documentElement.lang;
const figure = (number) => number.toLocaleString(locale);
const clock = (when) => new Date(when).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", hour12: false });
const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_whole, name) => values[name] ?? "");

const server = new Server(form.querySelector("[name=csrfmiddlewaretoken]").value);
const local = new LocalCopy(form.dataset.writer);
server.base = form.dataset.base;
local.task = form.dataset.id;
const trace = new Trace(area, state);
const keeper = new Keeper({ area, trace, server, local, tell });
const remarks = new Remarks({
  panel: one("#remarks"),
  server,
  foreign: trace.foreign,
  text: () => area.value,
  goTo: (start, end) => select(units(area.value, start), units(area.value, end)),
  tellNew: (count) => { one("#remarks-new").textContent = fill(words.remarks_new, { count: figure(count) }); },
});

const closeness = new Closeness({
  area,
  server,
  tell: (count, isClose) => {
    one("#closeness [role=status]").textContent = count ? fill(words.close, { count: figure(count) }) : isClose ? words.close_whole : "";
    one("#closeness button").hidden = !count;
  },
});

/* what the bar says */

const saveState = one("[data-save-state]");

function tell(what, details = {}) {
  saveState.dataset.state = what;
  const shown = what === "saved" ? fill(words.saved, { time: clock(details.saved_at ?? Date.now()) }) : words[what];
  if (saveState.textContent !== shown) saveState.textContent = shown;
  one("#signed-out").hidden = what !== "signed_out";
  showLease(details.lease_ends_at);
  if (what === "saved" && !keeper.isStopped) lookOver();
  if (what === "conflict") showConflict(details);
  if (what === "lost") showLost(details.words);
  if (what === "refused") announce(details.words, "danger");
}

function lookOver() {
  remarks.look();
  closeness.look();
}

function showLease(when) {
  const place = one("[data-lease]");
  if (place && when) place.textContent = fill(words.lease, { time: clock(when) });
}

function measure() {
  const text = area.value.trim();
  const count = Array.from(text).length;
  const missing = state.least - count;
  const over = count - state.most;
  const [remark, by = 0] = !count ? [words.empty] : missing > 0 ? [words.too_short, missing] : over > 0 ? [words.too_long, over] : [words.in_range];
  return { count, remark: fill(remark, { count: figure(by) }), isFit: count > 0 && !by, isOver: over > 0 };
}

function showCount() {
  const { count, remark, isOver } = measure();
  one("[data-count]").textContent = figure(count);
  one("[data-range]").textContent = fill(words.range, { least: figure(state.least), most: figure(state.most), minutes: figure(Math.ceil(count / state.pace)) });
  const counter = one(".editor .counter");
  counter.dataset.over = isOver;
  counter.title = remark;
}

/* two versions, a lost lease */

let conflict = null;

function showConflict(details) {
  conflict = details;
  one("[data-conflict-mine]").textContent = details.mine;
  one("[data-conflict-theirs]").textContent = details.theirs;
  const panel = one("#conflict");
  panel.hidden = false;
  panel.querySelector("button").focus();
}

function choose(which) {
  const details = conflict;
  one("#conflict").hidden = true;
  if (which === "mine") keeper.settle(details);
  else keeper.yield_(details);
  showAside();
  showCount();
  area.focus();
}

function showAside() {
  const kept = local.aside();
  one("#aside").hidden = !kept;
  one("[data-aside-text]").textContent = kept;
}

async function showLost(why) {
  one("[data-lost-words]").textContent = why ?? "";
  one("#lost").hidden = false;
  if (one("#check").open) one("#check").close();
  try {
    const now = await server.state();
    if (now.is_sent) {  // the answer to sending it was lost, not the text
      local.forget();
      location.assign(one("#lost a").href);
      return;
    }
    one("#lost form").hidden = !now.can_take && !now.is_in_hand;
  } catch {
    one("#lost form").hidden = false;
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    announce(words.copied);
  } catch {
    area.focus();
    area.select();
  }
}

/* sending */

const check = one("#check");
let isSending = false;

function openCheck() {
  if (keeper.isStopped || check.open) return;
  const { count, remark, isFit } = measure();
  one("[data-check-count]").textContent = figure(count);
  one("[data-check-range]").textContent = remark;
  one("[data-check-instruction]").textContent = one("#instruction").textContent;
  one("[data-check-error]").hidden = true;
  for (const button of check.querySelectorAll("[data-send]")) button.disabled = !isFit;
  check.showModal();
  (isFit ? one("[data-send]") : check.querySelector("[data-closes]")).focus();
}

async function send(button = one("[data-send]")) {
  if (isSending || button.disabled) return;
  isSending = true;
  button.setAttribute("aria-busy", "true");
  try {
    closeness.begin();
    const sent = await keeper.submit(!("last" in button.dataset));
    check.close();
    follow(sent);
  } catch (error) {
    refuse(error);
  } finally {
    isSending = false;
    button.removeAttribute("aria-busy");
  }
}

function refuse(error) {
  if (error.code === "gate_blocked") {
    check.close();
    showBlocked(error.body.passages ?? []);
    return;
  }
  if (error.code === "checks_unsettled") one("#remarks").open = true;
  const place = one("[data-check-error]");
  place.textContent = (error instanceof Refused && error.message) || words.failed;
  place.hidden = false;
  if (!one("#conflict").hidden || !one("#lost").hidden || !one("#signed-out").hidden) check.close();
}

function showBlocked(passages) {
  one("[data-passages]").replaceChildren(...passages.map(({ start, end }) => {
    const passage = area.value.slice(units(area.value, start), units(area.value, end));
    const button = make("button", { type: "button", className: "button button-link" }, make("mark", { className: "mark-overlap" }, passage));
    button.dataset.passage = "";
    return make("li", {}, button);
  }));
  closeness.show(passages, true);
  const panel = one("#blocked");
  panel.hidden = false;
  panel.focus();
}

function goTo(passage) {
  const at = area.value.indexOf(passage);
  if (at < 0) area.focus();
  else select(at, at + passage.length);
}

function select(start, end) {
  view("write");
  area.focus();
  area.setSelectionRange(start, end);
}

/* The next task in the same page; one that was begun before, or of another order, has a page to load. */
function follow({ next, work }) {
  if (!next) return location.assign(work);
  if (!next.is_fresh || next.order !== form.dataset.order) return location.assign(next.url);
  const before = form.dataset.id;
  for (const other of all("[data-task-action]")) {
    const name = other.href ? "href" : "action";
    other[name] = other[name].replace(before, next.id);
  }
  form.dataset.id = next.id;
  form.dataset.base = server.base = next.url;
  local.task = next.id;
  state = { ...next.state, text: "" };
  for (const [id, text] of [["instruction", next.instruction], ["input", next.input]]) {
    document.getElementById(id).textContent = text;
    document.getElementById(id).lang = next.language;
  }
  one("#input-part").hidden = !next.input;
  one("#practice-part").hidden = !next.is_practice;
  for (const panel of ["#blocked", "#conflict", "#lost", "#aside"]) one(panel).hidden = true;
  for (const said of all("[data-of-text]")) said.remove();
  area.value = "";
  area.lang = next.language;
  document.title = document.title.replace(/^[^·]*/, `${Array.from(next.instruction).slice(0, 39).join("")} `);
  history.pushState(null, "", next.url);
  trace.begin(state);
  keeper.begin(state);
  remarks.begin();
  saveState.textContent = words.sent;
  saveState.dataset.state = "saved";
  showLease(next.lease_ends_at);
  showCount();
  view("write");
  scrollTo(0, 0);
  announce(words.sent);
  return area.focus();
}

addEventListener("popstate", () => location.reload());

/* preview */

async function view(which) {
  const isPreview = which === "preview";
  for (const button of all("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === which));
  area.hidden = isPreview;
  const pane = one("[data-preview-pane]");
  pane.hidden = !isPreview;
  if (!isPreview) return;
  pane.textContent = area.value.trim() ? "" : words.preview_empty;
  if (!area.value.trim()) return;
  pane.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.dataset.preview, { method: "POST", headers: { "X-CSRFToken": server.token }, body: new URLSearchParams({ text: area.value }), redirect: "manual" });
    if (!response.ok) throw new Error(String(response.status));
    pane.innerHTML = await response.text();  // cleaned by the server
  } catch {
    pane.textContent = words.preview_failed;
  } finally {
    pane.removeAttribute("aria-busy");
  }
}

/* keys */

const LETTERS = {
  e: () => { view("write"); area.focus(); },
  p: () => view(area.hidden ? "write" : "preview"),
  c: () => { const panel = one("#remarks"); panel.open = !panel.open; panel.querySelector("summary")?.focus(); },
  m: () => { view("write"); closeness.next(); },
  g: () => one("#guideline").showModal(),
  s: () => one("#pass").showModal(),
  "?": () => one("#keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (isComposing(event)) return;
  if (isSubmitChord(event)) {
    if (event.target.closest?.("#pass")) return;
    event.preventDefault();
    if (check.open) send();
    else if (!one("dialog[open]")) openCheck();
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    keeper.saveNow();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
  if (event.key === "Escape" && event.target === area) {
    area.blur();
    return;
  }
  const act = isWriting(event.target) ? null : LETTERS[event.key.toLowerCase()];
  if (act) {
    event.preventDefault();
    act();
  }
});

/* the lease: renewed while somebody is at work */

let lastActive = Date.now();
for (const kind of ["keydown", "pointerdown", "pointermove", "input", "wheel"]) {
  document.addEventListener(kind, () => { lastActive = Date.now(); }, { passive: true });
}

setInterval(async () => {
  if (keeper.isStopped || Date.now() - lastActive > IDLE_AFTER_MS) return;
  try {
    const now = await server.post("lease/", {});
    showLease(now.lease_ends_at);
  } catch (error) {
    if (error.code === "lease_lost" && !keeper.isStopped) keeper.lose(error.message);
  }
}, HEARTBEAT_MS);

/* the buttons */

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-passage]")) goTo(target.textContent);
});
area.addEventListener("input", showCount);
one("[data-check]").hidden = false;
onClick("[data-check]", openCheck);
onClick("#check [data-send]", send);
onClick("#closeness button", () => { closeness.next(); area.focus(); });
onClick("[data-retry]", () => keeper.saveNow());
onClick("[data-copy]", () => copy(area.value));
onClick("[data-aside-copy]", () => copy(local.aside()));
onClick("[data-aside-drop]", () => { local.forgetAside(); showAside(); });
onClick("[data-view]", (button) => view(button.dataset.view));
onClick("[data-choose]", (button) => choose(button.dataset.choose));
form.addEventListener("submit", (event) => { event.preventDefault(); openCheck(); });
for (const leaving of all("form[data-leaves]")) {
  leaving.addEventListener("submit", async (event) => {
    event.preventDefault();
    try { await keeper.saveAll(); } finally { keeper.stop(); leaving.submit(); }
  });
}

showAside();
if (keeper.begin(state) === "restored") announce(words.restored);
showCount();
if (area.value.trim()) lookOver();
