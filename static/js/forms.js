// Forms while they travel: values typed meanwhile survive the answer, and a second press waits.
const controls = (root) => root.querySelectorAll("input, select, textarea");

function stateOf(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked;
  return control.value;
}

// A morph changes attributes; what a person typed lives in properties. So once an answer is in the
// page, its attributes win, except where somebody typed since the form was sent.
const sent = new WeakMap();
const typed = new WeakMap();
const isForm = (ctx) => ["answer", "changes"].includes(ctx?.sourceElement?.id);

function snapshot() {
  const form = document.getElementById("answer");
  return new Map(form ? [...controls(form)].map((control) => [control, stateOf(control)]) : []);
}

function typedSince(before) {
  return new Map([...snapshot()].filter(([control, state]) => before.has(control) && before.get(control) !== state));
}

function put(control, state) {
  if (control.type === "checkbox" || control.type === "radio") control.checked = state;
  else if (control.value !== state) control.value = state;
}

function answered(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.defaultChecked;
  if (!(control instanceof HTMLSelectElement)) return control.defaultValue;
  return ([...control.options].find((option) => option.defaultSelected) ?? control.options[0])?.value ?? "";
}

// The echo of typing brings only the state forms along; whatever it left out is as it was.
function settle(kept, within) {
  for (const control of snapshot().keys()) {
    if (within && !control.closest(within)) continue;
    if (kept.has(control)) put(control, kept.get(control));
    else if (control !== document.activeElement && control.type !== "hidden") put(control, answered(control));
  }
}

// Signing in again, in another tab, makes the token in an open form worthless.
document.addEventListener("htmx:config:request", (event) => {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  const body = event.detail.ctx.request.body;
  if (token && body?.has?.("csrfmiddlewaretoken")) body.set("csrfmiddlewaretoken", token);
});

// What is sent goes out under a key. Nothing but an answer ends it: sent again after the site or the
// network broke down, it is known to be the same.
const keys = new WeakMap();
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  if (request.method !== "POST") return;
  if (!keys.has(sourceElement)) keys.set(sourceElement, newKey());
  request.headers["Idempotency-Key"] = keys.get(sourceElement);
});

document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx.response.status < 500) keys.delete(event.detail.ctx.sourceElement);
});

// The panel of changes follows typing. While the whole form travels it stands back: the form's own
// answer brings the panel along, and an older one must not overtake it.
let travelling = false;

document.addEventListener("htmx:before:request", (event) => {
  const ctx = event.detail.ctx;
  if (!isForm(ctx)) return;
  const frozen = document.getElementById("fields")?.disabled;
  if (ctx.sourceElement.id === "changes" && (travelling || frozen)) return event.preventDefault();
  sent.set(ctx, snapshot());
  if (ctx.sourceElement.id === "changes") return;
  travelling = true;
  htmx.trigger("#changes", "htmx:abort", {}, false);
  ctx.request.submitter?.setAttribute("aria-busy", "true");
});

document.addEventListener("htmx:before:swap", (event) => {
  const ctx = event.detail.ctx;
  if (sent.has(ctx)) typed.set(ctx, typedSince(sent.get(ctx)));
});

document.addEventListener("htmx:after:swap", (event) => {
  const ctx = event.detail.ctx;
  const kept = typed.get(ctx);
  if (kept) settle(kept, ctx.sourceElement.id === "changes" ? ".typing" : "");
});

document.addEventListener("htmx:finally:request", (event) => {
  if (event.detail.ctx.sourceElement?.id === "answer") travelling = false;
  document.querySelectorAll("[aria-busy]").forEach((element) => element.removeAttribute("aria-busy"));
});

// Menus and panels close on Escape and on a click elsewhere, as people expect of them.
const open = () => document.querySelectorAll("details.menu[open], details.drop[open]");

document.addEventListener("click", (event) => {
  for (const details of open()) if (!details.contains(event.target)) details.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  for (const details of open()) {
    details.open = false;
    details.querySelector("summary").focus();
  }
});

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.drop") && event.target.open) event.target.querySelector("textarea")?.focus();
}, true);

// Inside a field: send what it belongs to. The answer itself has no verdict that goes without saying.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const panel = event.target.closest?.(".drop-panel");
  if (panel) panel.querySelector(".actions button")?.click();
  else if (event.target.form && event.target.form.id !== "answer") event.target.form.requestSubmit();
});
