// What every page does: the menu of a phone, keys that lead somewhere, buttons that copy.
import { tell } from "./told.js";

document.documentElement.classList.add("scripted");

const menu = document.querySelector(".menu");
const places = document.getElementById("places");
menu?.addEventListener("click", () => {
  const opened = places.classList.toggle("opened");
  menu.setAttribute("aria-expanded", String(opened));
});

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      tell(button.dataset.done ?? "✓");
    } catch {
      button.hidden = true;
    }
  });
}

for (const form of document.querySelectorAll("form[data-ask]")) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.ask)) event.preventDefault();
  });
}

// "/" leads to the search field, as long as nobody is writing.
document.addEventListener("keydown", (event) => {
  const writing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.getElementById("find");
  if (!field) return;
  event.preventDefault();
  if (places && !places.classList.contains("opened") && menu?.offsetParent) menu.click();
  field.focus();
});
