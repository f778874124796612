/* The checks beside the text: asked for after a save, shown below it; only a new remark is announced. */

const LEAST_MS = 3000;

export class Remarks {
  #known = new Set();
  #last = null;
  #askedAt = 0;
  #later = 0;

  constructor({ panel, server, text, goTo, tellNew }) {
    Object.assign(this, { panel, server, text, goTo, tellNew });
    panel.addEventListener("click", (event) => this.#act(event.target.closest("button")));
  }

  begin() {
    clearTimeout(this.#later);
    this.#known.clear();
    this.#last = null;
    this.panel.hidden = true;
  }

  /** Ask about the text as it is, unless nothing changed or it was asked a moment ago. */
  async look(more = {}) {
    const text = this.text();
    const isAsked = "dismiss" in more || "restore" in more;
    if (!isAsked && text === this.#last) return;
    const wait = isAsked ? 0 : this.#askedAt + LEAST_MS - Date.now();
    clearTimeout(this.#later);
    if (wait > 0) {
      this.#later = setTimeout(() => this.look(), wait);
      return;
    }
    this.#last = text;
    this.#askedAt = Date.now();
    try {
      const { html, keys } = await this.server.post("remarks/", { text, ...more });
      this.panel.innerHTML = html;  // escaped by the server
      this.panel.hidden = !text.trim();
      const fresh = keys.filter((key) => !this.#known.has(key));
      this.#known = new Set([...this.#known, ...keys]);
      if (fresh.length && !isAsked) this.tellNew(fresh.length);
    } catch {
      this.#last = null;  // asked again after the next save
    }
  }

  #act(button) {
    if (!button) return;
    const { start, end, dismisses } = button.dataset;
    if (start) this.goTo(Number(start), Number(end));
    if (dismisses) this.look({ dismiss: dismisses });
    if ("restores" in button.dataset) this.look({ restore: true });
  }
}
