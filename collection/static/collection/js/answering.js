/* One answer on the page while it comes: streamed as text, stopped at once, and made into what the server cleaned.
   Words come from the data-* attributes of the root; where a question is asked, and by whom, the caller knows. */

import { copy, dressCode, showFeedback } from "./answer.js";
import { readEvents } from "./events.js";

/* An answer that was stopped is still being put away for a moment; who asks again at once need not hear of it. */
const SETTLING_MS = 10_000;
const AGAIN_MS = 400;

async function codeOf(response) {
  try {
    return (await response.clone().json()).code;
  } catch {
    return "";
  }
}

export class Answering {
  /** `root` holds [data-answer] and its parts; `send(question, signal)` makes the request. */
  constructor(root, { send, refuse, forget, again, fresh, began = () => {} }) {
    this.root = root;
    this.words = root.dataset;
    this.callbacks = { send, refuse, forget, began };
    this.running = null; // the AbortController of the answer under way
    this.asked = null; // what the shown answer is about
    this.stoppedAt = -SETTLING_MS; // when the last answer was stopped
    this.text = ""; // the answer so far
    this.article = this.find("answer");
    this.output = this.find("answer-text");
    this.state = this.find("answer-state");
    this.problem = this.find("answer-error");
    this.feedback = this.find("feedback");
    this.buttons = { stop: this.find("stop"), copy: this.find("copy"), again: this.find("again"), fresh: this.find("new") };
    this.buttons.stop.addEventListener("click", () => this.stop());
    this.buttons.copy.addEventListener("click", () => copy(this.text, this.words));
    this.buttons.again.addEventListener("click", () => this.asked && again(this.asked));
    this.buttons.fresh.addEventListener("click", () => {
      this.article.hidden = true;
      fresh();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.running && !event.isComposing) this.stop();
    });
  }

  find(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  stop() {
    if (!this.running) return;
    this.stoppedAt = performance.now();
    this.running.abort();
  }

  async ask(question) {
    if (this.running) return;
    const controller = new AbortController();
    this.running = controller;
    this.asked = question;
    this.text = "";
    let end = null;
    this.#show(question);
    try {
      const response = await this.#send(question, controller.signal);
      if (!response.ok) return await this.#refuse(response);
      await readEvents(response, (name, data) => {
        if (name === "start") this.#own(data.id);
        else if (name === "delta") this.#write(data.text);
        else if (name === "error") this.#complain(data.message);
        else if (name === "done") end = data;
      });
      if (end) this.#finish(end);
      else this.#lose();
    } catch (error) {
      if (error.name === "AbortError") this.#settle(this.words.stopped);
      else this.#lose();
    } finally {
      if (this.running === controller) this.running = null;
    }
  }

  async #send(question, signal) {
    for (;;) {
      const response = await this.callbacks.send(question, signal);
      const isSettling = response.status === 429 && performance.now() - this.stoppedAt < SETTLING_MS;
      if (!isSettling || (await codeOf(response)) !== "answer_open") return response;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  #show(question) {
    this.problem.hidden = true;
    this.article.hidden = false;
    this.find("question").textContent = question.instruction;
    const input = this.find("question-input");
    input.textContent = question.input;
    input.hidden = !question.input?.trim();
    this.find("answer-own").hidden = true;
    if (this.feedback) this.feedback.hidden = true;
    this.output.className = "answer-text prose is-plain streaming";
    this.output.setAttribute("aria-busy", "true");
    this.output.replaceChildren();
    this.state.textContent = this.words.waiting;
    for (const [name, button] of Object.entries(this.buttons)) button.hidden = name !== "stop";
    this.buttons.stop.focus({ preventScroll: true });
    this.article.scrollIntoView({ block: "nearest" });
  }

  #own(id) {
    this.callbacks.began(id);
    const line = this.find("answer-own");
    line.hidden = false;
    const link = line.querySelector("a");
    if (link) link.href = `${this.words.ownUrl}${id}/`;
    if (this.feedback) this.feedback.action = `${this.words.ownUrl}${id}/feedback/`;
  }

  #write(text) {
    if (!this.text) this.state.textContent = this.words.writing;
    this.text += text;
    this.output.append(text);
  }

  #complain(message) {
    this.problem.querySelector("p").textContent = message;
    this.problem.hidden = false;
  }

  #finish(end) {
    if (end.html) {
      this.output.innerHTML = end.html; // cleaned on the server, the only place that makes HTML of an answer
      this.output.classList.remove("is-plain");
      dressCode(this.output, this.words);
    }
    if (this.feedback && this.text) {
      showFeedback(this.feedback, { verdict: "none", reason: "" });
      this.feedback.hidden = false;
    }
    if (end.status === "complete") {
      this.callbacks.forget(this.asked);
      this.#settle(end.finish_reason === "length" ? this.words.shortened : this.words.complete);
    } else {
      this.#settle(this.text ? this.words.interrupted : "");
    }
  }

  #settle(message) {
    this.output.classList.remove("streaming");
    this.output.removeAttribute("aria-busy");
    this.state.textContent = message;
    const wasOnStop = document.activeElement === this.buttons.stop || document.activeElement === document.body;
    this.buttons.stop.hidden = true;
    this.buttons.copy.hidden = !this.text;
    this.buttons.again.hidden = false;
    this.buttons.fresh.hidden = false;
    if (wasOnStop) this.buttons.fresh.focus({ preventScroll: true });
  }

  /* The connection is gone: what came stays, and the question can be sent again. */
  #lose() {
    this.#complain(this.words.offline);
    this.#settle(this.text ? this.words.interrupted : "");
  }

  /* Refused before anything began: the caller shows the form again, with the text and the reason. */
  async #refuse(response) {
    let problem = {};
    try {
      problem = await response.json();
    } catch {
      /* Not one of our answers; the general words will do. */
    }
    this.article.hidden = true;
    this.callbacks.refuse({ ...problem, detail: problem.detail || this.words.broken });
  }
}
