// One live region for the whole page: what happens without a click is said there.
const region = document.getElementById("told");

/** Say a sentence to whoever listens; the same sentence twice is said twice. */
export function tell(sentence) {
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = sentence; });
}
