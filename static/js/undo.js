// How long a decision can still be taken back. Gone when it is over, unless somebody is on it.
function tick() {
  for (const form of document.querySelectorAll("form.undo[data-until]")) {
    const left = Math.ceil((Date.parse(form.dataset.until) - Date.now()) / 1000);
    const { left: ahead, over } = form.dataset;
    const text = left > 0 ? ahead.replace("{seconds}", left) : over;
    const place = form.querySelector(".undo-left");
    if (place.textContent !== text) place.textContent = text;
    if (left > 0 || form.contains(document.activeElement)) continue;
    (form.closest(".toast") ?? form).remove();
  }
}

tick();
setInterval(tick, 250);
document.addEventListener("htmx:after:swap", tick);
