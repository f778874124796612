/* A quiet look at the text before it is sent: when it looks like personal data, the visitor is asked once. The server looks,
   without keeping anything; when it does not answer soon, the question is sent as it is, and screening looks later. */

const PAUSE_MS = 700;
const PATIENCE_MS = 600;
const form = document.querySelector("[data-ask-form]");
const box = document.querySelector("[data-care]"); // a dialog: it lies over the page and moves nothing under the pointer
const list = box.querySelector("[data-care-list]");
const fields = [form.elements.instruction, form.elements.input];

let looked = { text: "", findings: Promise.resolve([]) };
let agreed = ""; // the text that is all right as it is, or that the visitor wants to send all the same
let timer = 0;

const now = () => fields.map((field) => field.value).join("\u001f");

function look() {
  clearTimeout(timer);
  const text = now();
  if (text !== looked.text) looked = { text, findings: ask() };
  return looked.findings;
}

async function ask() {
  if (!fields.some((field) => field.value.trim())) return [];
  try {
    const response = await fetch(box.dataset.checkUrl, {
      method: "POST",
      body: new URLSearchParams({ instruction: fields[0].value, input: fields[1].value }),
      headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    });
    return response.ok ? (await response.json()).findings : [];
  } catch {
    return [];
  }
}

function warn(findings) {
  list.replaceChildren(
    ...findings.map((finding) => {
      const item = document.createElement("li");
      const text = document.createElement("strong");
      text.textContent = finding.text;
      item.append(`${finding.label}: `, text);
      return item;
    }),
  );
  box.showModal();
}

const after = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));

/* Before ask.js hears of the submit: it is held back until somebody has looked. */
form.addEventListener(
  "submit",
  async (event) => {
    if (agreed === now() || !fields[0].value.trim()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const text = now();
    const findings = await Promise.race([look(), after(PATIENCE_MS, [])]);
    // A form that is still being submitted ignores a second submit, and a look that was answered before takes no time.
    await after(0);
    if (now() !== text || box.open) return;
    agreed = findings.length ? "" : text;
    if (findings.length) warn(findings);
    else form.requestSubmit();
  },
  { capture: true },
);

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE_MS);
});
for (const field of fields) field.addEventListener("blur", look);

/* The second click of a double click falls on what has just appeared; it was not meant for that. */
box.addEventListener(
  "click",
  (event) => {
    if (event.detail > 1) event.stopPropagation();
  },
  { capture: true },
);
box.addEventListener("close", () => fields[0].focus());
box.querySelector("[data-care-change]").addEventListener("click", () => box.close());
box.querySelector("[data-care-send]").addEventListener("click", () => {
  agreed = now();
  box.close();
  form.requestSubmit();
});
