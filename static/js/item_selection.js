// The bar over ticked items says what a click would change: how many would be protected, and how many seats that adds.
function count(panel) {
  const bar = panel.querySelector("[data-item-selection]");
  if (!bar) return;
  const boxes = [...panel.querySelectorAll("tbody .cell-select input")];
  const ticked = boxes.filter((box) => box.checked);
  const find = (name) => bar.querySelector(`[data-${name}]`);
  const everything = find("all");
  if (everything) {
    everything.hidden = !ticked.length || ticked.length < boxes.length;
    if (everything.hidden) everything.querySelector("input").checked = false;
  }
  const isAll = Boolean(everything?.querySelector("input").checked);
  if (isAll) panel.querySelector("[data-selection-count]").textContent = everything.dataset.all;
  const gains = ticked.filter((box) => box.dataset.protection === "off").length;
  const losses = ticked.filter((box) => box.dataset.protection === "on").length;
  const seats = bar.dataset.itemSelection === "seats" && gains ? ` (+${gains} seat${gains === 1 ? "" : "s"})` : "";
  const protect = find("protect");
  protect.querySelector("span").textContent = gains ? `Protect ${gains}${seats}` : "Protect";
  protect.disabled = !gains;
  protect.hidden = isAll;
  find("protect-all").hidden = !isAll;
  find("unprotect").disabled = !isAll && !losses;
  find("expected").value = gains;
}
document.addEventListener("change", (event) => {
  const panel = event.target.closest(".table-panel");
  if (panel) count(panel);
});
document.addEventListener("htmx:afterSettle", () => {
  for (const panel of document.querySelectorAll(".table-panel")) count(panel);
});
