// Toasts: the words about what just happened. They stay until closed when they tell of a problem.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-close-toast]");
  if (button) button.closest(".message").remove();
});
document.addEventListener("DOMContentLoaded", () => {
  for (const toast of document.querySelectorAll(".toasts .message-success, .toasts .message-info")) {
    setTimeout(() => toast.remove(), 8000);
  }
});
