// Selecting rows of the inbox, and the sheet over it: what would happen to each, what became of each.
const boxes = () => [...document.querySelectorAll("#rows input[name=item]")];
let lastPicked = null;
let pickedRows = [];
let left = 0;

// What was decided elsewhere is no longer selected, and the bar says how many that were.
function sayLeft(picked, isChosen) {
  const struck = pickedRows.filter((id) => document.querySelector(`#${id}.gone`)).length;
  left = isChosen ? 0 : left + struck;
  pickedRows = picked.map((box) => box.closest("tr").id);
  const label = document.getElementById("left");
  if (!label) return;
  label.hidden = !left;
  label.textContent = left ? label.dataset.words.replace("{count}", left) : "";
  if (struck) document.dispatchEvent(new CustomEvent("say", { detail: label.textContent }));
}

function update(event) {
  const all = boxes();
  const picked = all.filter((box) => box.checked);
  sayLeft(picked, Boolean(event));
  for (const box of all) box.closest("tr").toggleAttribute("data-picked", box.checked);
  const everything = document.getElementById("pick-all");
  if (everything) {
    everything.checked = picked.length > 0 && picked.length === all.length;
    everything.indeterminate = picked.length > 0 && picked.length < all.length;
  }
  const label = document.getElementById("picked");
  if (!label || !picked.length) return;
  const fit = picked.filter((box) => "fits" in box.dataset).length;
  const rest = picked.length - fit;
  const words = rest ? label.dataset.some : label.dataset.all;
  label.textContent = words.replace("{count}", picked.length).replace("{rest}", rest);
  const approve = document.getElementById("approve-picked");
  approve.textContent = (fit ? approve.dataset.count : approve.dataset.none).replace("{count}", fit);
  for (const button of document.querySelectorAll("[name=act][value=approve], [name=act][value=reject]")) button.disabled = !fit;
}

document.addEventListener("change", (event) => {
  if (event.target.id === "pick-all") for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.id === "pick-all" || event.target.matches("#rows input[name=item]")) update(event);
});

// Shift and a click take everything between the two.
document.addEventListener("click", (event) => {
  if (!event.target.matches?.("#rows input[name=item]")) return;
  const all = boxes();
  const [from, to] = [all.indexOf(lastPicked), all.indexOf(event.target)].sort((a, b) => a - b);
  if (event.shiftKey && from >= 0) for (const box of all.slice(from, to + 1)) box.checked = event.target.checked;
  lastPicked = event.target;
  update(event);
});

document.addEventListener("reset", (event) => event.target.id === "selection" && setTimeout(update, 0, event));

// Whatever the list beside a question leads to keeps that question.
function carry(item) {
  for (const link of document.querySelectorAll("#inbox-list :is(thead, .pager, .pill) a")) {
    const query = new URLSearchParams(link.search);
    query.set("item", item);
    link.search = query;
  }
  for (const input of document.querySelectorAll("#filters [name=item], #news [name=item]")) input.value = item;
}

// Side by side: the row of the question that is shown, and the focus on its title.
function opened(link) {
  document.querySelector("#rows [aria-current]")?.removeAttribute("aria-current");
  if (link?.matches(".row-link")) {
    link.setAttribute("aria-current", "true");
    carry(link.closest("tr").dataset.interrupt);
  }
  document.querySelector("#pane h1")?.focus();
  document.getElementById("pane").scrollTop = 0;
}

// The sheet. While one is on its way no key means anything: keys.js.
const sheet = () => document.getElementById("sheet");
const isSheet = (event) => event.detail.ctx.target?.id === "sheet";
document.addEventListener("htmx:before:request", (event) => isSheet(event) && (document.body.dataset.awaitsSheet = ""));
document.addEventListener("htmx:finally:request", (event) => isSheet(event) && delete document.body.dataset.awaitsSheet);

document.addEventListener("htmx:after:swap", (event) => {
  update();
  if (event.detail.ctx.target?.id === "pane") opened(event.detail.ctx.sourceElement);
  if (!isSheet(event)) return;
  if (!sheet().open) sheet().showModal();
  sheet().querySelector("[data-focus]")?.focus();
});

document.addEventListener("click", (event) => {
  if (!sheet()?.open) return;
  const isOutside = event.target === sheet();
  if (!isOutside && !event.target.closest("[data-close]")) return;
  event.preventDefault();
  sheet().close();
});

document.addEventListener("close", (event) => {
  if (event.target.id !== "sheet") return;
  const isStale = event.target.querySelector("[data-close=reload]");
  event.target.replaceChildren();
  if (isStale) document.getElementById("filters").requestSubmit();
}, true);

// News of who takes care of a question must not close the menu somebody chooses from.
const isInUse = (line) => line?.id === "handling" && line.querySelector("details[open]");

document.addEventListener("htmx:before:request", (event) => {
  if (isInUse(event.detail.ctx.sourceElement)) event.preventDefault();
});

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  if (isInUse(ctx.sourceElement)) return event.preventDefault();
  // It came with other parts of the page, which are swapped.
  if (ctx.sourceElement?.id === "live") tasks.splice(0, tasks.length, ...tasks.filter(({ target }) => !isInUse(target)));
});

update();
