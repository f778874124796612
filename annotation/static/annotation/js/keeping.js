/* Keeping a draft: on this device at once, on the server about two seconds after a pause, and what happens when that fails.

   A copy on this device exists only while something is not saved, with its revision, what is on its way to the server and the
   trace's unsent buckets: no reload, crash or lost answer loses anything. */

import { difference } from "./trace.js";

const PAUSE_MS = 2000;
const LONGEST_WAIT_MS = 15_000;
const LOCAL_PAUSE_MS = 250;
const TIMEOUT_MS = 20_000;
const RETRY_MS = [3000, 6000, 12_000, 30_000];
const KEEPALIVE_BYTES = 60_000;

export class Refused extends Error {
  constructor(status, body) {
    super(body.detail ?? "");
    this.status = status;
    this.code = body.code ?? "";
    this.body = body;
  }
}

/** The requests: JSON both ways, with a form token that is fetched anew after signing in again. */
export class Server {
  constructor(token) {
    this.token = token;
    this.base = "";
  }

  async post(path, body, isLeaving = false) {
    let response = await this.#send(path, body, isLeaving);
    if (response.status === 403 && !isJson(response)) {
      this.token = (await this.state()).token;
      response = await this.#send(path, body, isLeaving);
    }
    return answer(response);
  }

  async state() {
    return answer(await fetch(`${this.base}lease/`, { headers: { Accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) }));
  }

  #send(path, body, isLeaving) {
    const text = JSON.stringify(body);
    return fetch(this.base + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.token },
      body: text,
      redirect: "manual",
      keepalive: isLeaving && new Blob([text]).size < KEEPALIVE_BYTES,
      signal: isLeaving ? undefined : AbortSignal.timeout(TIMEOUT_MS),
    });
  }
}

const isJson = (response) => (response.headers.get("Content-Type") ?? "").includes("json");

async function answer(response) {
  if (response.type === "opaqueredirect") throw new Refused(401, {});
  if (response.ok && isJson(response)) return response.json();
  throw new Refused(response.status, isJson(response) ? await response.json() : {});
}

/** The copy on this device. Storage may be full or forbidden: `isKept` says whether the last copy was made. */
export class LocalCopy {
  isKept = true;

  constructor(writer) {
    this.writer = writer;
    this.task = "";
  }

  read(kind = "draft") {
    try { return JSON.parse(localStorage.getItem(this.#key(kind))); } catch { return null; }
  }

  write(copy) { this.isKept = this.#write("draft", { ...copy, at: Date.now() }); }
  aside() { return this.read("aside")?.text ?? ""; }
  putAside(text) { this.#write("aside", { text }); }
  forgetAside() { this.forget("aside"); }

  forget(kind = "draft") {
    try { localStorage.removeItem(this.#key(kind)); } catch { /* none kept */ }
  }

  #key(kind) { return `hitode:${kind}:${this.writer}:${this.task}`; }

  #write(kind, value) {
    try { localStorage.setItem(this.#key(kind), JSON.stringify(value)); return true; } catch { return false; }
  }
}

/* `tell(state, details)` is called with a state: unsaved, unkept, saving, saved, offline, server, signed_out, conflict, lost, refused. */
export class Keeper {
  #revision = 0;
  #saved = "";
  #onItsWay = null;
  #isSaving = false;
  #isStopped = false;
  #isComposing = false;
  #failures = 0;
  #dirtySince = 0;
  #timer = 0;
  #localTimer = 0;

  constructor({ area, trace, server, local, tell }) {
    Object.assign(this, { area, trace, server, local, tell });
    area.addEventListener("compositionstart", () => { this.#isComposing = true; });
    area.addEventListener("compositionend", () => { this.#isComposing = false; this.touch(); });
    area.addEventListener("input", () => this.touch());
    addEventListener("online", () => this.saveNow());
    addEventListener("focus", () => { if (this.#failures) this.saveNow(); });
    addEventListener("pagehide", () => this.#leave());
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.saveNow(); });
  }

  get isDirty() { return this.area.value !== this.#saved; }
  get isStopped() { return this.#isStopped; }

  /** Begin with the server's text; what this device kept and it lacks comes back, what was typed already stays. Says what happened. */
  begin({ revision, trace, text }) {
    this.#saved = text;
    clearTimeout(this.#timer);
    this.#goOn(revision);
    const kept = this.local.read();
    const isKept = typeof kept?.text === "string";
    const isLacking = isKept && kept.text !== text;
    if (isLacking && kept.revision !== revision && kept.onItsWay !== text) {
      this.#conflict(kept.text, text, revision, trace);
      return "conflict";
    }
    if (isKept) this.trace.restore(kept.buckets ?? []);
    if (isLacking) {
      const { inserted } = difference(text, this.area.value);
      this.trace.rebase(kept.text);
      this.area.value = kept.text + inserted;
    }
    this.trace.catchUp();
    if (this.isDirty) this.touch();
    return isLacking ? "restored" : "";
  }

  /** The text changed: keep it here soon, there later. */
  touch() {
    if (!this.isDirty && !this.#isSaving) {
      clearTimeout(this.#timer);
      this.tell("saved", {});
      return;
    }
    this.#dirtySince ||= performance.now();
    this.#localTimer ||= setTimeout(() => this.keepLocally(), LOCAL_PAUSE_MS);
    if (this.#isStopped) return;
    if (!this.#failures) this.tell("unsaved");
    const waited = performance.now() - this.#dirtySince;
    this.#schedule(Math.min(PAUSE_MS, Math.max(0, LONGEST_WAIT_MS - waited)));
  }

  keepLocally() {
    clearTimeout(this.#localTimer);
    this.#localTimer = 0;
    const buckets = this.trace.unsent();
    if (!this.isDirty && !buckets.length) {
      this.local.forget();
      return;
    }
    this.local.write({ text: this.area.value, revision: this.#revision, onItsWay: this.#onItsWay, buckets });
    if (!this.local.isKept) this.tell("unkept");
  }

  #schedule(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.saveNow(), delay);
  }

  async saveNow() {
    if (this.#isSaving || this.#isStopped) return;
    if (this.#isComposing) { this.#schedule(PAUSE_MS); return; }
    if (!this.isDirty && !this.#failures) return;
    const text = this.area.value;
    const sealed = this.trace.seal();
    this.#send(text);
    this.tell("saving");
    try {
      await this.#save(text, sealed);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#send(null);
      if (this.isDirty && !this.#isStopped && !this.#failures) this.touch();
    }
  }

  #send(text) {
    this.#onItsWay = text;
    this.#isSaving = text !== null;
    if (this.#isSaving) this.keepLocally();
  }

  async #idle() {
    clearTimeout(this.#timer);
    while (this.#isSaving) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** Save everything, the open bucket too, before the page is left on purpose. */
  async saveAll() {
    await this.#idle();
    this.#failures ||= this.trace.unsent().length ? 1 : 0;
    await this.saveNow();
  }

  /** Hand the text in. Throws Refused for what the writer has to see to. */
  async submit(claimsNext) {
    await this.#idle();
    const text = this.area.value;
    const sealed = this.trace.seal(true);
    this.#send(text);
    try {
      const sent = await this.server.post("submit/", { text, base_revision: this.#revision, ...sealed, is_attested: true, claims_next: claimsNext });
      this.#isStopped = true;
      this.#saved = text;
      this.local.forget();
      this.local.forgetAside();
      return sent;
    } catch (error) {
      const isJudged = error instanceof Refused && [400, 422].includes(error.status);
      // The refusal came after the draft was saved: its revision is learnt by saving the same again.
      if (isJudged) await this.#save(text, sealed).catch((failed) => this.#fail(failed));
      else this.#fail(error);
      throw error;
    } finally {
      this.#send(null);
    }
  }

  async #save(text, sealed) {
    const saved = await this.server.post("draft/", { text, base_revision: this.#revision, ...sealed });
    this.#accept(text, saved.revision, sealed.buckets.length, saved.trace);
    this.tell("saved", saved);
  }

  /** Go on with this window's text after a conflict, on top of the server's revision. */
  settle({ mine: text, revision, trace }) {
    this.#goOn(revision);
    this.trace.overrule(trace);
    if (this.area.value !== text) {
      this.area.value = text;
      this.trace.rebase(text);
    }
    this.saveNow();
  }

  /** Go on with the server's text; what stood here is put aside on this device. */
  yield_({ mine, theirs, revision, trace }) {
    this.local.putAside(mine);
    this.area.value = theirs;
    this.trace.replace(trace, theirs);
    this.#saved = theirs;
    this.#goOn(revision);
    this.local.forget();
    this.tell("saved", {});
  }

  #goOn(revision) {
    this.#revision = revision;
    this.#isStopped = false;
    this.#failures = 0;
    this.area.readOnly = false;
  }

  stop() {
    this.keepLocally();
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #accept(text, revision, bucketCount, place) {
    this.#revision = revision;
    this.#saved = text;
    this.#failures = 0;
    this.#dirtySince = this.isDirty ? performance.now() : 0;
    this.trace.accept(bucketCount, place);
    this.keepLocally();
  }

  #fail(error) {
    if (!(error instanceof Refused)) {
      this.#again(error instanceof TypeError ? "offline" : "server");  // fetch: no connection at all, or no answer in time
    } else if (error.status === 401) {
      this.#again("signed_out");
    } else if (error.code === "stale_revision") {
      this.#conflict(this.area.value, error.body.text, error.body.revision, error.body.trace);
    } else if (error.code === "lease_lost" || error.status === 404) {
      this.lose(error.message);
    } else if (error.status >= 500 || error.status === 429) {
      this.#again("server");
    } else {
      this.#failures += 1;
      this.tell("refused", { words: error.message });
    }
  }

  lose(words) {
    this.stop();
    this.area.readOnly = true;
    this.tell("lost", { words });
  }

  /** Try again after a while; until then the copy on this device is what there is. */
  #again(state) {
    this.keepLocally();
    this.#schedule(RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)]);
    this.#failures += 1;
    this.tell(state);
  }

  #conflict(mine, theirs, revision, trace) {
    if (mine === theirs) {
      this.#accept(theirs, revision, 0, trace);
      this.tell("saved", {});
      return;
    }
    this.stop();
    this.area.readOnly = true;
    this.tell("conflict", { mine, theirs, revision, trace });
  }

  #leave() {
    if (this.#isStopped) return;
    const sealed = this.trace.seal();
    this.keepLocally();
    if (!this.isDirty && !sealed.buckets.length) return;
    this.server.post("draft/", { text: this.area.value, base_revision: this.#revision, ...sealed }, true).catch(() => {});
  }
}
