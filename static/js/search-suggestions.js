/* data-suggestions="/address/": the search field inside offers what the beginning of a question may mean. The pattern
   is WAI-ARIA's editable combobox with a list: the field keeps the focus, the arrows choose, Enter goes there, Escape
   closes. Without this script the field asks the search page, as it does with it. */
const PAUSE = 180; // ms after the last letter
const FEWEST = 2; // letters

for (const box of document.querySelectorAll("[data-suggestions]")) offer(box, box.querySelector("input"));

function offer(box, field) {
  const list = document.createElement("div");
  list.className = "suggestions";
  list.id = `${field.id}-suggestions`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  const told = document.createElement("p");
  told.className = "vh";
  told.setAttribute("role", "status");
  box.append(list, told);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) {
    field.setAttribute(name, value);
  }

  let waiting = 0;
  let asked = 0;
  let chosen = -1;
  const options = () => [...list.children];

  const close = () => {
    clearTimeout(waiting);
    asked += 1; // what is on its way comes too late
    list.hidden = true;
    chosen = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };

  const choose = (index) => {
    const all = options();
    chosen = (index + all.length) % all.length;
    all.forEach((option, i) => option.setAttribute("aria-selected", String(i === chosen)));
    field.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  };

  const show = (found) => {
    chosen = -1;
    field.removeAttribute("aria-activedescendant");
    list.replaceChildren(...found.map(({ kind, label, url }, i) => {
      const option = document.createElement("div");
      option.id = `${list.id}-${i}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.url = url;
      const what = document.createElement("span");
      what.className = "suggestions__kind";
      what.textContent = kind;
      const words = document.createElement("bdi");
      words.textContent = label;
      option.append(what, " ", words);
      return option;
    }));
    list.hidden = !found.length;
    field.setAttribute("aria-expanded", String(!list.hidden));
    told.textContent = found.length ? `${found.length} suggestion${found.length === 1 ? "" : "s"}` : "";
  };

  const ask = async () => {
    const mine = ++asked;
    try {
      const answer = await fetch(`${box.dataset.suggestions}?${new URLSearchParams({ q: field.value.trim() })}`);
      const found = answer.ok ? await answer.json() : [];
      if (mine === asked && document.activeElement === field) show(found);
    } catch {
      // without an answer there is nothing to offer; the search itself says what is wrong
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    if (field.value.trim().length < FEWEST) close();
    else waiting = setTimeout(ask, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? -1 : chosen - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen >= 0) location.assign(options()[chosen].dataset.url);
    else return;
    event.preventDefault();
  });
  field.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // the field keeps the focus
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.url);
  });
}
