// What no longer waits is struck where it stands, and goes once nobody has been on it for a while.
// While the pointer is further down the list nothing goes: no row moves under it.
const STAYS = 4_000;
let alone = new Map();

function isUsed(row) {
  if (row.contains(document.activeElement) || row.querySelector("[aria-current]")) return true;
  const under = document.querySelector("#rows tr:hover");
  return under === row || Boolean(under && row.compareDocumentPosition(under) & Node.DOCUMENT_POSITION_FOLLOWING);
}

function tidy() {
  const isStill = document.hidden || document.querySelector("#pausing[data-paused]");
  const rows = isStill ? [] : [...document.querySelectorAll("#rows tr.gone")].filter((row) => !isUsed(row));
  alone = new Map(rows.map((row) => [row, alone.get(row) ?? Date.now()]));
  const gone = rows.filter((row) => Date.now() - alone.get(row) >= STAYS);
  for (const row of gone) row.remove();
  // Nothing is left to move: the list says what there is instead.
  if (gone.length && !document.querySelector("#rows tr")) document.getElementById("filters").requestSubmit();
}

setInterval(tidy, 500);

// Its box is gone with it: whoever was on that stays on the row.
let held = null;

document.addEventListener("htmx:before:swap", () => {
  held = document.activeElement.closest?.("#rows tr")?.id;
});

document.addEventListener("htmx:after:swap", () => {
  if (held && document.activeElement === document.body) document.querySelector(`#${held} .row-link`)?.focus();
});
