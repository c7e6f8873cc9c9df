// Keys that go to the fields of an open question, and to what was changed in them.
// To the first field, flagged ones first.
function firstField() {
  const field = watchedFields()[0] ??
    document.querySelector("#fields .card :is(input:not([type=hidden]), select, textarea):not(:disabled)");
  field?.focus();
  return Boolean(field);
}

// What a policy flagged, which is what "Why you are asked" links to, and what is wrong.
function watchedFields() {
  const controls = "input:not([type=hidden]), select, textarea, [tabindex]";
  const flagged = [...document.querySelectorAll(".reasons a[href^='#']")].map((link) => decodeURIComponent(link.hash.slice(1)));
  return [...document.querySelectorAll("#fields [id]")]
    .filter((field) => flagged.includes(field.id) || field.matches("[aria-invalid='true']"))
    .map((field) => (field.matches(controls) ? field : field.querySelector(controls)))
    .filter(Boolean);
}

// To the next or previous of them, round and round.
function watched(step) {
  const fields = watchedFields();
  if (!fields.length) return false;
  const at = fields.indexOf(document.activeElement);
  fields[at < 0 ? (step > 0 ? 0 : fields.length - 1) : (at + step + fields.length) % fields.length].focus();
  return true;
}

function toChanges() {
  const heading = document.querySelector("#changes h2");
  heading?.focus();
  heading?.scrollIntoView({ block: "center" });
  return Boolean(heading);
}

const KEYS = { e: firstField, d: toChanges, "[": () => watched(-1), "]": () => watched(1) };

document.addEventListener("key", (event) => {
  if (document.getElementById("question") && KEYS[event.detail]?.()) event.preventDefault();
});
