/* Asking from a frame on another site: no cookie reaches us there, so a token in the frame's own storage stands for the
   reader, and the API answers. `answering.js` shows what comes; all words come from data-* attributes of [data-embed]. */

import { announce } from "../../config/js/surfaces.js";
import { Answering } from "./answering.js";
import { prepareProof, takeProof } from "./proof.js";

const KEPT = "hitode.frame";
const root = document.querySelector("[data-embed]");
const words = root.dataset;
const find = (name) => root.querySelector(`[data-${name}]`);
const form = find("embed-form");
const steps = [find("collected"), find("consent")];
const refused = find("refused");
const fields = { instruction: form.elements.instruction, input: form.elements.input };
const termsVersion = Number(words.termsVersion);

let memory = {}; // what the frame knows where it may store nothing
const known = () => {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}");
  } catch {
    return memory;
  }
};
const know = (more) => {
  memory = { ...known(), ...more };
  try {
    localStorage.setItem(KEPT, JSON.stringify(memory));
  } catch {
    /* For this visit alone, then. */
  }
};

function call(path, body, { signal, accept = "application/json" } = {}) {
  return fetch(`${words.api}${path}?language=${words.language}`, {
    method: "POST",
    credentials: "omit",
    headers: { Authorization: `Bearer ${words.ticket}`, "Content-Type": "application/json", Accept: accept },
    body: JSON.stringify(body),
    signal,
  });
}

const hasConsent = () => known().participant && known().termsVersion === termsVersion;

function showOnly(element) {
  for (const one of [form, ...steps]) one.hidden = one !== element;
  refused.hidden = true;
  element?.querySelector("h2, textarea").focus();
}

let questionId = "";

const answering = new Answering(root, {
  async send(question, signal) {
    const proof = await takeProof(words);
    const body = { ...question, participant: known().participant, terms_version: termsVersion, proof };
    return call("ask", body, { signal, accept: "text/event-stream, application/json;q=0.5" });
  },
  refuse(problem) {
    if (problem.code === "consent_needed") return showOnly(steps[0]);
    showOnly(form);
    refused.querySelector("p").textContent = problem.detail;
    refused.hidden = false;
  },
  began(id) {
    questionId = id;
  },
  forget(question) {
    if (fields.instruction.value === question.instruction) form.reset();
    know({ typed: null });
  },
  again: ask,
  fresh: () => showOnly(form),
});

function ask(question) {
  showOnly(null);
  answering.ask(question);
}

const typed = () => ({ instruction: fields.instruction.value, input: fields.input.value });

form.addEventListener("focusin", () => prepareProof(words));
form.addEventListener("input", () => know({ typed: typed() }));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!fields.instruction.value.trim()) return fields.instruction.focus();
  if (!hasConsent()) return showOnly(steps[0]);
  ask(typed());
});
steps[0].addEventListener("submit", (event) => {
  event.preventDefault();
  showOnly(steps[1]);
});
steps[1].addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = { knows_what_is_collected: true, agrees_to_terms: true, is_adult: true };
  try {
    const response = await call("consents", { terms_version: termsVersion, language: words.language, ...said });
    const body = await response.json();
    if (!response.ok) throw new Error(body.detail);
    know({ participant: body.participant, termsVersion });
    ask(typed());
  } catch (error) {
    showOnly(form);
    refused.querySelector("p").textContent = error.message || words.broken;
    refused.hidden = false;
  }
});
for (const button of root.querySelectorAll("[data-not-now]")) button.addEventListener("click", () => showOnly(form));

find("withdraw").addEventListener("click", async () => {
  try {
    const response = await call(`questions/${questionId}/withdraw`, { participant: known().participant });
    if (!response.ok) throw new Error(String(response.status));
    announce(words.withdrawn);
    answering.article.hidden = true;
    showOnly(form);
  } catch {
    announce(words.broken, "danger");
  }
});

const kept = known().typed;
if (kept) {
  fields.instruction.value = kept.instruction ?? "";
  fields.input.value = kept.input ?? "";
}
