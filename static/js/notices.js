// What is said aloud and where the focus goes after a part of the page was replaced.
const QUIET_FOR = 10_000;
let lastCount = 0;
let lastLabel = "Approve";

function say(text) {
  const status = document.getElementById("status");
  if (status) status.textContent = text;
}

function fail(text) {
  document.querySelector(".toast.failed")?.remove();
  const toast = document.createElement("p");
  toast.className = "toast failed";
  toast.setAttribute("role", "alert");
  toast.textContent = text;
  let shelf = document.querySelector(".toasts");
  if (!shelf) {
    shelf = document.createElement("div");
    shelf.className = "toasts";
    document.body.append(shelf);
  }
  shelf.append(toast);
}

// A page that refuses or breaks must never replace a form somebody typed into.
document.addEventListener("htmx:before:swap", (event) => {
  const ctx = event.detail.ctx;
  const status = ctx.response?.status ?? 200;
  if (status < 400 || status === 409 || status === 422) return;
  event.preventDefault();
  if (ctx.request?.method !== "POST") return;
  const reason = status === 403 ? "You may not do this." : status === 404 ? "It is no longer there." : `The site answered ${status}.`;
  fail(`Not saved. ${reason} What you typed is still here.`);
});

document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx?.request?.method === "POST") fail("Not saved: no connection. What you typed is still here.");
});

document.addEventListener("htmx:after:swap", (event) => {
  // Only the answer to a pressed button may take the focus, never news or the echo of typing.
  if (event.detail.ctx.sourceElement?.id === "answer") document.querySelector("[data-focus]")?.focus();
  if (event.detail.ctx.sourceElement?.id === "changes") sayEdits();
  freeze();
  count();
});

function sayEdits() {
  const label = document.getElementById("approve-label")?.textContent.trim();
  if (label && label !== lastLabel) say(label);
  lastLabel = label;
}

// The question was decided while this page was open: the text stays, the controls do not.
function freeze() {
  const banner = document.querySelector("#banner[data-freeze]");
  const question = document.getElementById("question");
  if (!banner || !question || question.dataset.status === banner.dataset.status) return;
  question.dataset.status = banner.dataset.status;
  document.getElementById("fields")?.setAttribute("disabled", "");
  document.getElementById("bar")?.remove();
}

function count() {
  const news = Number(document.getElementById("news")?.dataset.news ?? 0);
  document.title = document.title.replace(/^\(\d+\) /, "");
  if (!news) return;
  document.title = `(${news}) ${document.title}`;
  if (Date.now() - lastCount < QUIET_FOR) return;
  lastCount = Date.now();
  say(`${news} new item${news === 1 ? "" : "s"}`);
}

document.querySelector("main [data-focus]")?.focus();
