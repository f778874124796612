/* The quiet check while writing: which of the writer's own passages stand close to a model's text, as colour over them.

   Asked after a save that changed the text, every ten seconds at most; a failure says nothing. The colours move with
   what is typed, and go where somebody writes into them. A text area cannot colour its text: a glass over it does. */

import { difference } from "./trace.js";

const LEAST_MS = 10_000;

/** Offsets come in code points; a text area counts UTF-16 units. */
export function units(text, codePoints) {
  return Array.from(text).slice(0, codePoints).join("").length;
}

export function make(name, values, ...children) {
  const element = Object.assign(document.createElement(name), values);
  element.append(...children);
  return element;
}

export class Closeness {
  #glass = make("div", { className: "editor-text editor-glass", ariaHidden: "true" });
  #marks = [];  // [start, end] in units of #text, apart and in order
  #text = "";
  #last = "";
  #askedAt = -LEAST_MS;
  #later;
  #turn = 0;
  #chosen = -1;

  /** `tell(count, isClose)`: so many passages are marked; the text would not be taken as it stands. */
  constructor({ area, server, tell }) {
    Object.assign(this, { area, server, tell });
    area.after(this.#glass);
    area.addEventListener("input", () => this.#follow());
    area.addEventListener("scroll", () => this.#lay());
    area.addEventListener("focus", () => this.#enter());
    new ResizeObserver(() => this.#lay()).observe(area);
  }

  /** For another text, or one that is handed in: nothing is asked any more, and no answer to come is heard. */
  begin() {
    clearTimeout(this.#later);
    this.#turn += 1;
    this.#last = "";
    this.show([], false);
  }

  /** Ask about the text as it is, unless it was asked before; a moment ago: a little later. */
  async look() {
    const { value } = this.area;
    clearTimeout(this.#later);
    if (value === this.#last) return;
    const wait = this.#askedAt + LEAST_MS - performance.now();
    if (wait > 0) {
      this.#later = setTimeout(() => this.look(), wait);
      return;
    }
    this.#last = value;
    this.#askedAt = performance.now();
    const turn = this.#turn += 1;
    const found = await this.server.post("closeness/", { text: value }).catch(() => null);
    if (turn !== this.#turn) return;
    if (found) this.show(found.passages, found.is_close, value);
    else this.#last = "";  // asked again after the next save
  }

  /** Colour passages of `text`, which the area held a moment ago. */
  show(passages, isClose, text = this.area.value) {
    this.#text = text;
    this.#put(passages.map(({ start, end }) => [units(text, start), units(text, end)]), isClose);
    this.#follow();
  }

  /** Go to the next marked passage, not into the text: the next letter is a key, too. */
  next() {
    if (!this.#marks.length) return;
    this.#chosen = (this.#chosen + 1) % this.#marks.length;
    this.#draw();
    this.#glass.children[this.#chosen].scrollIntoView({ block: "center" });
    this.area.scrollTop = this.#glass.scrollTop;
  }

  /** Who goes into the text then is at that passage. */
  #enter() {
    const mark = this.#marks[this.#chosen];
    if (!mark) return;
    this.#chosen = -1;
    this.area.setSelectionRange(...mark);
    this.#draw();
  }

  #follow() {
    const { value } = this.area;
    if (!this.#marks.length || value === this.#text) return;
    const { start, inserted, deleted } = difference(this.#text, value);
    const moved = inserted.length - deleted;
    const isBefore = (mark) => mark[1] <= start;
    const left = this.#marks.filter((mark) => isBefore(mark) || mark[0] >= start + deleted);
    this.#text = value;
    this.#put(left.map((mark) => (isBefore(mark) ? mark : mark.map((at) => at + moved))), false);
  }

  #put(marks, isClose) {
    this.#marks = marks;
    this.#chosen = -1;
    this.tell(marks.length, isClose);
    this.#draw();
  }

  #draw() {
    let at = 0;
    const parts = this.#marks.flatMap(([start, end], number) => {
      const before = this.#text.slice(at, start);
      at = end;
      return [before, make("mark", { className: number === this.#chosen ? "is-chosen" : "" }, this.#text.slice(start, end))];
    });
    this.#glass.replaceChildren(...parts, `${this.#text.slice(at)}\n`);
    this.#lay();
  }

  #lay() {
    const { area } = this;
    const glass = this.#glass;
    glass.hidden = area.hidden || !this.#marks.length;
    glass.lang = area.lang;
    const box = { top: area.offsetTop, left: area.offsetLeft, width: area.clientWidth, height: area.clientHeight };
    for (const name in box) glass.style[name] = `${box[name]}px`;
    glass.scrollTop = area.scrollTop;
  }
}
