// The first keys: j, k and Enter in a list; a, r, c, s and e on a question. Off while somebody types.
const typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function move(step) {
  const links = [...document.querySelectorAll(".row-link")];
  if (!links.length) return false;
  const at = links.indexOf(document.activeElement);
  links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1)].focus();
  return true;
}

function press(key) {
  const control = document.querySelector(`[data-key="${key}"]`);
  if (!control || control.disabled) return false;
  // Deciding takes two presses: the first shows what would happen, the second means it.
  if ("as".includes(key) && document.activeElement !== control) control.focus();
  else control.click();
  return true;
}

function firstField() {
  const field = document.querySelector("#fields :is([aria-invalid='true'], .flagged :is(input, select, textarea))") ??
    document.querySelector("#fields .card :is(input:not([type=hidden]), select, textarea):not(:disabled)");
  field?.focus();
  return Boolean(field);
}

const KEYS = {
  j: () => move(1),
  ArrowDown: () => document.activeElement.matches(".row-link") && move(1),
  k: () => move(-1),
  ArrowUp: () => document.activeElement.matches(".row-link") && move(-1),
  a: () => press("a"),
  r: () => press("r"),
  c: () => press("c"),
  s: () => press("s"),
  e: firstField,
  ".": () => { const link = document.getElementById("show-new"); link?.click(); return Boolean(link); },
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target)) return;
  if (KEYS[event.key]?.()) event.preventDefault();
});
