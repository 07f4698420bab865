// Copies the text of the element named by data-copy, and says so on the button for a moment.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = document.querySelector(button.dataset.copy).textContent.replace(/\s+/g, button.dataset.copyJoin ?? "");
  await navigator.clipboard.writeText(text);
  const before = button.lastChild.textContent;
  button.lastChild.textContent = "Copied";
  setTimeout(() => { button.lastChild.textContent = before; }, 2000);
});
