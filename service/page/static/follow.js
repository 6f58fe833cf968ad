// The work on an analysis, as it goes on. When it has ended the page shows what came of it.
import { tell } from "./told.js";

for (const work of document.querySelectorAll("[data-follow]")) {
  const word = work.querySelector("[data-word]");
  const bar = work.querySelector("progress");
  const words = work.dataset;
  const events = new EventSource(words.follow);
  let last = -1;

  events.addEventListener("progress", (event) => {
    const job = JSON.parse(event.data);
    bar.max = job.total || 1;
    // Begun counts for a little, so that a single exhibit does not look as if nothing happened.
    bar.value = job.state === "running" ? Math.max(job.done, 0.08 * (job.total || 1)) : 0;
    word.textContent = words.said.replace("{done}", String(job.done)).replace("{total}", String(job.total));
    if (job.done !== last && last >= 0) tell(word.textContent);
    last = job.done;
  });
  events.addEventListener("end", () => {
    events.close();
    tell(words.ended);
    location.replace(location.href);
  });
  // The browser tries again by itself; where it gives up, the link does.
  events.addEventListener("error", () => {
    if (events.readyState !== EventSource.CLOSED) return;
    word.textContent = words.lost;
    work.querySelector(".again").style.display = "inline";
  });
  addEventListener("pagehide", () => events.close());
}
