// A video and its line of time: a click, a key or a button seeks; what is played is shown on the line.
import { tell } from "./told.js";

for (const film of document.querySelectorAll("[data-film]")) {
  const video = film.querySelector("video");
  const seek = film.querySelector("#seek");
  if (!seek) continue;
  const said = seek.nextElementSibling;
  const now = film.querySelector(".now");
  const duration = Number(film.dataset.duration) || 1;

  const mark = (t) => {
    const x = String(1000 * Math.min(t / duration, 1));
    now.removeAttribute("hidden");
    now.setAttribute("x1", x);
    now.setAttribute("x2", x);
    seek.value = String(t);
    said.textContent = `${t.toFixed(1)} s`;
    seek.setAttribute("aria-valuetext", said.textContent);
  };
  const go = (t) => {
    if (video) video.currentTime = t;
    mark(t);
  };
  seek.addEventListener("input", () => go(Number(seek.value)));
  video?.addEventListener("timeupdate", () => mark(video.currentTime));
  for (const track of film.querySelectorAll(".track")) {
    track.addEventListener("click", (event) => {
      const box = track.getBoundingClientRect();
      go(duration * Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1));
    });
  }
  for (const button of film.querySelectorAll("[data-seek]")) {
    button.addEventListener("click", () => {
      go(Number(button.dataset.seek));
      tell(button.textContent.trim());
    });
  }
  mark(0);
  if (video) stills(video.src, film.querySelectorAll("[data-seek]"));
}

/** Draw the moments of the buttons, one after the other, from a player of its own that nobody sees. */
function stills(address, buttons) {
  const player = document.createElement("video");
  player.muted = true;
  player.preload = "auto";
  const waiting = [...buttons];
  const next = () => {
    if (!waiting.length) { player.removeAttribute("src"); player.load(); return; }
    player.currentTime = Number(waiting[0].dataset.seek);
  };
  player.addEventListener("seeked", () => {
    const canvas = waiting.shift()?.querySelector("canvas");
    if (!canvas) return;
    canvas.width = 320;
    canvas.height = Math.round((320 * player.videoHeight) / player.videoWidth);
    canvas.getContext("2d").drawImage(player, 0, 0, canvas.width, canvas.height);
    canvas.hidden = false;
    next();
  });
  player.addEventListener("loadeddata", next, { once: true });
  player.src = address;
}
