// What was found: arrow keys move, Enter opens, the space bar chooses; the foot counts what is chosen.
function rows() {
  return [...document.querySelectorAll("#found .result")];
}
function count() {
  const chosen = document.querySelectorAll("#found .result > input:checked").length;
  const foot = document.querySelector("[data-chosen]");
  if (!foot) return;
  foot.hidden = chosen === 0;
  foot.querySelector("[data-chosen-count]").textContent = `${chosen} selected`;
}
function mark(row) {
  for (const one of rows()) one.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
}
document.addEventListener("change", (event) => {
  if (event.target.closest("#found .result")) {
    // Choosing is no search: the form around must not ask again.
    event.stopPropagation();
    count();
  }
}, true);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-clear]")) {
    for (const box of document.querySelectorAll("#found .result > input:checked")) box.checked = false;
    count();
  }
  const link = event.target.closest(".result-title");
  if (link) mark(link.closest(".result"));
});
document.addEventListener("keydown", (event) => {
  const inField = event.target.matches("input:not([type=checkbox]), select, textarea");
  if (event.key === "/" && !inField && !event.ctrlKey && !event.metaKey) {
    const field = document.querySelector("#search input[name=q]");
    if (field) {
      event.preventDefault();
      field.focus();
      field.select();
    }
    return;
  }
  const all = rows();
  const isSearchField = event.target.matches("#search input[name=q]");
  if (!all.length || event.target.closest("dialog") || (inField && !isSearchField)) return;
  const here = all.indexOf(document.activeElement?.closest?.(".result"));
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = all[event.key === "ArrowDown" ? Math.min(here + 1, all.length - 1) : here - 1];
    event.preventDefault();
    if (next) next.querySelector(".result-title").focus();
    else document.querySelector("#search input[name=q]")?.focus();
  } else if (event.key === " " && here >= 0 && !event.target.matches("input")) {
    event.preventDefault();
    const box = all[here].querySelector("input");
    box.checked = !box.checked;
    count();
  }
});
document.addEventListener("htmx:afterSwap", (event) => {
  count();
  // Where the preview stands below what was found, whoever opens something is led there.
  const preview = document.getElementById("preview");
  const found = document.getElementById("found");
  if (preview?.querySelector("h2, [aria-busy]") && found && event.detail.target?.id === "preview") {
    const isBelow = preview.getBoundingClientRect().left <= found.getBoundingClientRect().left;
    if (isBelow) preview.scrollIntoView({ block: "start" });
  }
});
