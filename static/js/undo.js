// For how long something can still be taken back. A form is gone then, unless somebody is on it.
function tick() {
  for (const element of document.querySelectorAll("[data-until]")) {
    const { until, left: ahead, over } = element.dataset;
    const left = Math.ceil((Date.parse(until) - Date.now()) / 1000);
    const text = left > 0 ? ahead.replace("{seconds}", left) : over;
    const place = element.querySelector(".undo-left") ?? element;
    if (place.textContent !== text) place.textContent = text;
    if (left > 0 || !element.matches("form") || element.contains(document.activeElement)) continue;
    (element.closest(".toast") ?? element).remove();
  }
}

tick();
setInterval(tick, 250);
document.addEventListener("htmx:after:swap", tick);
