// News from the socket: a frame says what changed, and every element that shows it fetches its
// own part again over HTTP. Elements name what they follow, data-live="item:5 run:3": one question,
// one run, "items" (any question), "runs" (any run), "counts", "bell". What is data-brought comes
// along with the news of a list.
const chip = () => document.getElementById("live");
const news = () => document.getElementById("news");
const pausing = () => document.getElementById("pausing");
const isPaused = () => pausing()?.dataset.paused !== undefined;
const LOST_AFTER = 2_000;
const OUTDATED_AFTER = 30_000;
const POLL_WHEN_LOST = 30_000;
const SIGNED_OUT = 4401;
// Runs that changed while the page stood still; their questions change with them.
const missed = new Set();
let wasPaused = isPaused();
let lostAt = 0;
let timers = [];

function topicsOf(frame) {
  const topics = new Set();
  if (frame.type.startsWith("item.")) topics.add(`item:${frame.id}`).add("items").add("counts");
  if (frame.type === "bell") topics.add("bell");
  if (frame.run != null) topics.add(`run:${frame.run}`);
  if (frame.type.startsWith("run.")) topics.add("runs").add("items").add("counts");
  return topics;
}

// That somebody else decided the open question is told even while the page stands still: data-urgent.
const isBroughtAlong = (element) => element.dataset.brought !== undefined && news();
const following = () =>
  [...document.querySelectorAll("[data-live]")].filter((element) => !isPaused() || element.dataset.urgent !== undefined);

// News waits for a catching up under way: its answer may be older, and must not have the last word.
let caughtUp = Promise.resolve();

function refresh(isMeant, isBrought = true) {
  caughtUp.then(() => {
    for (const element of following()) {
      if (isBrought && isBroughtAlong(element)) continue;
      if (element.dataset.live.split(" ").some(isMeant)) htmx.trigger(element, "live", {}, false);
    }
  });
}

// Everything the page follows, in one request; the news of a list goes by itself, for it knows the rows.
function refreshAll() {
  const elements = following().filter((element) => !isBroughtAlong(element));
  const rest = elements.filter((element) => element !== news());
  if (elements.includes(news())) htmx.trigger(news(), "live", {}, false);
  if (rest.length === 1) return htmx.trigger(rest[0], "live", {}, false);
  if (!rest.length) return;
  const asked = new URLSearchParams(rest.map((element) => ["part", element.getAttribute("hx-get")]));
  caughtUp = htmx.ajax("GET", `${chip().dataset.parts}?${asked}`, { source: chip(), swap: "none" }).catch(() => {});
}

// All that happened since; after how many seconds of deafness the server is told, for it judges
// whether a list can still be caught up with.
function catchUp() {
  const deaf = document.querySelector("#news [name=deaf]");
  const seconds = lostAt ? Math.round((Date.now() - lostAt) / 1000) : 0;
  if (deaf) deaf.value = Math.max(Number(deaf.value), seconds);
  refreshAll();
}

function show(state) {
  const element = chip();
  if (!element) return;
  element.dataset.state = state === "on" ? "on" : "lost";
  element.querySelector(".live-text").textContent = element.dataset[state];
}

function sayMissed() {
  const words = document.querySelector("#pausing .paused-words");
  if (!words || !missed.size) return;
  const { one, many } = pausing().dataset;
  words.textContent = (missed.size === 1 ? one : many).replace("{count}", missed.size);
}

function sayOutdated() {
  if (isPaused() || document.querySelector(".toast.outdated")) return;
  const note = document.getElementById("outdated")?.content.cloneNode(true);
  if (!note) return;
  const words = note.querySelector("[data-list]");
  if (document.querySelector("#inbox-list, #runs-list")) words.textContent = words.dataset.list;
  document.querySelector(".toasts").append(note);
}

function found() {
  timers.forEach(clearInterval);
  document.querySelector(".toast.outdated")?.remove();
}

document.addEventListener("htmx:ws:before:message:incoming", (event) => {
  const frame = JSON.parse(event.detail.message.data);
  if (frame.type === "presence") return;
  if (isPaused()) missed.add(frame.run ?? frame.type);
  sayMissed();
  if (frame.type === "resync") return catchUp();
  const topics = topicsOf(frame);
  refresh((topic) => topics.has(topic), frame.type !== "bell");
});

document.addEventListener("htmx:ws:after:connection", () => {
  found();
  show("on");
  // What happened between the page and the socket, or while the socket was gone.
  catchUp();
  lostAt = 0;
});

document.addEventListener("htmx:ws:close", (event) => {
  if (event.detail.code === SIGNED_OUT) return found(), show("signedOut");
  // Each attempt in vain closes again.
  if (lostAt) return;
  lostAt = Date.now();
  timers = [
    setTimeout(() => show("lost"), LOST_AFTER),
    setTimeout(sayOutdated, OUTDATED_AFTER),
    setInterval(refreshAll, POLL_WHEN_LOST),
  ];
});

document.addEventListener("htmx:after:swap", () => {
  if (wasPaused === isPaused()) return;
  wasPaused = isPaused();
  if (wasPaused) return;
  missed.clear();
  catchUp();
});
