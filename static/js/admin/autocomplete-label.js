/**
 * Give the admin's search fields (select2) what they leave out for those who cannot see them: the name of their label,
 * which an empty one has not, and what their list is called and belongs to.
 */

function nameOf(select) {
  return select?.getAttribute("aria-label") || select?.labels?.[0]?.textContent.replace(/:\s*$/, "").trim();
}

function set(node, attribute, value) {
  if (value === null || value === undefined) node.removeAttribute(attribute);
  else if (node.getAttribute(attribute) !== value) node.setAttribute(attribute, value);
}

function describe(box) {
  const select = box.closest(".select2-container").previousElementSibling;
  const name = nameOf(select);
  if (!name) return;
  set(box, "aria-controls", box.getAttribute("aria-owns"));
  set(box, "aria-label", name);
  // its own name, and then what is chosen
  const chosen = box.querySelector(".select2-selection__rendered[role=textbox]");
  if (chosen) {
    box.id ||= `${select.id}_box`;
    set(box, "aria-labelledby", `${box.id} ${chosen.id}`);
    set(chosen, "aria-label", name);
  }
  for (const search of box.querySelectorAll("input[type=search]")) set(search, "aria-label", name);
}

function describeList(list) {
  const select = document.getElementById(list.id.replace(/^select2-(.*)-results$/, "$1"));
  const container = list.closest(".select2-container");
  const name = nameOf(select);
  if (!name || container?.parentElement !== document.body) return;
  set(list, "aria-label", name);
  set(container, "role", "region");
  set(container, "aria-label", `Choices: ${name}`);
  for (const search of container.querySelectorAll("input[type=search]")) set(search, "aria-label", name);
}

function describeAll() {
  document.querySelectorAll(".select2-selection[role=combobox]").forEach(describe);
  document.querySelectorAll(".select2-results__options[id]").forEach(describeList);
}

new MutationObserver(describeAll).observe(document.body, {
  attributeFilter: ["aria-owns", "aria-labelledby", "id"],
  childList: true,
  subtree: true,
});
describeAll();
