/* A proof of work, done in a worker while somebody types, so that nobody waits for it. A proof serves for one question. */

const PATIENCE_MS = 6000;
const FRESH_MS = 60 * 60 * 1000;
let ready = null; // {proof: Promise<string>, madeAt}

/** Begin, if nothing is under way. `where` has the addresses `challengeUrl` and `proofWorkerUrl`. */
export function prepareProof(where) {
  if (!ready || Date.now() - ready.madeAt > FRESH_MS) ready = { proof: work(where), madeAt: Date.now() };
}

/** The proof; "" where it cannot be had in time: then the server takes fewer questions, but it takes them. */
export async function takeProof(where) {
  prepareProof(where);
  const { proof } = ready;
  ready = null;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, ""));
  return await Promise.race([proof, late]);
}

async function work({ challengeUrl, proofWorkerUrl }) {
  try {
    const response = await fetch(challengeUrl, { headers: { Accept: "application/json" } });
    if (!response.ok) return "";
    return await solve(await response.json(), proofWorkerUrl);
  } catch {
    return "";
  }
}

function solve(challenge, workerUrl) {
  return new Promise((resolve) => {
    const worker = new Worker(workerUrl, { type: "module" });
    const end = (solution) => {
      worker.terminate();
      resolve(solution ? btoa(JSON.stringify({ challenge, solution })) : "");
    };
    worker.addEventListener("message", (event) => end(event.data));
    worker.addEventListener("error", () => end(null));
    worker.postMessage(challenge.parameters);
  });
}
