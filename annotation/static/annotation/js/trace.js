/* The writing trace: how a text came to be, as counts and timings in buckets of ten seconds. Never a key, never a word.

   A bucket ends with its ten seconds and with every save, so that each saved text is what the trace had come to.
   Insertions are found by comparing values, not by trusting events: browsers order the events of composition
   differently, and what an input method tries out before it settles is not writing. What is zero is left out. */

const BUCKET_MS = 10_000;
const PAUSE_LIMITS_MS = [500, 1000, 2000, 5000, 30_000];
const REMEMBERED_COPIES = 20;

/* What an event's inputType says of what it put in, by the first that fits; anything else was replaced. */
const KINDS = [
  [/Composition/, "composed"],
  [/^history/, "undone"],
  [/^insertFrom(Paste|Yank)/, "pasted"],
  [/^insertFromDrop$/, "dropped"],
  [/^(insert(Text|LineBreak|Paragraph|Transpose)|delete.*|)$/, "typed"],
];
const LARGE_COUNTS = ["typed", "pasted", "dropped", "replaced"];

/** What was put in, and where, and how much taken away. */
export function difference(before, after) {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let tail = 0;
  while (tail < shorter - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  return { start, inserted: after.slice(start, after.length - tail), deleted: before.length - start - tail, isAtEnd: tail === 0 };
}

/** Hexadecimal SHA-256, or undefined where the browser offers none (plain HTTP on another host). */
async function digest(text) {
  if (!globalThis.crypto?.subtle) return undefined;
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const squeezed = (text) => text.normalize("NFKC").replace(/\s+/gu, "");

export class Trace {
  #isOn;
  #baseline;
  #buckets = [];
  #open = null;
  #number;
  #link;
  #sentLength;
  #start;
  #quotable;
  #copies = [];
  #lastEventAt = null;
  #isComposing = false;
  #isSettling = false;
  #composedLength = 0;
  #brought;
  foreign = [];  // what came from elsewhere
  #since = {};  // since when nobody looks at the page

  constructor(area, begun) {
    this.area = area;
    this.begin(begun);
    const on = (kinds, act) => kinds.split(" ").forEach((kind) => area.addEventListener(kind, act));
    on("compositionstart", () => {
      this.#isComposing = true;
      this.#composedLength = area.value.length;
    });
    on("compositionend", () => this.#settle());
    on("input", (event) => this.#input(event));
    on("paste drop", (event) => { this.#brought = (event.clipboardData ?? event.dataTransfer)?.getData("text/plain"); });
    on("copy cut dragstart", () => this.#remember());
    addEventListener("blur", () => this.#leave());
    addEventListener("focus", () => this.#return());
    document.addEventListener("visibilitychange", () => this.#visibility());
  }

  /** Start over for another text, as the server has it. A writer may have asked not to be recorded. */
  begin({ trace, quotable, text }) {
    this.#isOn = trace.is_recorded;
    this.#start = performance.now() - trace.elapsed_ms;
    this.#quotable = quotable.map(squeezed);
    this.#copies = [];
    this.#lastEventAt = null;
    this.replace(trace, text);
  }

  /** Count what was put in before this script was there: as typed, in one piece. */
  catchUp() { this.#count("typed", true); }

  /** Take a value as it is: we put it there, and it was counted elsewhere. */
  rebase(text) { this.#baseline = text; }

  /** Another window's text stands in the field now; what was counted here is of no text any more. */
  replace(place, text) {
    this.#buckets = [];
    this.#open = null;
    this.#number = place.next_bucket;
    this.#link = place.link;
    this.rebase(text);
    this.#sentLength = text.length;
  }

  /** This window's text goes on instead of the server's: that is taken away, and the text from which this one began put back. */
  overrule(place) {
    const started = this.#buckets[0]?.started_ms ?? this.#elapsed();
    this.#buckets.unshift({ number: 0, started_ms: started, deleted: place.length, undone: this.#sentLength, length: this.#sentLength });
    this.accept(0, place);
  }

  /** Buckets that were kept on this device, from before the page was loaded again; the server may have some of them. */
  restore(buckets) {
    const lacking = buckets.filter((bucket) => this.#isOn && bucket.number >= this.#number);
    this.#buckets.push(...lacking);
    const last = lacking.at(-1);
    if (!last) return;
    this.#number = last.number + 1;
    this.#start = Math.min(this.#start, performance.now() - last.started_ms);  // time does not go back
  }

  /** Everything that was not sent yet, the open bucket as it stands among it. */
  unsent() {
    return this.#open ? [...this.#buckets, { ...this.#open, length: this.#baseline.length }] : [...this.#buckets];
  }

  /** What was not sent yet; the server knows the last one's text. `isLast`: a bucket in any case, for the text handed in. */
  seal(isLast = false) {
    if (this.#isComposing || this.#isSettling) this.#count("composed", true);
    if (isLast && this.#isOn) this.#bucket();
    this.#close();
    const last = this.#buckets.at(-1);
    return { buckets: this.#buckets.map((bucket) => (bucket === last ? { ...bucket, draft_sha256: undefined } : bucket)), link: this.#link.slice(0, 16) };
  }

  accept(count, place) {
    this.#sentLength = this.#buckets.splice(0, count).at(-1)?.length ?? this.#sentLength;
    this.#link = place.link;
    this.#number = place.next_bucket;
    for (const bucket of this.#buckets) bucket.number = this.#number++;
    if (this.#open) this.#open.number = this.#number++;
  }

  #input(event) {
    this.#pause();
    if (this.#isComposing || event.isComposing) {  // letter by letter; what comes in one piece was not composed
      const { length } = this.area.value;
      this.#largest(length - this.#composedLength);
      this.#composedLength = length;
    } else if (this.#isSettling) {  // Safari ends the composition first and sends the input after it
      this.#count("composed", event.isTrusted);
    } else {
      this.#count(this.#kind(event.inputType ?? ""), event.isTrusted);
      this.#brought = undefined;
    }
  }

  #settle() {
    this.#isComposing = false;
    this.#isSettling = true;
    setTimeout(() => { if (this.#isSettling) this.#count("composed", true); });
  }

  #kind(inputType) {
    const kind = KINDS.find(([says]) => says.test(inputType))?.[1] ?? "replaced";
    if (kind !== "pasted" && kind !== "dropped") return kind;
    const { inserted } = difference(this.#baseline, this.area.value);
    const text = squeezed(this.#brought ?? inserted);
    if (text && [squeezed(this.#baseline), ...this.#copies].some((own) => own.includes(text))) return "pasted_own";
    if (text && this.#quotable.some((asked) => asked.includes(text))) return "pasted_quote";
    this.foreign.push(inserted.slice(0, 4000));
    return kind;
  }

  #remember() {
    const { value, selectionStart, selectionEnd } = this.area;
    const copied = squeezed(value.slice(selectionStart, selectionEnd));
    if (copied) this.#copies = [copied, ...this.#copies].slice(0, REMEMBERED_COPIES);
  }

  #count(kind, isTrusted) {
    const value = this.area.value;
    const { inserted, deleted, isAtEnd } = difference(this.#baseline, value);
    this.#isSettling = false;
    if (!inserted && !deleted) return;
    this.#add(kind, inserted.length);
    this.#add("deleted", deleted);
    if (!isAtEnd) this.#add("inserted_before_end", inserted.length);
    if (LARGE_COUNTS.includes(kind)) this.#largest(inserted.length);
    if (!isTrusted && inserted) this.#add("untrusted", 1);
    this.#baseline = value;
  }

  #add(name, count) {
    if (!this.#isOn || count <= 0) return;
    const bucket = this.#bucket();
    bucket[name] = (bucket[name] ?? 0) + count;
  }

  #largest(length) {
    if (!this.#isOn || length < 2) return;  // a single letter is none to tell of
    const bucket = this.#bucket();
    bucket.largest_insertion = Math.max(bucket.largest_insertion ?? 0, length);
  }

  #pause() {
    const now = performance.now();
    if (this.#isOn && this.#lastEventAt !== null) {
      const place = PAUSE_LIMITS_MS.filter((limit) => now - this.#lastEventAt >= limit).length;
      const pauses = this.#bucket().pauses ??= [];
      while (pauses.length <= place) pauses.push(0);
      pauses[place] += 1;
    }
    this.#lastEventAt = now;
  }

  #elapsed() {
    return Math.max(0, Math.round(performance.now() - this.#start));
  }

  #bucket() {
    this.#expire();
    if (!this.#open) {
      this.#open = { number: this.#number++, started_ms: this.#elapsed() };
      setTimeout(() => this.#expire(), BUCKET_MS - (this.#open.started_ms % BUCKET_MS) + 1);
    }
    return this.#open;
  }

  #expire() {
    if (!this.#open || this.#since.blurred_ms) return;
    if (Math.floor(this.#elapsed() / BUCKET_MS) > Math.floor(this.#open.started_ms / BUCKET_MS)) this.#close();
  }

  #close() {
    const bucket = this.#open;
    if (!bucket) return;
    this.#away();
    this.#open = null;
    bucket.length = this.#baseline.length;
    this.#buckets.push(bucket);
    digest(this.#baseline).then((hash) => { bucket.draft_sha256 = hash; });
  }

  #leave() {
    if (this.#since.blurred_ms) return;
    this.#add("focus_losses", 1);
    this.#since.blurred_ms = performance.now();
  }

  #return(name = "blurred_ms") {
    this.#away();
    delete this.#since[name];
    this.#expire();
  }

  #visibility() {
    if (document.hidden) {
      this.#since.hidden_ms = performance.now();
      this.#leave();
    } else {
      this.#return("hidden_ms");
      if (document.hasFocus()) this.#return();
    }
  }

  /** Put the time away so far into the open bucket, and count on from now. */
  #away() {
    if (!this.#open) return;
    const now = performance.now();
    for (const [name, since] of Object.entries(this.#since)) {
      this.#open[name] = (this.#open[name] ?? 0) + Math.round(now - since);
      this.#since[name] = now;
    }
  }
}
