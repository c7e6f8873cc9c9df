// News from the socket: a frame says what changed, and every element that shows it fetches its
// own part again over HTTP. Elements name what they follow, data-live="item:5 run:3": one question,
// one run, "items" (any question), "runs" (any run), "counts", "bell".
const chip = () => document.getElementById("live");
const LOST_AFTER = 2_000;
const POLL_WHEN_LOST = 30_000;
const SIGNED_OUT = 4401;
let lostTimer = 0;
let pollTimer = 0;

function topicsOf(frame) {
  const topics = new Set();
  if (frame.type.startsWith("item.")) topics.add(`item:${frame.id}`).add("items").add("counts");
  if (frame.type === "bell") topics.add("bell");
  if (frame.run != null) topics.add(`run:${frame.run}`);
  if (frame.type.startsWith("run.")) topics.add("runs").add("items").add("counts");
  return topics;
}

function refresh(isMeant) {
  for (const element of document.querySelectorAll("[data-live]")) {
    if (element.dataset.live.split(" ").some(isMeant)) htmx.trigger(element, "live", {}, false);
  }
}

const refreshAll = () => refresh(() => true);

function show(state) {
  const element = chip();
  if (!element) return;
  element.dataset.state = state === "on" ? "on" : "lost";
  element.querySelector(".live-text").textContent = element.dataset[state];
}

document.addEventListener("htmx:ws:before:message:incoming", (event) => {
  const frame = JSON.parse(event.detail.message.data);
  if (frame.type === "resync") return refreshAll();
  const topics = topicsOf(frame);
  refresh((topic) => topics.has(topic));
});

document.addEventListener("htmx:ws:after:connection", () => {
  clearTimeout(lostTimer);
  clearInterval(pollTimer);
  show("on");
  // What happened between the page and the socket, or while the socket was gone.
  refreshAll();
});

document.addEventListener("htmx:ws:close", (event) => {
  clearTimeout(lostTimer);
  clearInterval(pollTimer);
  if (event.detail.code === SIGNED_OUT) return show("signedOut");
  lostTimer = setTimeout(() => show("lost"), LOST_AFTER);
  pollTimer = setInterval(refreshAll, POLL_WHEN_LOST);
});
