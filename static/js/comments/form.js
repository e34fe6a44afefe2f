/* data-comment-form: how many characters are left, a guard against a second click, and a draft kept in this browser
   until the comment was sent: closing the tab or going back costs no word. */
const A_DAY = 1000 * 60 * 60 * 24; // ms
const DRAFT = "comment-draft-";
const SENDING = "comment-sending";

/* Storage that may be full or not allowed: then nothing is kept, and the page itself still holds the words. */
function attempt(work) {
  try {
    return work();
  } catch {
    return null;
  }
}

function enhance(form) {
  const text = form.querySelector("textarea");
  const key = `${DRAFT}${form.dataset.draft}`;
  forgetOlderThan(Number(form.dataset.keptDays) * A_DAY);
  keepDraft(text, key);
  count(text, form.querySelector("[data-count-left]"));
  const buttons = form.querySelectorAll("button");
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name !== "preview") attempt(() => sessionStorage.setItem(SENDING, key));
    setTimeout(() => buttons.forEach((button) => (button.disabled = true))); // after the pressed one was read
  });
  window.addEventListener("pageshow", () => buttons.forEach((button) => (button.disabled = false)));
}

function count(text, place) {
  const limit = Number(text.dataset.limit);
  const show = () => {
    const left = limit - [...text.value].length;
    place.textContent = left < 0 ? `, ${-left} too many` : `, ${left} left`;
    place.hidden = left > limit / 2;
  };
  text.addEventListener("input", show);
  show();
}

/* Of any form: one that is never opened again would else keep its draft for ever. */
function forgetOlderThan(age) {
  for (const key of attempt(() => Object.keys(localStorage)) ?? []) {
    if (!key.startsWith(DRAFT)) continue;
    const kept = attempt(() => JSON.parse(localStorage.getItem(key)));
    if (!kept || Date.now() - kept.at >= age) attempt(() => localStorage.removeItem(key));
  }
}

function keepDraft(text, key) {
  const kept = attempt(() => JSON.parse(localStorage.getItem(key)));
  if (kept && !text.value) text.value = kept.text;
  text.addEventListener("input", () => {
    attempt(() => localStorage.setItem(key, JSON.stringify({ text: text.value, at: Date.now() })));
  });
}

const forms = document.querySelectorAll("[data-comment-form]");
forms.forEach(enhance);
document.addEventListener("comment-form-added", (event) => enhance(event.detail));

// where a comment that was sent is shown, its draft has done its work
if (!forms.length && (document.querySelector("[data-comment-sent]") || location.hash.startsWith("#comment-"))) {
  attempt(() => {
    const sent = sessionStorage.getItem(SENDING);
    if (sent) localStorage.removeItem(sent);
    sessionStorage.removeItem(SENDING);
  });
}
