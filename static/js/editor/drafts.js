/**
 * What was typed and not saved: kept in this browser, offered back after a crash or a lost log-in.
 *
 * Each open page keeps one draft of its whole form, under the article, the person and an id of the page. The page's
 * form carries that id; when the server has saved the form it says so in a cookie, and only then the draft goes. So a
 * draft that is found is text that the server never took, and nothing else takes it away: no newer version, no guess.
 * Drafts of pages that are still open elsewhere are not offered: each page holds a lock on its own.
 */

import { compare } from "editor/compare";
import { element, later, moment } from "editor/dom";
import { readForm, sameFields, writeForm } from "editor/form-fields";

const PREFIX = "draft:";
const A_DAY = 24 * 60 * 60 * 1000;

/**
 * Keep drafts of `form`. `config`: scope (what is edited, by whom), saved_at (when the server last saved it, "" if
 * never), kept_days, cookie (name and path), unsaved (the form came back with errors, so its text is saved nowhere).
 */
export function keepDrafts(form, { editor, textarea, status, config }) {
  const shown = element("span", { class: "editor-status__draft" });
  status.append(" ", shown);
  const saved = takeSavedPages(config.cookie);
  const storage = openStorage((sentence) => (shown.textContent = sentence));
  for (const draft of storage.all()) {
    if (saved.has(draft.page) || Date.now() - draft.at > config.kept_days * A_DAY) storage.remove(draft.key);
  }

  const baseline = config.unsaved ? null : readForm(form);
  const isDirty = () => baseline === null || !sameFields(readForm(form), baseline, textarea.name);
  let page = newPage();
  let leaving = false;
  const field = element("input", { type: "hidden", name: "draft_page", value: page });
  form.append(field);
  const own = () => `${PREFIX}${config.scope}:${page}`;

  const keep = () => {
    const at = Date.now();
    if (!isDirty()) {
      storage.remove(own());
      shown.textContent = "";
    } else if (storage.set(own(), { page, at, saved_at: config.saved_at, fields: readForm(form) })) {
      shown.textContent = `Not saved yet; kept in this browser, ${moment(at)}`;
    }
  };
  const keepSoon = later(keep, 600);
  for (const type of ["input", "change"]) {
    form.addEventListener(type, () => {
      leaving = false;
      keepSoon();
    });
  }
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && keepSoon.now());
  window.addEventListener("pagehide", keepSoon.now);
  if (config.unsaved) keep();

  form.addEventListener("submit", (event) => {
    keepSoon.now();
    field.value = page;
    // what is typed from here on is not in what was sent: it is another draft
    setTimeout(() => {
      if (event.defaultPrevented) return;
      leaving = true;
      page = newPage();
    });
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && isDirty()) event.preventDefault();
  });

  const place = element("div", { class: "draft-notices" });
  form.prepend(place);
  for (const draft of storage.all().sort((a, b) => b.at - a.at)) {
    if (draft.scope !== config.scope || draft.page === page) continue;
    whenClosed(draft.page, () => {
      // the other page may have been saved between: read again
      if (takeSavedPages(config.cookie).has(draft.page)) storage.remove(draft.key);
      const found = storage.get(draft.key);
      if (!found) return null;
      if (sameFields(found.fields, readForm(form), textarea.name)) return storage.remove(draft.key);
      return offer(found);
    });
  }

  /** Show that a draft was found; the promise is settled when somebody has decided about it. */
  function offer(draft) {
    return new Promise((decided) => {
      const sentence = element("p", { role: "status" });
      const buttons = element("div", { class: "editor-form__buttons" });
      const notice = element("div", { class: "draft-notice" }, sentence, buttons);
      const say = (text, ...actions) => {
        sentence.textContent = text;
        buttons.replaceChildren(
          ...actions.map(([words, action]) =>
            element("button", { type: "button", class: "editor-button", onclick: action }, words),
          ),
        );
      };
      const restore = () => {
        writeForm(form, draft.fields, { [textarea.name]: (html) => editor.commands.setContent(html) });
        storage.remove(draft.key);
        keep();
        say(`The text from ${moment(draft.at)} is back in the form. It is not saved yet.`, ["Close", close]);
        decided();
      };
      const discard = () => {
        storage.remove(draft.key);
        say("Discarded.", ["Undo", () => (storage.set(draft.key, draft), ask())], ["Close", close]);
      };
      const close = () => {
        notice.remove();
        decided();
      };
      const ask = () => {
        const newer =
          draft.saved_at !== config.saved_at
            ? ` It was saved by another page after that (${moment(Date.parse(config.saved_at))}): compare first.`
            : "";
        say(
          `Text from ${moment(draft.at)} that was not saved was found in this browser.${newer}`,
          ["Restore it", restore],
          ["Compare", () => compare(form, draft, textarea.name, restore)],
          ["Discard it", discard],
        );
      };
      place.append(notice);
      ask();
    });
  }
}

// --- pages ---------------------------------------------------------------------------------------------------------
/** Return the id of a page, and hold its lock for as long as the page is open. */
function newPage() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  navigator.locks?.request(PREFIX + id, () => new Promise(() => {}));
  return id;
}

/** Call `action` as soon as page `id` is not open (any more); where the browser has no locks, at once. */
function whenClosed(id, action) {
  if (navigator.locks) navigator.locks.request(PREFIX + id, action);
  else action();
}

/** Return the ids of the pages that the server has saved since somebody asked, and forget them. */
function takeSavedPages({ name, path }) {
  const start = `${name}=`;
  const said = document.cookie.split("; ").find((part) => part.startsWith(start));
  for (const id of said?.slice(start.length).split(".") || []) savedPages.add(id);
  if (said) document.cookie = `${name}=; Max-Age=0; Path=${path}; SameSite=Lax`;
  return savedPages;
}

const savedPages = new Set();

// --- storage -------------------------------------------------------------------------------------------------------
/** localStorage that may be blocked or full: then `complain` gets a sentence, and writing goes on without it. */
function openStorage(complain) {
  const guarded = (action, otherwise) => {
    try {
      return action();
    } catch (error) {
      complain(
        error.name === "QuotaExceededError"
          ? "This browser’s storage is full: unsaved text is not kept."
          : "This browser keeps nothing: unsaved text is not kept.",
      );
      return otherwise;
    }
  };
  const get = (key) => {
    try {
      const draft = JSON.parse(localStorage.getItem(key));
      return draft && { ...draft, key, scope: key.slice(PREFIX.length, key.lastIndexOf(":")) };
    } catch {
      return null;
    }
  };
  return {
    get,
    all: () =>
      guarded(() => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map(get).filter(Boolean), []),
    set: (key, { page, at, saved_at, fields }) =>
      guarded(() => (localStorage.setItem(key, JSON.stringify({ page, at, saved_at, fields })), true), false),
    remove: (key) => guarded(() => localStorage.removeItem(key)),
  };
}
