/* The question: kept while unsent, filled from an example, sent, and asked again; `answering.js` shows what comes.
   All words come from data-* attributes of [data-ask]; without this script the form posts and shows a whole answer. */

import { dressFeedback } from "./answer.js";
import { Answering } from "./answering.js";
import { prepareProof, takeProof } from "./proof.js";

const KEPT = "hitode.question";
const root = document.querySelector("[data-ask]");
const words = root.dataset;
const form = root.querySelector("[data-ask-form]");
const fields = { instruction: form.elements.instruction, input: form.elements.input };
const find = (name) => root.querySelector(`[data-${name}]`);
const refused = find("ask-refused");
const aside = find("ask-aside");

/* --- what is typed survives a reload and the way over the terms; it never leaves this tab --- */

const typed = () => ({ instruction: fields.instruction.value, input: fields.input.value });

function keep() {
  try {
    if (fields.instruction.value || fields.input.value) sessionStorage.setItem(KEPT, JSON.stringify(typed()));
    else sessionStorage.removeItem(KEPT);
  } catch {
    /* No storage here: the text still stands in the form. */
  }
}

function restore() {
  if (fields.instruction.value || fields.input.value) return keep();
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    if (kept) fill(kept);
  } catch {
    /* As if nothing had been kept. */
  }
}

function fill(text) {
  fields.instruction.value = text.instruction ?? "";
  fields.input.value = text.input ?? "";
  form.querySelector("details").open = Boolean(text.input);
  for (const field of Object.values(fields)) field.dispatchEvent(new Event("input", { bubbles: true }));
}

/* --- examples; what one had typed oneself is put aside, not lost --- */

let example = null; // the one that stands in the form
let putAside = null;

function tryExample(link) {
  const now = typed();
  const isOwn = (now.instruction || now.input) && JSON.stringify(now) !== JSON.stringify(example);
  if (isOwn) putAside = now;
  aside.hidden = !putAside;
  fill({ instruction: link.dataset.instruction, input: link.dataset.input });
  example = typed();
  answering.stop();
  answering.article.hidden = true;
  form.hidden = false;
  form.scrollIntoView({ block: "start" });
  fields.instruction.focus({ preventScroll: true });
  fields.instruction.setSelectionRange(fields.instruction.value.length, fields.instruction.value.length);
}

root.addEventListener("click", (event) => {
  const link = event.target.closest("[data-example]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  tryExample(link);
});
find("ask-bring-back").addEventListener("click", () => {
  if (putAside) fill(putAside);
  putAside = null;
  aside.hidden = true;
  fields.instruction.focus();
});

/* --- asking --- */

const answering = new Answering(root, {
  async send(question, signal) {
    const proof = await takeProof(words);
    const body = new URLSearchParams(new FormData(form));
    for (const [name, text] of Object.entries(question)) body.set(name, text);
    body.set("proof", proof);
    return fetch(words.streamUrl, {
      method: "POST",
      body,
      headers: { Accept: "text/event-stream, application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      signal,
    });
  },
  refuse(problem) {
    if (problem.code === "consent_needed") return toWelcome();
    form.hidden = false;
    refused.querySelector("p").textContent = problem.detail;
    refused.hidden = false;
    fields.instruction.focus();
  },
  /* Answered: no longer unsent, unless something else is typed by now. */
  forget(question) {
    if (fields.instruction.value === question.instruction) {
      fields.instruction.value = "";
      fields.input.value = "";
    }
    keep();
  },
  again: ask,
  fresh() {
    form.hidden = false;
    fields.instruction.focus();
  },
});
dressFeedback(answering.feedback, words);

function ask(question) {
  form.hidden = true;
  refused.hidden = true;
  aside.hidden = true;
  answering.ask(question);
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
  ask(typed());
});
form.addEventListener("input", keep);
form.addEventListener("focusin", () => prepareProof(words));

const keys = find("ask-keys");
keys.hidden = false;
if (/Mac|iPhone|iPad/.test(navigator.platform)) keys.querySelector("[data-key]").textContent = "⌘";
restore();
