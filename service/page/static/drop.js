// Evidence by drag and drop: one file after the other to the service, each with its progress; nothing is lost when one fails.
import { ask, send, Refused } from "./door.js";
import { tell } from "./told.js";

/** A place that takes files, and has them assayed when they have arrived, if that is wanted. */
export function take(form) {
  const list = form.querySelector(".arrivals");
  const row = form.querySelector("template").content.firstElementChild;
  const field = form.querySelector("input[type=file]");
  const words = form.dataset;
  let busy = false;

  const arrivals = (files) => files.map((file) => {
    const item = row.cloneNode(true);
    item.querySelector(".name").textContent = file.name;
    item.querySelector(".said").textContent = words.waiting;
    item.querySelector("progress").setAttribute("aria-label", file.name);
    list.append(item);
    return { file, item };
  });

  /** Where a file goes: to the evidence, or to a door of its own that asks for more. */
  function door(file) {
    const query = new URLSearchParams({ name: file.name.slice(0, 255) });
    for (const name of words.door ? ["case", "format", "baseline", "budget"] : ["case"]) {
      const value = form.elements[name]?.value;
      if (value) query.set(name, value);
    }
    return `${words.door ?? "/v1/evidence"}?${query}`;
  }

  async function one({ file, item }) {
    const said = item.querySelector(".said");
    const bar = item.querySelector("progress");
    if (file.size > Number(words.longest)) throw new Refused(413, { detail: words.tooLong, code: "content-too-large" });
    said.textContent = words.sending;
    const held = await send(door(file), file, (share) => { bar.value = share; });
    bar.remove();
    const link = document.createElement("a");
    link.href = words.shown ? `${words.shown}/${held.id}` : `/evidence/${held.sha256}`;
    link.textContent = file.name;
    item.querySelector(".name").replaceChildren(link);
    said.textContent = words.kept;
    return held;
  }

  async function assay(kept, profile) {
    const evidence = [...new Set(kept.map((held) => held.sha256))];
    try {
      const job = await ask("/v1/analyses", {
        method: "POST", body: { case: kept[0].case, evidence, profile, lang: words.lang, pictures: true, report: true },
      });
      location.assign(`/analyses/${job.id}`);
    } catch (error) {
      tell(`${words.refused} ${error.message}`);
    }
  }

  async function all(files) {
    if (!files.length || busy) return;
    busy = true;
    list.hidden = false;
    const kept = [];
    for (const each of arrivals(files)) {
      try {
        kept.push(await one(each));
      } catch (error) {
        each.item.querySelector("progress")?.remove();
        const said = each.item.querySelector(".said");
        said.classList.add("wrong");
        said.textContent = `${words.refused} ${error instanceof Refused ? error.message : ""}`;
      }
    }
    busy = false;
    field.value = "";
    tell(words.all.replace("{n}", String(kept.length)).replace("{of}", String(files.length)));
    const profile = form.elements.then?.value ?? "keep";
    if (words.shown) {
      if (kept.length === 1) location.assign(`${words.shown}/${kept[0].id}`);
    } else if (kept.length && profile !== "keep") await assay(kept, profile);
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); all([...field.files]); });
  field.addEventListener("change", () => all([...field.files]));
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => { event.preventDefault(); form.classList.add("over"); });
  }
  for (const name of ["dragleave", "drop"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      if (name === "drop" || !form.contains(event.relatedTarget)) form.classList.remove("over");
    });
  }
  form.addEventListener("drop", (event) => all([...event.dataTransfer.files]));
}

for (const form of document.querySelectorAll("[data-drop]")) take(form);
