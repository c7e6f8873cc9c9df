// For how long something can still be taken back. A form is gone then, unless somebody is on it,
// with the pointer or with the keyboard.
const isOnIt = (element) => element.matches(":hover") || element.contains(document.activeElement);

function tick() {
  for (const element of document.querySelectorAll("[data-until]")) {
    const { until, left: ahead, over } = element.dataset;
    const left = Math.ceil((Date.parse(until) - Date.now()) / 1000);
    const text = left > 0 ? ahead.replace("{seconds}", left) : over;
    const place = element.querySelector(".undo-left") ?? element;
    if (place.textContent !== text) place.textContent = text;
    const whole = element.closest(".toast") ?? element;
    if (left > 0 || !element.matches("form") || isOnIt(whole)) continue;
    whole.remove();
  }
}

tick();
setInterval(tick, 250);
document.addEventListener("htmx:after:swap", tick);
