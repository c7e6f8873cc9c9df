// Forms while they travel: values typed meanwhile survive the answer, and a second press waits.
const controls = (root) => root.querySelectorAll("input, select, textarea");

function stateOf(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked;
  return control.value;
}

// A morph changes attributes; what a person typed lives in properties. So before the answer comes
// in, attributes are brought up to date, and afterwards the answer's attributes win wherever
// nobody typed since the form was sent.
let sent = new Map();

function remember(form) {
  sent = new Map([...controls(form)].map((control) => [control, stateOf(control)]));
}

function settle(form) {
  for (const control of controls(form)) {
    if (sent.has(control) && sent.get(control) !== stateOf(control)) continue;
    if (control.type === "checkbox" || control.type === "radio") control.checked = control.defaultChecked;
    else if (control instanceof HTMLSelectElement) settleSelect(control);
    else if (control.type !== "hidden" && control.value !== control.defaultValue) control.value = control.defaultValue;
  }
}

function settleSelect(select) {
  const chosen = [...select.options].findIndex((option) => option.defaultSelected);
  select.selectedIndex = Math.max(chosen, 0);
}

const morphsForm = (ctx) => ctx?.sourceElement?.id === "answer";

// The panel of changes follows typing. While the whole form travels it stands back: the form's own
// answer brings the panel along, and an older one must not overtake it.
let travelling = false;

document.addEventListener("htmx:before:request", (event) => {
  if (event.detail.ctx.sourceElement.id === "changes" && travelling) event.preventDefault();
  if (!morphsForm(event.detail.ctx)) return;
  travelling = true;
  htmx.trigger("#changes", "htmx:abort", {}, false);
  remember(event.detail.ctx.sourceElement);
  event.detail.ctx.request.submitter?.setAttribute("aria-busy", "true");
});

document.addEventListener("htmx:after:swap", (event) => {
  const form = document.getElementById("answer");
  if (form && morphsForm(event.detail.ctx)) settle(form);
});

document.addEventListener("htmx:finally:request", (event) => {
  if (morphsForm(event.detail.ctx)) travelling = false;
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
