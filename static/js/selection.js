// A table with one checkbox a row: the bar counts what is chosen, and its buttons lead to the one chosen row.
function update(panel) {
  const chosen = panel.querySelectorAll("tbody .cell-select :checked");
  const count = panel.querySelector("[data-selection-count]");
  if (count) count.textContent = `${chosen.length} selected`;
  for (const link of panel.querySelectorAll(".selection-bar a[data-path]")) {
    const one = chosen.length === 1;
    link.hidden = !one;
    if (one) link.href = chosen[0].value + link.dataset.path;
  }
}
document.addEventListener("change", (event) => {
  const panel = event.target.closest(".table-panel");
  if (!panel || !event.target.closest(".cell-select")) return;
  if (event.target.closest("thead")) {
    for (const box of panel.querySelectorAll("tbody .cell-select input")) box.checked = event.target.checked;
  }
  update(panel);
});
