/** The bar under an article: how much is missing, one panel at a time, and the date that an import offers. */

const list = document.querySelector("[data-missing]");
const count = document.querySelector("[data-missing-count]");

if (list && count) {
  new MutationObserver(() => {
    const missing = list.hidden ? 0 : list.children.length;
    const said = missing ? `${missing} missing` : "Nothing is missing";
    if (count.textContent !== said) count.textContent = said;
  }).observe(list, { childList: true, attributes: true, attributeFilter: ["hidden"] });
}

const panels = [...document.querySelectorAll(".bar-menu")];

document.addEventListener("click", (event) => {
  for (const panel of panels) if (panel.open && !panel.contains(event.target)) panel.open = false;
});
document.addEventListener("keydown", (event) => {
  const open = panels.find((panel) => panel.open && panel.contains(document.activeElement));
  if (event.key !== "Escape" || !open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// a link to a field in a panel that is closed
for (const link of document.querySelectorAll('a[href^="#"]')) {
  link.addEventListener("click", (event) => {
    const field = document.getElementById(link.hash.slice(1));
    const folded = field?.closest("details:not([open])");
    if (!field || (!folded && !field.closest(".bar-menu"))) return;
    event.preventDefault();
    event.stopPropagation();
    for (const panel of panels) panel.open = panel.contains(field);
    if (folded) folded.open = true;
    field.focus();
  });
}

for (const button of document.querySelectorAll("[data-set-date]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.setDateOf);
    field.value = button.dataset.setDate;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}
