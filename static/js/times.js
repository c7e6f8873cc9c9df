// Keeps "3 min ago" true while a page stays open. approvals/web/showing/moments.py says it first.
// The exact time, shown on hover, is that of the reader's clock; the server learns their zone.
const said = document.getElementById("times").dataset;
const UNITS = [[86_400, "days"], [3_600, "hours"], [60, "minutes"]];
const fill = (name, n) => said[name].replace("{n}", n);

function span(seconds) {
  const unit = UNITS.find(([size]) => seconds >= size);
  return unit ? fill(unit[1], Math.floor(seconds / unit[0])) : said.less;
}

const WORDS = {
  span: (age) => span(age),
  ago: (age) => (age < 60 ? said.now : fill("ago", span(age))),
  due: (age) => (age >= 0 ? fill("late", span(age)) : fill("ahead", span(-age))),
  deadline: (age) => (age >= 0 ? fill("late", span(age)) : fill("due", span(-age))),
};

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const tongue = document.documentElement.lang;
const exact = new Intl.DateTimeFormat(tongue === "en" ? "en-GB" : tongue, { dateStyle: "medium", timeStyle: "long" });
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
setInterval(() => document.querySelector("#pausing[data-paused]") || update(), 20_000);
document.addEventListener("htmx:after:swap", update);
document.addEventListener("visibilitychange", () => document.hidden || update());
