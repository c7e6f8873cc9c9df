// The keyboard. Off while somebody types, and for whoever turned it off; keys that a person changed
// are in data-keys of <body>: {"what is meant": "what is pressed"}.
const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog");
const settings = document.body.dataset;
const changed = JSON.parse(settings.keys || "{}");
const meant = Object.fromEntries(Object.entries(changed).map(([key, pressed]) => [pressed, key]));
const links = () => [...document.querySelectorAll("#rows .row-link, .table .row-link")];
const focusedRow = () => document.activeElement.closest?.("#rows tr");
const boxOf = (row) => row?.querySelector("input[name=item]");
const isPicking = () => document.querySelector("#rows input[name=item]:checked");
let sequence = "";
let sequenceTimer = 0;

function move(step, extends_) {
  const all = links();
  if (!all.length) return false;
  const here = focusedRow()?.querySelector(".row-link") ?? document.activeElement;
  const at = all.indexOf(here);
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  if (extends_) for (const link of [here, next]) pick(link.closest?.("tr"), true);
  next.focus();
  return true;
}

function pick(row, on) {
  const box = boxOf(row);
  if (!box) return false;
  box.checked = on ?? !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

function press(key) {
  const control = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!control || control.disabled) return false;
  if (control.matches("input")) control.focus();
  // Deciding takes two presses: the first shows what would happen, the second means it.
  else if ("as".includes(key) && document.activeElement !== control) control.focus();
  else control.click();
  // Its toggle event comes after the next letters.
  control.closest(".drop[open]")?.querySelector("textarea")?.focus();
  return true;
}

// On a list a key acts on what is selected, else on the row in focus.
function act(key) {
  const button = document.querySelector(`[data-bulk="${key}"]`);
  if (!button) return press(key);
  if (!isPicking() && !pick(focusedRow(), true)) return press(key);
  button.click();
  return true;
}

function toMe() {
  const row = focusedRow();
  if (!row || document.querySelector("#question")) return press("i");
  return Boolean(htmx.ajax("POST", `/interrupts/${row.dataset.interrupt}/assign/`, {
    source: row,
    swap: "none",
    values: { assignee: settings.user, csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value },
  }));
}

// On a list: the question, at its response.
function respond() {
  const link = document.getElementById("question") ? null : focusedRow()?.querySelector(".row-link");
  if (!link) return press("c");
  location.assign(`${link.href}#respond`);
  return true;
}

function click(link) {
  link?.click();
  return Boolean(link);
}

const open_ = () => click(focusedRow()?.querySelector(".row-link"));

function back() {
  if (isPicking()) return document.getElementById("selection").reset() ?? true;
  return click(document.getElementById("question") && document.querySelector(".crumb"));
}

const step = (by, extends_) => () => move(by, extends_) || press(by > 0 ? "j" : "k");
const KEYS = {
  j: step(1), k: step(-1), J: step(1, true), K: step(-1, true),
  ArrowDown: () => document.activeElement.matches(".row-link") && move(1),
  ArrowUp: () => document.activeElement.matches(".row-link") && move(-1),
  o: open_, e: open_, i: toMe, ".": () => click(document.getElementById("show-new")), Escape: back,
  x: () => pick(focusedRow()), c: respond,
};
for (const key of "armh") KEYS[key] = () => act(key);

// A key that begins a sequence waits for the next one: g i goes to the inbox.
function follow(key) {
  const whole = sequence ? `${sequence} ${key}` : key;
  clearTimeout(sequenceTimer);
  sequence = "";
  if (whole === "g") {
    sequence = "g";
    sequenceTimer = setTimeout(() => { sequence = ""; }, 1500);
    return true;
  }
  // Others may know better what a key means here: fields.js, when a question is open.
  if (!document.dispatchEvent(new CustomEvent("key", { detail: whole, cancelable: true }))) return true;
  return (KEYS[whole] ?? (() => press(whole)))();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (settings.keysOff !== undefined || typing(event.target) || event.key === "Shift") return;
  // What is typed while a sheet is on its way is meant for that.
  if (settings.awaitsSheet !== undefined) return event.preventDefault();
  const key = meant[event.key] ?? (event.key in changed ? "" : event.key);
  if (key && key !== "Enter" && follow(key)) event.preventDefault();
});

if (location.hash === "#respond") press("c");
