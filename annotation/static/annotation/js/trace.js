/* The writing trace: how a text came to be, as counts and timings in buckets of ten seconds. Never a key, never a word.

   const trace = new Trace(area, { nextBucket, elapsedMs, quotable });
   trace.closed()         the buckets that are complete, oldest first
   trace.drop(n)          forgets the first n of them: the server has them
   await trace.flush()    closes the open bucket too, for handing in or leaving

   Insertions are found by comparing values, not by trusting events: browsers order the events of composition
   differently, and what an input method tries out before it settles is not writing. */

const BUCKET_MS = 10_000;
const PAUSE_LIMITS_MS = [500, 1000, 2000, 5000, 30_000];
const REMEMBERED_COPIES = 20;

const TYPED = new Set(["insertText", "insertLineBreak", "insertParagraph", "insertTranspose", ""]);
const COMPOSED = new Set(["insertCompositionText", "insertFromComposition", "deleteCompositionText", "deleteByComposition"]);
const UNDONE = new Set(["historyUndo", "historyRedo"]);
const LARGE_COUNTS = new Set(["typed", "pasted", "dropped", "replaced"]);

function blank(number, startedMs) {
  return {
    number, started_ms: startedMs, typed: 0, composed: 0, pasted: 0, pasted_own: 0, pasted_quote: 0, dropped: 0, replaced: 0,
    undone: 0, deleted: 0, inserted_before_end: 0, largest_insertion: 0, untrusted: 0, pauses: [0, 0, 0, 0, 0, 0],
    blurred_ms: 0, hidden_ms: 0, focus_losses: 0, length: 0,
  };
}

/** What changed between two values: how much was put in where, and how much taken away. */
export function difference(before, after) {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let tail = 0;
  while (tail < shorter - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  return { inserted: after.slice(start, after.length - tail), deleted: before.length - start - tail, isAtEnd: tail === 0 };
}

/** Hexadecimal SHA-256, or undefined where the browser offers none (plain HTTP on another host). */
async function digest(text) {
  if (!globalThis.crypto?.subtle) return undefined;
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const squeezed = (text) => text.normalize("NFKC").replace(/\s+/gu, "");

export class Trace {
  #area;
  #baseline;
  #buckets = [];
  #open = null;
  #openedAt = 0;
  #number;
  #start;
  #quotable;
  #copies = [];
  #lastEventAt = null;
  #isComposing = false;
  #isSettling = false;
  #pasted = null;
  #awaySince = null;
  #hiddenSince = null;
  #pending = Promise.resolve();

  constructor(area, { nextBucket, elapsedMs, quotable }) {
    this.#area = area;
    this.begin({ nextBucket, elapsedMs, quotable });
    area.addEventListener("compositionstart", () => { this.#isComposing = true; });
    area.addEventListener("compositionend", () => this.#settle());
    area.addEventListener("input", (event) => this.#input(event));
    area.addEventListener("paste", (event) => { this.#pasted = event.clipboardData?.getData("text/plain") ?? null; });
    for (const kind of ["copy", "cut"]) area.addEventListener(kind, () => this.#remember());
    window.addEventListener("blur", () => this.#leave());
    window.addEventListener("focus", () => this.#return());
    document.addEventListener("visibilitychange", () => this.#visibility());
  }

  /** Start over for another text, whose trace goes on at `nextBucket`. */
  begin({ nextBucket, elapsedMs, quotable }) {
    this.#buckets = [];
    this.#open = null;
    this.#number = nextBucket;
    this.#start = performance.now() - elapsedMs;
    this.#quotable = quotable.map(squeezed);
    this.#copies = [];
    this.#lastEventAt = null;
    this.rebase();
  }

  /** Take the present value as it is: it was put there by us, and counted elsewhere. */
  rebase() {
    this.#baseline = this.#area.value;
  }

  /** Buckets that were kept on this device, from before the page was loaded again; the server may have some of them. */
  restore(buckets) {
    const lacking = buckets.filter((bucket) => bucket.number >= this.#number);
    this.#buckets.push(...lacking);
    const last = lacking.at(-1);
    if (!last) return;
    this.#number = last.number + 1;
    this.#start = Math.min(this.#start, performance.now() - last.started_ms);  // time does not go back
  }

  /** Number the buckets that were not sent yet from `nextBucket` on. */
  renumber(nextBucket) {
    this.#number = nextBucket;
    for (const bucket of this.#buckets) bucket.number = this.#number++;
    if (this.#open) this.#open.number = this.#number++;
  }

  closed() {
    return [...this.#buckets];
  }

  /** Everything that was not sent yet, the open bucket as it stands among it; for the copy on this device. */
  unsent() {
    return this.#open ? [...this.#buckets, { ...this.#open, length: this.#baseline.length }] : [...this.#buckets];
  }

  drop(count) {
    this.#buckets.splice(0, count);
  }

  /** Close the open bucket; `isLast` closes one in any case, so that the last bucket names the text that is handed in. */
  async flush(isLast = false) {
    if (this.#isComposing || this.#isSettling) this.#count("composed", true);
    if (isLast) this.#bucket();
    this.#close();
    await this.#pending;
  }

  #input(event) {
    const now = performance.now();
    this.#pause(now);
    if (this.#isComposing || event.isComposing) return;
    const isTrusted = event.isTrusted;
    if (this.#isSettling) {  // Safari ends the composition first and sends the input after it
      this.#isSettling = false;
      this.#count("composed", isTrusted);
      return;
    }
    this.#count(this.#kind(event.inputType ?? ""), isTrusted);
    this.#pasted = null;
  }

  #settle() {
    this.#isComposing = false;
    this.#isSettling = true;
    setTimeout(() => {
      if (!this.#isSettling) return;
      this.#isSettling = false;
      this.#count("composed", true);
    });
  }

  #kind(inputType) {
    if (COMPOSED.has(inputType)) return "composed";
    if (UNDONE.has(inputType)) return "undone";
    if (inputType === "insertFromPaste" || inputType === "insertFromPasteAsQuotation" || inputType === "insertFromYank") return this.#pasteKind();
    if (inputType === "insertFromDrop") return "dropped";
    if (inputType === "insertReplacementText") return "replaced";
    return TYPED.has(inputType) || inputType.startsWith("delete") ? "typed" : "replaced";
  }

  #pasteKind() {
    const text = squeezed(this.#pasted ?? difference(this.#baseline, this.#area.value).inserted);
    if (text && this.#copies.some((copy) => copy.includes(text))) return "pasted_own";
    if (text && this.#quotable.some((asked) => asked.includes(text))) return "pasted_quote";
    return "pasted";
  }

  #remember() {
    const { value, selectionStart, selectionEnd } = this.#area;
    const copied = squeezed(value.slice(selectionStart, selectionEnd));
    if (copied) this.#copies = [copied, ...this.#copies].slice(0, REMEMBERED_COPIES);
  }

  #count(kind, isTrusted) {
    const value = this.#area.value;
    const { inserted, deleted, isAtEnd } = difference(this.#baseline, value);
    this.#isSettling = false;
    if (!inserted && !deleted) return;
    const bucket = this.#bucket();
    bucket[kind] += inserted.length;
    bucket.deleted += deleted;
    if (!isAtEnd) bucket.inserted_before_end += inserted.length;
    if (LARGE_COUNTS.has(kind)) bucket.largest_insertion = Math.max(bucket.largest_insertion, inserted.length);
    if (!isTrusted && inserted) bucket.untrusted += 1;
    this.#baseline = value;
  }

  #pause(now) {
    if (this.#lastEventAt !== null) {
      const gap = now - this.#lastEventAt;
      const place = PAUSE_LIMITS_MS.findIndex((limit) => gap < limit);
      this.#bucket().pauses[place === -1 ? 5 : place] += 1;
    }
    this.#lastEventAt = now;
  }

  #bucket() {
    const now = performance.now();
    if (this.#open && now - this.#openedAt >= BUCKET_MS && this.#awaySince === null) this.#close();
    if (!this.#open) {
      this.#openedAt = now;
      this.#open = blank(this.#number++, Math.max(0, Math.round(now - this.#start)));
      setTimeout(() => this.#expire(), BUCKET_MS);
    }
    return this.#open;
  }

  #expire() {
    if (this.#open && this.#awaySince === null && performance.now() - this.#openedAt >= BUCKET_MS) this.#close();
  }

  #close() {
    const bucket = this.#open;
    if (!bucket) return;
    this.#away();
    this.#open = null;
    const text = this.#baseline;
    bucket.length = text.length;
    this.#buckets.push(bucket);
    this.#pending = Promise.all([this.#pending, digest(text).then((hash) => { if (hash) bucket.draft_sha256 = hash; })]);
  }

  #leave() {
    if (this.#awaySince !== null) return;
    this.#bucket().focus_losses += 1;
    this.#awaySince = performance.now();
  }

  #return() {
    this.#away();
    this.#awaySince = null;
    this.#expire();
  }

  #visibility() {
    if (document.hidden) {
      this.#hiddenSince = performance.now();
      this.#leave();
    } else {
      this.#away();
      this.#hiddenSince = null;
      if (document.hasFocus()) this.#return();
    }
  }

  /** Put the time away so far into the open bucket, and count on from now. */
  #away() {
    const now = performance.now();
    if (!this.#open) return;
    if (this.#awaySince !== null) {
      this.#open.blurred_ms += Math.round(now - this.#awaySince);
      this.#awaySince = now;
    }
    if (this.#hiddenSince !== null) {
      this.#open.hidden_ms += Math.round(now - this.#hiddenSince);
      this.#hiddenSince = now;
    }
  }
}
