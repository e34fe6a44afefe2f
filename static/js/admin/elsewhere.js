/**
 * How an article is shown elsewhere, while it is written: `[data-elsewhere]` holds it as it was saved, and follows the
 * fields. Words are chosen as in Article.list_headline, Article.description and sharing.targets.text_of.
 */

const box = document.querySelector("[data-elsewhere]");
const value = (name) => document.getElementById(`id_${name}`)?.value.trim().replace(/\s+/g, " ") ?? "";

function cut(text, most) {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}

function follow() {
  const { site, address } = box.dataset;
  const labels = JSON.parse(box.dataset.labels);
  const kind = document.querySelector("[name=kind]:checked");
  const headline = value("headline");
  const short = value("short_headline") || headline;
  const summary = value("search_description") || value("standfirst");
  const label = labels[kind?.value] ? `${labels[kind.value]}: ` : "";
  const words = {
    address: value("slug") ? `${address}${value("slug")}/` : address,
    result: `${headline} | ${site}`,
    summary,
    kind: kind?.labels[0]?.textContent.trim() ?? "",
    card: short,
    title: short,
    description: summary,
    text: value("share_text") || `${label}${short} – ${site}`,
  };
  for (const node of box.querySelectorAll("[data-shown]")) {
    const shown = cut(words[node.dataset.shown], Number(node.dataset.letters) || Infinity);
    if (node.textContent !== shown) node.textContent = shown;
  }
}

if (box && document.querySelector("input#id_headline, textarea#id_headline")) {
  document.addEventListener("input", follow);
  document.addEventListener("change", follow);
  // the field of the hero shows the photo that is chosen in it
  const chosen = document.querySelector("[data-photo-field=id_hero] [data-photo-shown]");
  const photo = box.querySelector("[data-shown-photo]");
  const showPhoto = () => {
    const picture = chosen.querySelector("img")?.cloneNode();
    photo.replaceChildren(...(picture ? [picture] : []));
  };
  if (chosen) new MutationObserver(showPhoto).observe(chosen, { childList: true, subtree: true });
}
