// The list of failures: the bar appears with the first choice and counts.
function count() {
  const form = document.querySelector("[data-failure-selection]");
  if (!form) return;
  const chosen = document.querySelectorAll("#failures tbody .cell-select input:checked").length;
  form.hidden = chosen === 0;
  form.querySelector("[data-selection-count]").textContent = `${chosen} selected`;
}
document.addEventListener("change", (event) => {
  if (!event.target.closest("#failures .cell-select")) return;
  if (event.target.matches("[data-select-all]")) {
    for (const box of document.querySelectorAll("#failures tbody .cell-select input")) box.checked = event.target.checked;
  }
  count();
});
document.addEventListener("reset", (event) => {
  if (event.target.matches("[data-failure-selection]")) setTimeout(count);
});
document.addEventListener("htmx:afterSwap", count);
