/* A finished answer: its code blocks and its text can be copied, and a thumb can be given.
   Words come from data-* attributes: data-copied, data-uncopied, data-copy-code, data-thanks, data-failed. */

import { announce } from "../../config/js/surfaces.js";

export async function copy(text, words) {
  try {
    await navigator.clipboard.writeText(text);
    announce(words.copied);
  } catch {
    announce(words.uncopied, "danger");
  }
}

/** Give every block of code in `container` a button that copies it. */
export function dressCode(container, words) {
  for (const block of container.querySelectorAll("pre")) {
    const frame = document.createElement("div");
    frame.className = "code-frame";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-small code-copy";
    button.textContent = words.copyCode;
    button.addEventListener("click", () => copy(block.textContent.replace(/\n$/, ""), words));
    block.replaceWith(frame);
    block.tabIndex = 0; // it scrolls sideways, also by keyboard
    frame.append(block, button);
  }
}

/** Show which thumb and which reason hold. */
export function showFeedback(form, { verdict, reason }) {
  form.querySelector("[data-feedback-state]").textContent = "";
  for (const button of form.querySelectorAll("[data-verdict]")) {
    const isChosen = button.dataset.verdict === verdict;
    button.setAttribute("aria-pressed", String(isChosen));
    button.value = isChosen ? "none" : button.dataset.verdict;
  }
  for (const group of form.querySelectorAll("[data-reasons]")) group.hidden = group.dataset.reasons !== verdict;
  for (const button of form.querySelectorAll("[data-reason]")) {
    const isChosen = button.dataset.reason === reason;
    button.setAttribute("aria-pressed", String(isChosen));
    button.value = isChosen ? verdict : `${verdict}:${button.dataset.reason}`;
  }
}

/** Give thumbs without leaving the page. */
export function dressFeedback(form, words) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const choice = event.submitter?.value;
    if (!choice) return;
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams({ choice }),
        headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      });
      if (!response.ok) throw new Error(String(response.status));
      const given = await response.json();
      showFeedback(form, given);
      // Beside the thumbs and not over them: the reasons have just appeared there.
      form.querySelector("[data-feedback-state]").textContent = given.verdict === "none" ? "" : words.thanks;
    } catch {
      announce(words.failed, "danger");
    }
  });
}

const page = document.querySelector("[data-answer-page]");
if (page) {
  dressCode(page, page.dataset);
  for (const form of page.querySelectorAll("[data-feedback]")) dressFeedback(form, page.dataset);
}
