// Who else has a question open: told by the socket, forgotten when nobody has said so for a minute.
const BEAT = 20_000;
const FORGET = { page: 60_000, row: 180_000 };
const seen = new Map();
let socket = null;
let typing = false;
let shown = document.getElementById("presence")?.dataset.question;

const page = () => document.getElementById("presence");

function beat() {
  const element = page();
  if (!element || document.hidden || socket?.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify({ type: "here", id: Number(element.dataset.question), editing: typing }));
}

function hear({ id, by, status }) {
  if (by === document.body.dataset.user) return;
  const here = Number(page()?.dataset.question) === id;
  const known = seen.get(id)?.has(by);
  if (status === "left") seen.get(id)?.delete(by);
  else seen.set(id, (seen.get(id) ?? new Map()).set(by, { status, at: Date.now() }));
  // Whoever has just come does not know of us yet.
  if (here && !known && status !== "left") beat();
  show();
}

function others(id, span) {
  return [...(seen.get(id) ?? [])].filter(([, said]) => Date.now() - said.at < span);
}

function show() {
  if (document.querySelector("#pausing[data-paused]")) return;
  const element = page();
  if (element) {
    const who = others(Number(element.dataset.question), FORGET.page);
    element.hidden = !who.length;
    element.classList.toggle("editing", who.some(([, said]) => said.status === "editing"));
    const words = who.map(([name, said]) => (element.dataset[said.status] ?? "").replace("{name}", name)).join(", ");
    const text = element.querySelector(".presence-words");
    if (text.textContent !== words) text.textContent = words;
  }
  for (const mark of document.querySelectorAll("[data-eye]")) look(mark);
}

function look(mark) {
  const names = others(Number(mark.dataset.eye), FORGET.row).map(([name]) => name).join(", ");
  mark.hidden = !names;
  if (!names) return;
  const eye = document.getElementById("eye");
  if (!mark.firstChild) mark.append(eye.content.cloneNode(true));
  mark.lastElementChild.textContent = eye.dataset.open.replace("{names}", names);
}

document.addEventListener("htmx:ws:after:connection", (event) => {
  socket = event.detail.connection.socket;
  beat();
});

document.addEventListener("htmx:ws:before:message:incoming", (event) => {
  const frame = JSON.parse(event.detail.message.data);
  if (frame.type === "presence") hear(frame);
});

document.addEventListener("input", (event) => {
  if (typing || !event.target.closest?.("#answer, #bar")) return;
  typing = true;
  beat();
});

document.addEventListener("visibilitychange", beat);
document.addEventListener("htmx:after:swap", () => {
  const now = page()?.dataset.question;
  if (now !== shown) typing = false;
  if (now !== shown) beat();
  shown = now;
  show();
});
setInterval(() => { beat(); show(); }, BEAT);
