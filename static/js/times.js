// Keeps "3 min ago" true while a page stays open. approvals/web/moments.py says it first.
const UNITS = [[86_400, "d"], [3_600, "h"], [60, "min"]];

function span(seconds) {
  const unit = UNITS.find(([size]) => seconds >= size);
  return unit ? `${Math.floor(seconds / unit[0])} ${unit[1]}` : "< 1 min";
}

const WORDS = {
  span: (age) => span(age),
  ago: (age) => (age < 60 ? "just now" : `${span(age)} ago`),
  due: (age) => (age >= 0 ? `overdue ${span(age)}` : `in ${span(-age)}`),
};

function update() {
  for (const element of document.querySelectorAll("time[data-time]")) {
    const kind = element.dataset.time;
    const age = (Date.now() - Date.parse(element.dateTime)) / 1000;
    const words = WORDS[kind](age);
    if (element.textContent !== words) element.textContent = words;
    if (kind === "due") element.classList.toggle("overdue", age >= 0);
  }
}

setInterval(update, 20_000);
document.addEventListener("visibilitychange", () => document.hidden || update());
