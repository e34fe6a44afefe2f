/** Offer the tags that exist for the one that is typed last: `input[data-tags]` holds their names as JSON. */

const MOST = 8;

for (const input of document.querySelectorAll("input[data-tags]")) {
  const names = JSON.parse(input.dataset.tags);
  const offers = document.createElement("datalist");
  offers.id = `${input.id}_offers`;
  input.after(offers);
  input.setAttribute("list", offers.id);
  input.autocomplete = "off";

  input.addEventListener("input", () => {
    const parts = input.value.split(",");
    const typed = parts.pop().trim().toLowerCase();
    const given = new Set(parts.map((part) => part.trim().toLowerCase()));
    const before = parts.map((part) => part.trim()).join(", ");
    const fitting = typed
      ? names.filter((name) => name.toLowerCase().includes(typed) && !given.has(name.toLowerCase())).slice(0, MOST)
      : [];
    offers.replaceChildren(...fitting.map((name) => new Option(name, before ? `${before}, ${name}` : name)));
  });
}
