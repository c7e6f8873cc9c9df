// The command palette: Ctrl+K opens it, typing narrows it, arrows choose, Enter goes.
const input = () => document.querySelector(".palette-input");
const options = () => [...document.querySelectorAll("#commands [role=option]:not([hidden])")];
const chosen = () => document.querySelector("#commands [aria-selected=true]");

// Letters in their order are enough: "ovd" finds Overdue. What holds them together comes first.
function rank(label, words) {
  const text = label.toLowerCase();
  if (words.every((word) => text.includes(word))) return 0;
  let at = 0;
  for (const letter of words.join("")) {
    at = text.indexOf(letter, at) + 1;
    if (!at) return -1;
  }
  return 1;
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) input().setAttribute("aria-activedescendant", option.id);
  else input().removeAttribute("aria-activedescendant");
}

function narrow() {
  const typed = input().value.trim();
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const search = document.getElementById("command-search");
  const ranked = [];
  for (const option of document.querySelectorAll("#commands [role=option]")) {
    if (option === search) continue;
    const place = words.length ? rank(option.textContent, words) : 0;
    option.hidden = place < 0;
    if (place >= 0) ranked.push([place, option]);
  }
  ranked.sort((a, b) => a[0] - b[0]);
  search.hidden = !words.length;
  const quoted = document.getElementById("command-words");
  quoted.textContent = quoted.dataset.words.replace("{words}", () => typed);
  search.search = new URLSearchParams({ q: typed }).toString();
  choose(words.length ? (ranked[0]?.[1] ?? search) : null);
}

document.addEventListener("input", (event) => event.target === input() && narrow());

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && !event.shiftKey && !event.altKey) {
    const opener = document.getElementById("palette-open");
    if (!opener) return;
    event.preventDefault();
    if (!document.getElementById("sheet")?.open) opener.click();
    return;
  }
  if (event.target !== input() || event.isComposing) return;
  if (event.key === "Escape") {
    event.preventDefault();
    document.getElementById("sheet")?.close();
    return;
  }
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by) {
    const all = options();
    event.preventDefault();
    choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
  } else if (event.key === "Enter" && chosen()) {
    event.preventDefault();
    chosen().click();
  }
});

// A command of the page itself: what is pressed is the page's own button, once the sheet is gone.
document.addEventListener("click", (event) => {
  const command = event.target.closest?.("#commands [data-press]");
  const button = command && document.getElementById(command.dataset.press);
  if (!button) return;
  event.preventDefault();
  document.getElementById("sheet")?.close();
  button.click();
});
