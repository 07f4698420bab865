// Warns before leaving a form whose fields differ from what is saved, and sends it once however often it is clicked:
// the answer to the second click would take the place of the first one. Who stopped the page can send it again later.
const ONCE_IN = 5000;
for (const form of document.querySelectorAll("form[data-guard]")) {
  const saved = new URLSearchParams(new FormData(form)).toString();
  const differs = () => new URLSearchParams(new FormData(form)).toString() !== saved;
  let sending = false;
  let sentAt = -ONCE_IN;
  form.addEventListener("input", () => form.toggleAttribute("data-unsaved", differs()));
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - sentAt < ONCE_IN) return event.preventDefault();
    sending = true;
    sentAt = event.timeStamp;
  });
  window.addEventListener("beforeunload", (event) => { if (!sending && differs()) event.preventDefault(); });
}
