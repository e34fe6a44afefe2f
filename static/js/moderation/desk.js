/* The desk without page loads: keys, one POST a decision, the next card at once, undo, who looks at what.
   Without it every button is a plain form that leads back to the queue. */
// Trusted Types: what becomes markup comes from pages of our own, and no script in it runs
const plain = { createHTML: (text) => text };
const ownPage = window.trustedTypes?.createPolicy("own-page", plain) ?? plain;

const form = document.querySelector("[data-queue]");
const cards = form.querySelector("[data-cards]");
const flash = document.querySelector("[data-flash]");
const keys = document.querySelector("[data-keys]");
const LOW = 8;
const PAGE = 25;
const START = Number(new URL(location.href).searchParams.get("page")) || 1;
const LOOK_AGAIN = 5000;
const COUNT_EVERY = 20; // decisions, and after the last card
const MOST_ASKED = 100; // as many as the server looks at
const MOST_KEPT = 100; // cards that are kept for undo: an evening of thousands must not fill the browser's memory
const GIVEN_UP = 30_000;
const NOT_ARRIVED = "That did not arrive. Please try again.";
const LOGGED_OUT = "That was not taken: you are logged out here. Log in in another tab, as the same person, and go on.";
let current = null;
let sent = 0; // decisions, so far
let uncounted = 0; // those since the queues were last counted anew
let sending = new Set(); // what is decided here and not yet answered
let gone = new Map(); // what was decided here, with its stamp of before
let taken = new Map(); // cards decided on, for undo
let pending = Promise.resolve();
let canFill = true;
// a search finds what was decided as well: there it comes again only as it was before
const HOLDS_DECIDED = ["all", "decided"].includes(form.dataset.queue);

const all = () => [...cards.children];
const picked = () => all().filter((card) => card.querySelector(".case__pick").checked);
const id = (card) => card.dataset.held;
const stamp = (card) => card.querySelector("[name^=stamp-]").value;
/* Whether somebody decided on a card since: another status, or the same once more, as of one that stays. */
const decidedSince = (card, status, moment) => status !== card.dataset.status || (!HOLDS_DECIDED && !stamp(card).endsWith(`.${moment}`));

/* One after the other, whatever becomes of each: what fails keeps nothing after it from being sent. */
const next = (task) => (pending = pending.then(task).catch(() => {}));

function show(card, focus = true) {
  current?.removeAttribute("aria-current");
  current = card ?? null;
  const empty = form.querySelector("[data-empty]");
  empty.hidden = Boolean(current);
  if (!current && focus) empty.focus();
  if (!current) return;
  current.setAttribute("aria-current", "true");
  if (focus) current.focus({ preventScroll: true });
  if (focus) current.scrollIntoView({ block: "nearest" });
  claim(id(current));
}

function say(words, undo, isWrong = false) {
  flash.replaceChildren(words);
  flash.classList.toggle("note--no", isWrong);
  flash.classList.toggle("note--ok", !isWrong);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "linkish";
    button.textContent = "Undo";
    button.addEventListener("click", () => send({ undo }));
    flash.append(" ", button);
  }
  flash.hidden = !words;
}

function count() {
  const n = picked().length;
  form.querySelector("[data-picked]").textContent = n ? `${n} selected:` : "With the selection:";
}

/* Say which card is open here, and see which are open elsewhere or were decided there. */
let claiming = 0;
function claim(of) {
  clearTimeout(claiming);
  claiming = setTimeout(() => look(of), 250);
}

async function look(of, more = {}) {
  const asked = sent;
  let shown = all().slice(0, MOST_ASKED);
  const body = new URLSearchParams({ shown: shown.map(id).join(","), ...more });
  let answer;
  try {
    answer = await post(`/moderation/comments/${of}/claim/`, body);
  } catch (error) {
    if (error.status !== 404) return;
    answer = { now: {}, claims: {} }; // it is gone, and of the others nothing is known
    shown = shown.filter((card) => id(card) === of);
  }
  if (asked !== sent) return; // what was decided here since then is newer
  for (const card of shown.filter((card) => card.isConnected)) {
    const line = card.querySelector("[data-claim]");
    const isGone = !(id(card) in answer.now);
    const isDecided = !isGone && decidedSince(card, ...answer.now[id(card)]);
    const name = answer.claims[id(card)];
    const words = isGone ? "It is not there any more" : isDecided ? "It was decided a moment ago" : name ? `${name} is looking at it` : "";
    if ((isGone || isDecided) && card !== current) {
      card.remove();
      if (card.dataset.status === "held") tally("held", (n) => n - 1);
    }
    else if (line.textContent !== words) line.textContent = words;
    line.hidden = !words;
  }
  count();
  if (shown.some((card) => !card.isConnected)) {
    canFill = true;
    if (all().length < LOW) next(() => fill());
  }
  counted(answer);
}

function counted(answer) {
  for (const [queue, n] of Object.entries(answer.counts ?? {})) tally(queue, () => n);
  if ("today" in answer) document.querySelector("[data-today]").textContent = answer.today;
}

function tally(queue, change) {
  const place = document.querySelector(`[data-count="${queue}"]`);
  if (!place) return;
  const n = change(Number(place.textContent)); // “100,000+” stays until it is counted again
  if (typeof n === "string") place.textContent = n;
  else if (!Number.isNaN(n)) place.textContent = Math.max(0, n);
}

let looks = 0;
setInterval(() => {
  if (document.hidden) return;
  if (current) return look(id(current), ++looks % 6 ? {} : { counts: 1 });
  canFill = true; // nothing is left here: what came meanwhile
  next(() => fill());
}, LOOK_AGAIN);

/* Who logs in anew, in another tab, goes on here: whether a fresh page is of the same person, whose token is then this page's. */
async function isRenewed() {
  const response = await fetch(form.action, { signal: AbortSignal.timeout(GIVEN_UP) }).catch(() => null);
  if (!response?.ok) return false;
  const fresh = document.createElement("template");
  fresh.innerHTML = ownPage.createHTML(await response.text());
  if (fresh.content.querySelector("[data-desk]")?.dataset.desk !== document.querySelector("[data-desk]").dataset.desk) return false;
  const token = fresh.content.querySelector("[name=csrfmiddlewaretoken]").value;
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
  return true;
}

async function post(address, body, isAgain = false) {
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  const signal = AbortSignal.timeout(GIVEN_UP); // a network that went away may say nothing for minutes
  const response = await fetch(address, { method: "POST", body, signal, headers: { Accept: "application/json" } });
  const isAnswer = response.headers.get("Content-Type")?.startsWith("application/json");
  if (isAnswer && (response.ok || [404, 422].includes(response.status))) return response.json();
  if (response.status === 403 && !isAgain && (await isRenewed())) return post(address, body, true);
  throw Object.assign(new Error(response.status === 403 ? LOGGED_OUT : NOT_ARRIVED), { status: response.status });
}

/* Take the cards away at once and send what was decided, one request after another. */
function decide(verb, chosen, isBulk) {
  if (!chosen.length) return say("Nothing is selected.", null, true);
  const body = new URLSearchParams();
  body.set(isBulk ? "bulk" : verb, isBulk ? verb : id(chosen[0]));
  for (const card of chosen) {
    if (isBulk) body.append("pick", id(card));
    for (const field of card.querySelectorAll("[name]"))
      if (/^(stamp|alike|reason|note|reply)-/.test(field.name)) body.set(field.name, field.value);
  }
  body.set("reason-bulk", form.elements["reason-bulk"].value);
  const before = all();
  const at = before.indexOf(current);
  const following = [...before.slice(at + 1), ...before.slice(0, at).reverse()].find((card) => !chosen.includes(card));
  for (const card of chosen) {
    sending.add(id(card));
    gone.set(id(card), stamp(card));
    taken.set(id(card), card);
    card.remove();
  }
  for (const of of [...taken.keys()].slice(0, -MOST_KEPT)) taken.delete(of); // what is older comes back from the server
  count();
  show(following);
  send(body, chosen);
}

function send(what, chosen = []) {
  const body = what instanceof URLSearchParams ? what : new URLSearchParams(what);
  sent += 1;
  if (++uncounted >= COUNT_EVERY || !all().length) {
    uncounted = 0;
    body.set("counts", 1); // while one decision follows the other, nobody else asks
  }
  next(async () => {
    let answer;
    try {
      answer = await post(form.action, body);
      sent += 1;
    } catch (error) {
      say(error.message === LOGGED_OUT ? LOGGED_OUT : NOT_ARRIVED, null, true);
      back(chosen);
      return;
    }
    for (const card of chosen) sending.delete(id(card));
    const why = Object.entries(answer.refused);
    const unused = (answer.unused ?? []).map((words) => `You had written: “${words}”`);
    say([answer.words, ...why.map(([of, words]) => `Comment ${of}: ${words}`), ...unused].filter(Boolean).join(" "), answer.undo, answer.is_wrong || why.length > 0);
    for (const [queue, n] of Object.entries(answer.moved ?? {})) tally(queue, (before) => before + n);
    counted(answer);
    if (answer.is_undo) {
      const done = answer.done.map(String);
      const known = [...taken.values()].filter((card) => done.includes(id(card)));
      back(known);
      for (const of of done) gone.delete(of);
      canFill = true;
      const [other, ...others] = done.filter((of) => !known.some((card) => id(card) === of));
      if (others.length) await fill(done);
      else if (other) show((await again(other)) ?? current);
    } else if (!answer.done.length && !why.length) back(chosen);
    else canFill = true;
    for (const [of] of why) await again(of, chosen.find((card) => id(card) === of));
    if (all().length < LOW) await fill();
  });
}

/* One key of a moderator: the card goes, or says why it is not theirs to decide. */
function decideOne(verb) {
  const why = current.querySelector("[data-why-not]");
  if (why) say(why.firstChild.textContent.trim(), null, true);
  else decide(verb, [current], false);
}

/* Cards stand where they stood, selected as they were. */
function back(chosen) {
  for (const card of chosen) {
    sending.delete(id(card));
    gone.delete(id(card));
    taken.delete(id(card));
  }
  cards.prepend(...chosen);
  count();
  if (chosen.length) show(chosen[0]);
}

/* The cards of an address; null where nobody answered. */
async function fetched(address) {
  const response = await fetch(address, { signal: AbortSignal.timeout(GIVEN_UP) }).catch(() => null);
  if (response?.status === 404) return [];
  if (!response?.ok) return null;
  const part = document.createElement("template");
  part.innerHTML = ownPage.createHTML(await response.text());
  return [...part.content.querySelectorAll("[data-held]")];
}

/* One that was edited comes again with its new words and with what was typed here; one that somebody else decided does not. */
async function again(of, before) {
  const found = await fetched(`/moderation/comments/${of}/?part=cards`);
  if (!found && before) return back([before]);
  const card = found?.[0];
  if (!card) return;
  if (before && decidedSince(before, card.dataset.status, stamp(card).split(".").slice(2).join("."))) {
    if (before.dataset.status === "held") tally("held", (n) => n - 1);
    return;
  }
  const here = all().find((each) => id(each) === of);
  const typed = before ?? here;
  for (const field of typed?.querySelectorAll("details.more [name]:is(input, select, textarea)") ?? [])
    if (card.querySelector(`[name="${field.name}"]`)) card.querySelector(`[name="${field.name}"]`).value = field.value;
  if (card.querySelector("details.more")) card.querySelector("details.more").open = typed?.querySelector("details.more")?.open ?? false;
  gone.delete(of);
  here ? here.replaceWith(card) : cards.prepend(card);
  if (!current?.isConnected) show(card);
  return card;
}

/* More cards, from where those that are here end in the queue; none that is here or was decided a moment ago. */
async function fill(first = []) {
  if (!canFill) return [];
  const address = new URL(location.href);
  address.searchParams.set("part", "cards");
  address.searchParams.set("page", first.length ? 1 : Math.floor(all().length / PAGE) + START);
  const here = new Set(all().map(id));
  const isKnown = (of, card) => here.has(of) || sending.has(of) || (HOLDS_DECIDED && gone.has(of) && gone.get(of) !== stamp(card));
  const cardsThere = await fetched(address);
  if (!cardsThere) return []; // it is asked again
  const found = cardsThere.filter((card) => !isKnown(id(card), card));
  canFill = found.length > 0;
  for (const card of found.toReversed()) if (first.includes(id(card))) cards.prepend(card);
  for (const card of found) if (!first.includes(id(card))) cards.append(card);
  if (first.length && cards.firstElementChild) show(cards.firstElementChild);
  else if (!current) show(cards.firstElementChild);
  return found;
}

/* Select all that are here; when all are, the next ones of the queue as well. */
function selectAll() {
  const pick = (list) => {
    for (const card of list) card.querySelector(".case__pick").checked = true;
    count();
  };
  const isMore = all().length > 0 && picked().length === all().length;
  pick(all());
  if (isMore) next(async () => pick(await fill()));
}

function selectNone() {
  for (const card of picked()) card.querySelector(".case__pick").checked = false;
  count();
}

const VERBS = { a: "approve", r: "reject", s: "spam", f: "feature" };

function move(by) {
  const list = all();
  const at = list.indexOf(current) + by;
  if (list[at]) show(list[at]);
  if (at >= list.length - 3) next(() => fill());
}

function pressed(event) {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
  if (event.key === "Escape") return typing ? typing.blur() : selectNone();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !keys.querySelector("[data-keys-on]").checked) return;
  const key = event.key.toLowerCase();
  if (event.repeat && /^[a-z0-9/?]$/.test(key) && !"jk".includes(key)) return event.preventDefault(); // held down, a key decides once
  if (VERBS[key]) event.shiftKey ? decide(VERBS[key], picked(), true) : current && decideOne(VERBS[key]);
  else if (key === "j") move(1);
  else if (key === "k") move(-1);
  else if (key === "o" && current?.querySelector("[name=first]")) decide("first", [current], false);
  else if (key === "x" && event.shiftKey) selectAll();
  else if (key === "x" && current) {
    const box = current.querySelector(".case__pick");
    box.checked = !box.checked;
    count();
  } else if (key === "z") send({ undo: "last" });
  else if (key === "/") document.querySelector("[name=q]").focus();
  else if (event.key === "?") keys.open = !keys.open;
  else if (/^[1-8]$/.test(key) && current?.querySelector("details.more")) {
    current.querySelector("details.more").open = true;
    const list = current.querySelector("select");
    if (list.options[key - 1]) list.selectedIndex = key - 1;
  } else return;
  event.preventDefault();
}

form.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || !["approve", "reject", "spam", "feature", "unfeature", "hold", "answer", "first", "seen", "bulk", "undo"].includes(button.name)) return;
  event.preventDefault();
  if (button.name === "undo") send({ undo: button.value });
  else if (button.name === "bulk") decide(button.value, picked(), true);
  else decide(button.name, [button.closest("[data-held]")], false);
});
cards.addEventListener("focusin", (event) => {
  const card = event.target.closest("[data-held]");
  if (card && card !== current) show(card, false);
});
form.addEventListener("change", count);
/* Who leaves is asked first, while decisions are on their way or words typed here would be lost. */
addEventListener("beforeunload", (event) => {
  const typed = [...cards.querySelectorAll("[name^=note-], [name^=reply-]")].some((field) => field.value.trim());
  if (sending.size || typed) event.preventDefault();
});
document.addEventListener("keydown", pressed);
keys.hidden = false;
show(cards.firstElementChild, false);
