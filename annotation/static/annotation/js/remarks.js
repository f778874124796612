/* The checks beside the text: asked for after a save, shown below it; only a new remark is announced. */

const LEAST_MS = 3000;

export class Remarks {
  #known = new Set();
  #last = null;
  #askedAt = 0;
  #later = 0;

  /** `foreign`: what was pasted and the server was not told of. */
  constructor(given) {
    Object.assign(this, given);
    this.panel.addEventListener("click", ({ target }) => this.#act(target.closest("button")));
  }

  begin() {
    clearTimeout(this.#later);
    this.#known.clear();
    this.#last = null;
    this.foreign.length = 0;
    this.panel.hidden = true;
  }

  /** Ask about the text as it is, unless nothing changed or it was asked a moment ago. */
  async look(more) {
    const text = this.text();
    const isAsked = !!more;
    if (!isAsked && text === this.#last) return;
    const wait = isAsked ? 0 : this.#askedAt + LEAST_MS - Date.now();
    clearTimeout(this.#later);
    if (wait > 0) {
      this.#later = setTimeout(() => this.look(), wait);
      return;
    }
    this.#last = text;
    this.#askedAt = Date.now();
    const pasted = this.foreign.splice(0);
    try {
      const { html, keys } = await this.server.post("remarks/", { text, pasted, ...more });
      this.panel.innerHTML = html;  // escaped by the server
      this.panel.hidden = !text.trim();
      const fresh = keys.filter((key) => !this.#known.has(key));
      this.#known = new Set([...this.#known, ...keys]);
      if (fresh.length && !isAsked) this.tellNew(fresh.length);
    } catch {
      this.foreign.push(...pasted);
      this.#last = null;  // asked again after the next save
    }
  }

  #act(button) {
    if (!button) return;
    const { start, end, dismisses, names } = button.dataset;
    if (start) this.goTo(+start, +end);
    if (dismisses) this.look({ dismiss: dismisses });
    if (names) this.look({ named: +names, source: button.previousElementSibling.value });
    if ("restores" in button.dataset) this.look({ restore: true });
  }
}
