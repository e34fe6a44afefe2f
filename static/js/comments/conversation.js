/* The conversation in a page: replies are written under what they answer, times say how long ago, and a link to a
   comment opens the branch that it is in. Everything works as plain links without this. */
// Trusted Types: what becomes markup comes from pages of our own, and no script in it runs
const plain = { createHTML: (text) => text };
const ownPage = window.trustedTypes?.createPolicy("own-page", plain) ?? plain;

const UNITS = [
  ["year", 31536000],
  ["month", 2592000],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

function sayHowLongAgo() {
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
    const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["minute", 60];
    time.title ||= time.textContent;
    time.textContent = format.format(Math.round(seconds / size), unit);
  }
}

function openBranchOfTarget() {
  const target = location.hash.startsWith("#comment-") ? document.getElementById(location.hash.slice(1)) : null;
  target?.closest("details")?.setAttribute("open", "");
}

async function writeHere(link, event) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const place = link.closest("[data-comment]") ?? link.parentElement;
  const open = document.querySelector(".comment-form--here");
  const again = open?.previousElementSibling === place;
  open?.remove();
  if (again) return link.focus();
  const address = new URL(link.href);
  address.searchParams.set("part", "form");
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.status);
    const form = new DOMParser().parseFromString(ownPage.createHTML(await answer.text()), "text/html").querySelector(".comment-form");
    form.classList.add("comment-form--here");
    place.after(form);
    const fields = form.querySelector("[data-comment-form]");
    if (fields) document.dispatchEvent(new CustomEvent("comment-form-added", { detail: fields }));
    form.querySelector(".input")?.focus();
  } catch {
    location.href = link.href; // the form on its own page says what is the matter
  }
}

/* Press the button of the page that recommends, and show the number of the page that comes back. */
async function recommendHere(link, event) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const parse = async (answer) => new DOMParser().parseFromString(ownPage.createHTML(await answer.text()), "text/html");
  try {
    const form = (await parse(await fetch(link.href))).querySelector("[data-recommend-form]");
    const answer = await fetch(link.href, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const id = link.closest("[data-comment]").id;
    link.replaceChildren(...(await parse(answer)).querySelector(`#${id} [data-recommend]`).childNodes);
  } catch {
    location.href = link.href;
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-write], a[data-recommend]");
  if (!link) return;
  if ("write" in link.dataset) writeHere(link, event);
  else recommendHere(link, event);
});
window.addEventListener("hashchange", openBranchOfTarget);
openBranchOfTarget();
sayHowLongAgo();
