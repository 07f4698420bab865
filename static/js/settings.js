// Forms of settings: counts what differs from what is saved, says so in the unsaved bar, and warns before leaving.
// A [data-setting] holds one setting and its saved value; a control with data-aside belongs to none.
const FORMS = "form[data-settings]";
let leaving = false;

const lines = (text) => new Set(text.toLowerCase().split(/[\n,]/).map((line) => line.trim()).filter(Boolean));
const isSame = (one, other) => one.size === other.size && [...one].every((value) => other.has(value));
const controls = (setting) => [...setting.querySelectorAll("input[name], select, textarea")].filter((control) => !control.hasAttribute("data-aside"));
const isBox = (control) => control.matches("[type=checkbox], [type=radio]");

function present(setting) {
  const values = controls(setting).filter((control) => !isBox(control) || control.checked).map((control) => control.value);
  return lines(values.join("\n"));
}

function words(setting) {
  const box = setting.querySelector("[role=switch]");
  return box ? `${setting.dataset.setting} ${box.checked ? "on" : "off"}` : setting.dataset.setting.toLowerCase();
}

// The style sheet compares with what came checked from the server, which after an error is not what is saved.
function rememberSaved(form) {
  const boxes = [...form.querySelectorAll("[data-setting]")].flatMap((setting) => controls(setting).filter(isBox).map((box) => [box, box.checked, setting]));
  for (const [box, , setting] of boxes) box.defaultChecked = lines(setting.dataset.saved).has(box.value.toLowerCase());
  for (const [box, checked] of boxes) if (box.type === "checkbox" || checked) box.checked = checked;
}

function update(form) {
  const changed = [];
  for (const setting of form.querySelectorAll("[data-setting]")) {
    const differs = !isSame(present(setting), lines(setting.dataset.saved));
    setting.toggleAttribute("data-changed", differs);
    if (differs) changed.push(setting);
  }
  form.toggleAttribute("data-unsaved", changed.length > 0);
  const bar = form.querySelector(".unsaved-bar");
  if (!bar || bar.querySelector("[data-stops]:not([hidden])")) return;
  const all = changed.map(words).join(", ");
  const count = `${changed.length} change${changed.length === 1 ? "" : "s"}`;
  bar.querySelector("[data-unsaved-count]").textContent = `${count} not saved`;
  bar.querySelector("[data-unsaved-words]").textContent = `${all.charAt(0).toUpperCase()}${all.slice(1)}. Nothing happens until you save.`;
  bar.querySelector("[data-unsaved-button]").textContent = `Save ${count}`;
}

// What saving would stop was counted for what was sent; a further change makes it untrue.
function forgetStops(form) {
  for (const part of form.querySelectorAll("[data-stops]")) part.hidden = true;
  for (const part of form.querySelectorAll("[data-unsaved-count], [data-unsaved-words]")) part.hidden = false;
}

function start(form) {
  rememberSaved(form);
  update(form);
}

for (const form of document.querySelectorAll(FORMS)) start(form);

document.addEventListener("input", (event) => {
  const form = event.target.closest(FORMS);
  if (!form || event.target.hasAttribute("data-aside")) return;
  forgetStops(form);
  update(form);
});
document.addEventListener("htmx:load", (event) => {
  const form = event.detail.elt;
  if (!form.matches?.(FORMS)) return;
  start(form);
  const first = form.querySelector("[aria-invalid=true]") ?? form.querySelector("[data-focus]");
  first?.focus({ preventScroll: true });
  // In the middle, because the bars at the top and the bottom of the window lie over the page.
  if (first && !first.closest(".unsaved-bar")) first.scrollIntoView({ block: "center" });
});
document.addEventListener("htmx:oobAfterSwap", (event) => {
  for (const toast of event.target.querySelectorAll?.(".message-success") ?? []) setTimeout(() => toast.remove(), 8000);
});
for (const problem of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(problem, (event) => {
    const form = event.target.closest?.(FORMS);
    const place = form && event.detail.elt === form && form.querySelector("[data-unsaved-words]");
    if (!place) return;
    forgetStops(form);
    form.querySelector("[data-unsaved-count]").textContent = "Not saved: the server did not answer";
    place.textContent = "What you chose is still here. Press Save again.";
  });
}
document.addEventListener("submit", (event) => { leaving = !event.defaultPrevented; });
document.addEventListener("click", (event) => { if (event.target.closest("[data-discard]")) leaving = true; });
window.addEventListener("beforeunload", (event) => {
  if (!leaving && document.querySelector(`${FORMS}[data-unsaved]`)) event.preventDefault();
});
