// What went wrong with a passkey, in words beside the button instead of in the console.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const place = document.querySelector("[data-passkey-problem]");
  if (!place) return;
  place.hidden = false;
  place.querySelector("p").textContent =
    event.detail.exception?.name === "NotAllowedError"
      ? "The passkey was not used: the device was asked and nobody answered, or it was cancelled. Nothing was changed. Try again, or use another way."
      : "This browser or this address cannot use passkeys. Nothing was changed. Use another way.";
});
