/* The question and its answer: kept while unsent, streamed as text, stopped at once, copied, asked again.
   All words come from data-* attributes of [data-ask]; without this script the form posts and shows a whole answer. */

import { announce } from "../../config/js/surfaces.js";
import { readEvents } from "./events.js";

const KEPT = "hitode.question";
const root = document.querySelector("[data-ask]");
const words = root.dataset;
const form = root.querySelector("[data-ask-form]");
const fields = { instruction: form.elements.instruction, input: form.elements.input };
const find = (name) => root.querySelector(`[data-${name}]`);
const article = find("answer");
const output = find("answer-text");
const state = find("answer-state");
const errorBox = find("answer-error");
const refused = find("ask-refused");
const buttons = { stop: find("stop"), copy: find("copy"), again: find("again"), fresh: find("new") };

let running = null; // the AbortController of the answer under way
let asked = null; // what the shown answer is about
let answer = ""; // its text so far

/* --- what is typed survives a reload and the way over the terms; it never leaves this tab --- */

function keep() {
  const typed = { instruction: fields.instruction.value, input: fields.input.value };
  try {
    if (typed.instruction || typed.input) sessionStorage.setItem(KEPT, JSON.stringify(typed));
    else sessionStorage.removeItem(KEPT);
  } catch {
    /* No storage here: the text still stands in the form. */
  }
}

function restore() {
  if (fields.instruction.value || fields.input.value) return keep();
  try {
    const typed = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    if (typed) fill(typed);
  } catch {
    /* As if nothing had been kept. */
  }
}

function fill(typed) {
  fields.instruction.value = typed.instruction ?? "";
  fields.input.value = typed.input ?? "";
  if (typed.input) form.querySelector("details").open = true;
}

/* --- asking --- */

async function ask(question) {
  if (running) return;
  const controller = new AbortController();
  running = controller;
  asked = question;
  answer = "";
  let end = null;
  show(question);
  try {
    const response = await fetch(words.streamUrl, {
      method: "POST",
      body: new URLSearchParams(question),
      headers: { Accept: "text/event-stream, application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      signal: controller.signal,
    });
    if (!response.ok) return await refuse(response);
    await readEvents(response, (name, data) => {
      if (name === "start") own(data.id);
      else if (name === "delta") write(data.text);
      else if (name === "error") complain(data.message);
      else if (name === "done") end = data;
    });
    if (end) finish(end);
    else lose(words.offline);
  } catch (error) {
    if (error.name === "AbortError") settle(words.stopped);
    else lose(words.offline);
  } finally {
    if (running === controller) running = null;
  }
}

function show(question) {
  form.hidden = true;
  refused.hidden = true;
  errorBox.hidden = true;
  article.hidden = false;
  find("question").textContent = question.instruction;
  const input = find("question-input");
  input.textContent = question.input;
  input.hidden = !question.input.trim();
  find("answer-own").hidden = true;
  output.className = "answer-text prose is-plain streaming";
  output.setAttribute("aria-busy", "true");
  output.replaceChildren();
  state.textContent = words.waiting;
  for (const [name, button] of Object.entries(buttons)) button.hidden = name !== "stop";
  buttons.stop.focus({ preventScroll: true });
  article.scrollIntoView({ block: "nearest" });
}

function own(id) {
  const line = find("answer-own");
  line.hidden = false;
  line.querySelector("a").href = `${words.ownUrl}${id}/`;
}

function write(text) {
  if (!answer) state.textContent = words.writing;
  answer += text;
  output.append(text);
}

function complain(message) {
  errorBox.querySelector("p").textContent = message;
  errorBox.hidden = false;
}

function finish(end) {
  if (end.html) {
    output.innerHTML = end.html; // cleaned on the server, the only place that makes HTML of an answer
    output.classList.remove("is-plain");
  }
  if (end.status === "complete") {
    forget(asked);
    settle(end.finish_reason === "length" ? words.shortened : words.complete);
  } else {
    settle(answer ? words.interrupted : "");
  }
}

function settle(message) {
  output.classList.remove("streaming");
  output.removeAttribute("aria-busy");
  state.textContent = message;
  const focused = document.activeElement === buttons.stop || document.activeElement === document.body;
  buttons.stop.hidden = true;
  buttons.copy.hidden = !answer;
  buttons.again.hidden = false;
  buttons.fresh.hidden = false;
  if (focused) buttons.fresh.focus({ preventScroll: true });
}

/* The connection is gone: what came stays, and the question can be sent again. */
function lose(message) {
  complain(message);
  settle(answer ? words.interrupted : "");
}

/* Refused before anything began: back to the form, with the text and the reason. */
async function refuse(response) {
  let problem = {};
  try {
    problem = await response.json();
  } catch {
    /* Not one of our answers; the general words will do. */
  }
  if (problem.code === "consent_needed") return toWelcome();
  back();
  refused.querySelector("p").textContent = problem.detail || words.broken;
  refused.hidden = false;
  fields.instruction.focus();
}

function back() {
  article.hidden = true;
  form.hidden = false;
}

/* Answered: no longer unsent, unless something else is typed by now. */
function forget(question) {
  if (fields.instruction.value === question.instruction) {
    fields.instruction.value = "";
    fields.input.value = "";
  }
  keep();
}

function toWelcome() {
  keep();
  location.assign(words.welcomeUrl);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!fields.instruction.value.trim()) return fields.instruction.focus();
  keep();
  if (words.hasConsent === "false") return toWelcome();
  ask({ instruction: fields.instruction.value, input: fields.input.value });
});
form.addEventListener("input", keep);

buttons.stop.addEventListener("click", () => running?.abort());
buttons.again.addEventListener("click", () => asked && ask(asked));
buttons.fresh.addEventListener("click", () => {
  back();
  fields.instruction.focus();
});
buttons.copy.addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(answer);
    announce(words.copied);
  } catch {
    announce(words.uncopied, "danger");
  }
});

const keys = find("ask-keys");
keys.hidden = false;
if (/Mac|iPhone|iPad/.test(navigator.platform)) keys.querySelector("[data-key]").textContent = "⌘";
restore();
