// An analyst's desk: incidents one after the other by keyboard, marked and unmarked where they stand.
// Nothing is drawn here: what is shown is fetched as the page that the service makes of it.
import { ask } from "./door.js";
import { tell } from "./told.js";

const desk = document.querySelector("[data-desk]");
const words = desk.dataset;
const queue = document.getElementById("queue");
let turn = 0;

const links = () => (queue ? [...queue.querySelectorAll("a[data-rank]")] : []);
const article = () => document.getElementById("incident");
const chosen = () => links().find((link) => link.getAttribute("aria-current") === "true");

/** The page at an address, as a document of its own; scripts in it never run. */
async function fetched(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function put(page, name) {
  const [old, made] = [document.getElementById(name), page.getElementById(name)];
  if (old && made) old.replaceWith(document.adoptNode(made));
}

/** Show again what the service knows: also what another tab, or somebody else, has said meanwhile. */
async function refresh(address = location.href) {
  const mine = ++turn;
  const page = await fetched(address);
  if (mine !== turn) return;
  const had = document.activeElement?.closest?.("#queue a[data-rank]")?.dataset.rank;
  const scrolled = document.getElementById("queue")?.scrollTop ?? 0;
  if (queue) {
    const ranks = page.querySelectorAll("#queue ol.plain > li");
    const list = queue.querySelector("ol.plain");
    if (list && ranks.length) list.replaceChildren(...[...ranks].map((each) => document.adoptNode(each)));
    put(page, "detail");
    cut();
    if (had) queue.querySelector(`a[data-rank="${had}"]`)?.focus({ preventScroll: true });
    queue.scrollTop = scrolled;
  } else put(page, "incident");
}

const wide = matchMedia("(min-width: 68rem)");

async function choose(link, focus = true) {
  if (!link) return;
  // Where list and incident do not stand side by side, the incident has a page of its own.
  if (!wide.matches) {
    location.assign(link.dataset.page);
    return;
  }
  for (const each of links()) each.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  if (focus) link.focus({ preventScroll: true });
  link.scrollIntoView({ block: "nearest" });
  history.replaceState(null, "", link.href);
  const mine = ++turn;
  try {
    const page = await fetched(link.href);
    if (mine === turn) put(page, "detail");
  } catch {
    location.assign(link.href);
  }
}

function move(step) {
  if (!queue) {
    document.querySelector(step > 0 ? "a[rel=next]" : "a[rel=prev]")?.click();
    return;
  }
  const all = links();
  const at = all.indexOf(chosen());
  const to = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  if (to && to !== chosen()) choose(to);
  else if (step > 0) queue.querySelector("a[rel=next]")?.focus();
}

async function mark(verdict) {
  const form = article()?.querySelector("form.mark");
  if (!form) return;
  const rank = article().dataset.rank;
  const until = form.elements.until.value || null;
  try {
    await ask(form.dataset.mark, { method: "POST", body: { verdict, reason: form.elements.reason.value, until } });
    const word = form.querySelector(`button[value="${verdict}"]`).firstChild.textContent.trim();
    tell(words.said.replace("{n}", rank).replace("{verdict}", word));
    await refresh();
  } catch (error) {
    tell(error.message);
  }
}

async function undo() {
  const form = article()?.querySelector("form.unmark");
  if (!form) {
    tell(words.none);
    return;
  }
  try {
    await ask(form.dataset.undo, { method: "DELETE" });
    tell(words.undone.replace("{n}", article().dataset.rank));
  } catch (error) {
    // Taken back in another tab: what is shown catches up.
    tell(error.message);
  }
  await refresh();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("form.mark")) {
    event.preventDefault();
    mark(event.submitter?.value ?? "true");
  } else if (form.matches("form.unmark")) {
    event.preventDefault();
    undo();
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#queue a[data-rank], .overtime a[data-rank]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const listed = links().find((each) => each.dataset.rank === link.dataset.rank);
  if (!listed) return;
  event.preventDefault();
  choose(listed);
});

const KEYS = {
  j: () => move(1), k: () => move(-1),
  t: () => mark("true"), f: () => mark("false"), b: () => mark("benign"), u: undo,
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest?.("input:not([type=range]), textarea, select, [contenteditable]")) return;
  if (event.key === "?") {
    location.assign("/help#keys");
    return;
  }
  if (event.key === "Enter" && event.target.closest?.("#queue a[data-rank]")) {
    event.preventDefault();
    article()?.focus();
    return;
  }
  KEYS[event.key]?.();
});

// How many would be read, and what that leaves unread.
const slider = document.querySelector("[data-budget]");
const told = document.querySelector("[data-budget-told]");
function cut() {
  if (!slider) return;
  const budget = Number(slider.value);
  document.querySelector("output[for=budget]").textContent = String(budget);
  let read = 0;
  let first = null;
  for (const link of links()) {
    const beyond = Number(link.dataset.rank) > budget;
    link.closest("li").classList.toggle("cut", beyond);
    if (!beyond) read += Number(link.dataset.risk);
    else first ??= link;
  }
  return [budget, read, first];
}
slider?.addEventListener("input", () => {
  const [budget, read, first] = cut();
  const all = Number(slider.max);
  // Where the list is filtered or goes on, the service counts; the number stands in the form.
  if (links().length !== all) return;
  const share = `${Math.round(100 * read / (Number(slider.dataset.sum) || 1))}\u00a0%`;
  const said = slider.dataset.said.replace("{n}", budget).replace("{of}", all).replace("{share}", share);
  const rest = first
    ? slider.dataset.cut.replace("{rank}", first.dataset.rank).replace("{risk}", Number(first.dataset.risk).toFixed(1))
    : slider.dataset.whole;
  told.textContent = `${said} ${rest}`;
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh().catch(() => {});
});
