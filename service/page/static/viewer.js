// A map over its picture: which one, and how strongly it covers.
for (const viewer of document.querySelectorAll("[data-viewer]")) {
  const over = viewer.querySelector(".over");
  const controls = viewer.querySelector(".controls");
  if (!controls) continue;
  const [map, strength] = controls.querySelectorAll("select, input");
  const show = () => {
    over.style.opacity = String(strength.value / 100);
    if (over.getAttribute("src") !== map.value) over.src = map.value;
  };
  over.hidden = false;
  controls.hidden = false;
  map.addEventListener("change", show);
  strength.addEventListener("input", show);
  show();
}
