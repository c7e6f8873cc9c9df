// Keeps "3 min ago" true while a page stays open. approvals/web/moments.py says it first.
// The exact time, shown on hover, is that of the reader's clock; the server learns their zone.
const UNITS = [[86_400, "d"], [3_600, "h"], [60, "min"]];

function span(seconds) {
  const unit = UNITS.find(([size]) => seconds >= size);
  return unit ? `${Math.floor(seconds / unit[0])} ${unit[1]}` : "< 1 min";
}

const WORDS = {
  span: (age) => span(age),
  ago: (age) => (age < 60 ? "just now" : `${span(age)} ago`),
  due: (age) => (age >= 0 ? `overdue by ${span(age)}` : `in ${span(-age)}`),
  deadline: (age) => (age >= 0 ? `overdue by ${span(age)}` : `due in ${span(-age)}`),
};

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });
if (zone && !document.cookie.includes(`tz=${zone}`)) {
  document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax`;
}

function update() {
  for (const element of document.querySelectorAll("time[data-time]")) {
    const kind = element.dataset.time;
    const age = (Date.now() - Date.parse(element.dateTime)) / 1000;
    const words = WORDS[kind](age);
    const title = exact.format(Date.parse(element.dateTime));
    if (element.title !== title) element.title = title;
    if (element.textContent !== words) element.textContent = words;
    if (kind === "due" || kind === "deadline") element.classList.toggle("overdue", age >= 0);
  }
}

update();
setInterval(update, 20_000);
document.addEventListener("htmx:after:swap", update);
document.addEventListener("visibilitychange", () => document.hidden || update());
