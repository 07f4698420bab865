// Warns before leaving a form whose fields differ from what is saved.
for (const form of document.querySelectorAll("form[data-guard]")) {
  const saved = new URLSearchParams(new FormData(form)).toString();
  const differs = () => new URLSearchParams(new FormData(form)).toString() !== saved;
  let sending = false;
  form.addEventListener("input", () => form.toggleAttribute("data-unsaved", differs()));
  form.addEventListener("submit", () => { sending = true; });
  window.addEventListener("beforeunload", (event) => { if (!sending && differs()) event.preventDefault(); });
}
