// Requests of pages to the service: always to the same place, with the proof of the session where something changes.
const proof = document.querySelector("meta[name=assay-proof]")?.content ?? "";

/** What the service refused: its code and its words. */
export class Refused extends Error {
  constructor(status, page) {
    super(page?.detail ?? String(status));
    this.status = status;
    this.code = page?.code ?? "http-error";
  }
}

/** Ask the service; gives its JSON, or null where it answers with nothing. */
export async function ask(path, { method = "GET", body, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = proof;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method, headers, signal, credentials: "same-origin", body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const page = text && answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : null;
  if (!answer.ok) throw new Refused(answer.status, page);
  return page;
}

/** Send a file; `moved` is told how much of it has left, 0 to 1. Resolves to the answer of the service. */
export function send(path, file, moved) {
  return new Promise((resolve, reject) => {
    const way = new XMLHttpRequest();
    way.open("POST", path);
    way.setRequestHeader("Content-Type", "application/octet-stream");
    way.setRequestHeader("Accept", "application/json");
    way.setRequestHeader("X-CSRF-Token", proof);
    way.upload.addEventListener("progress", (event) => moved(event.lengthComputable ? event.loaded / event.total : 0));
    way.addEventListener("load", () => {
      let page = null;
      try { page = JSON.parse(way.responseText); } catch { /* said below */ }
      if (way.status >= 200 && way.status < 300) resolve(page);
      else reject(new Refused(way.status, page));
    });
    way.addEventListener("error", () => reject(new Refused(0, null)));
    way.send(file);
  });
}
