// What is said aloud and where the focus goes after a part of the page was replaced.
const QUIET_FOR = 10_000;
let lastCount = 0;
const approveLabel = () => document.getElementById("approve-label")?.textContent.trim();
let lastLabel = approveLabel();

// What a script says is written in the page, in the language of its reader.
const words = (name) => document.getElementById("status").dataset[name];

function say(text) {
  const status = document.getElementById("status");
  if (status) status.textContent = text;
}

// What other scripts have to say.
document.addEventListener("say", (event) => say(event.detail));

function fail(text, more) {
  document.querySelector(".toast.failed")?.remove();
  const toast = document.createElement("p");
  toast.className = "toast failed";
  toast.setAttribute("role", "alert");
  toast.append(text);
  if (more) toast.append(" ", more);
  // Over an open sheet nothing else can be pressed.
  (document.querySelector("#sheet[open] .sheet-body") ?? document.querySelector(".toasts")).prepend(toast);
}

// The echo of typing and the keeping of drafts try again by themselves, with the next letter.
const isTyping = (ctx) => ["changes", "keep"].includes(ctx.sourceElement?.id);
const isActing = (ctx) => ctx?.request?.method === "POST" && !isTyping(ctx);

// The page has heard that the question is decided, maybe by this very answer: it says by whom.
const isAnswered = (ctx) => ctx.sourceElement.id === "answer" && document.querySelector("#banner[data-freeze]");

// Nobody knows what became of it: the network or the site broke down. Sent again it goes out under
// the same key (forms.js), so what did arrive is not done a second time.
function offerAgain(ctx) {
  if (ctx?.sourceElement?.id === "keep") ctx.sourceElement.textContent = words("unkept");
  if (!isActing(ctx) || isAnswered(ctx)) return;
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button small", textContent: words("retry") });
  button.addEventListener("click", () => sendAgain(ctx));
  fail(words(ctx.sourceElement.id === "answer" ? "kept" : "lost"), button);
}

// News of what did arrive may have made another form of the one it was sent with.
function sendAgain({ sourceElement, request, swap, target }) {
  const isForm = sourceElement.matches("form");
  if (isForm && sourceElement.isConnected && sourceElement.getAttribute("hx-post") === request.action) {
    return sourceElement.requestSubmit(request.submitter?.isConnected ? request.submitter : undefined);
  }
  const source = isForm ? document.body : sourceElement;
  htmx.ajax("POST", request.action, { source, swap, target, values: Object.fromEntries(request.body) });
}

// A page that refuses or breaks must never replace a form somebody typed into.
document.addEventListener("htmx:before:swap", (event) => {
  const ctx = event.detail.ctx;
  const status = ctx.response?.status ?? 200;
  if (status < 400 || status === 409 || status === 422) return;
  event.preventDefault();
  if (status >= 500) return offerAgain(ctx);
  if (ctx.request?.method !== "POST") return;
  // The refusing page says why, in words for the person; only those are taken from it.
  const refusal = new DOMParser().parseFromString(ctx.text ?? "", "text/html");
  const reason = refusal.querySelector(".sheet .muted")?.textContent ?? words("answered").replace("{status}", status);
  fail(words("refused").replace("{reason}", () => reason));
});

document.addEventListener("htmx:before:request", (event) => {
  if (isActing(event.detail.ctx)) document.querySelector(".toast.failed")?.remove();
});

// Signed out meanwhile: the page stays while there is something typed in it. After signing in
// elsewhere the same button works again, because forms.js sends the token of the new session.
document.addEventListener("htmx:after:request", (event) => {
  const { response, request } = event.detail.ctx;
  if (response.status !== 401 || !document.getElementById("answer")) return;
  event.preventDefault();
  if (document.querySelector(".toast.failed") && request.method !== "POST") return;
  const link = document.createElement("a");
  Object.assign(link, { href: "/login/", target: "_blank", textContent: words("signIn") });
  fail(words("signedOut"), link);
});

document.addEventListener("htmx:error", (event) => offerAgain(event.detail.ctx));

document.addEventListener("htmx:after:swap", (event) => {
  // Only the answer to a pressed button may take the focus, never news or the echo of typing.
  if (event.detail.ctx.sourceElement?.id === "answer") document.querySelector("[data-focus]")?.focus();
  if (event.detail.ctx.sourceElement?.id === "changes") sayEdits();
  freeze();
  count();
});

function sayEdits() {
  const label = approveLabel();
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
  document.querySelector("#changes .goes-on")?.remove();
  document.querySelector(".toast.failed")?.remove();
}

function count() {
  const news = Number(document.getElementById("news")?.dataset.news ?? 0);
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = news ? `(${news}) ${title}` : title;
  const pill = document.querySelector("#news .pill span");
  if (!pill || Date.now() - lastCount < QUIET_FOR) return;
  lastCount = Date.now();
  say(pill.textContent);
}

document.querySelector("main [data-focus]")?.focus();
