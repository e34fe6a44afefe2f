/**
 * The dialog that places photos: search the library or upload, arrow keys to choose, Enter to insert.
 *
 * Enter in the search field goes to the first result, Enter on a result inserts it.
 */

import { openDialog } from "editor/dialog";
import { element, later, uniqueId } from "editor/dom";
import { lacks, searchLibrary, uploadPhoto } from "editor/library";

/** Open the dialog; once it has closed, `back()` gives the focus back and `choose(photo)` gets what was chosen. */
export function openPhotoDialog({ mayUpload, choose, back }) {
  const ids = { search: uniqueId("search"), results: uniqueId("results"), status: uniqueId("status") };
  let chosen = null;
  let asking = null;
  let next = null;
  let shownWords = null;
  const photos = [];

  const search = element("input", {
    id: ids.search,
    type: "search",
    autocomplete: "off",
    autofocus: true,
    "aria-controls": ids.results,
    "aria-describedby": ids.status,
  });
  const status = element("p", { id: ids.status, class: "photo-dialog__status", role: "status" });
  const results = element("div", {
    id: ids.results,
    class: "photo-dialog__results",
    role: "listbox",
    "aria-label": "Photos",
  });
  const more = element("button", { type: "button", class: "editor-button", hidden: true }, "Show more");
  const errors = element("div", { class: "photo-dialog__errors", role: "alert" });
  const uploads = element("div", { class: "photo-dialog__uploads" });
  const file = element("input", { type: "file", accept: "image/*", multiple: true, hidden: true, tabindex: "-1" });
  const openFiles = () => file.click();
  const pick = element("button", { type: "button", class: "editor-button", onclick: openFiles }, "Upload pictures…");

  const content = element(
    "div",
    { class: "photo-dialog" },
    element(
      "div",
      { class: "photo-dialog__bar" },
      element("label", { for: ids.search }, "Search the library: caption, credit, file name"),
      search,
      mayUpload && pick,
      mayUpload && file,
    ),
    mayUpload && element("p", { class: "editor-hint" }, "Or drop picture files here."),
    errors,
    uploads,
    status,
    results,
    more,
  );
  const shown = openDialog({
    title: "Insert a photo",
    content,
    kind: "photos",
    back,
    closed() {
      asking?.abort();
      if (chosen) choose(chosen);
    },
  });

  const take = (photo) => {
    chosen = photo;
    shown.close();
  };

  // --- results ---
  const options = () => [...results.children];
  const draw = () => {
    results.replaceChildren(...photos.map((photo) => option(photo, take)));
    for (const [index, node] of options().entries()) node.tabIndex = index ? -1 : 0;
    more.hidden = next === null;
    results.hidden = !photos.length;
  };
  const focusOption = (index) => {
    const all = options();
    const node = all[Math.min(Math.max(index, 0), all.length - 1)];
    if (!node) return;
    for (const other of all) {
      other.tabIndex = other === node ? 0 : -1;
      other.setAttribute("aria-selected", other === node);
    }
    node.focus();
    node.scrollIntoView({ block: "nearest" });
  };

  const find = async ({ page = 1, thenFocus = null } = {}) => {
    findLater.cancel();
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const words = search.value.trim();
    status.textContent = "Searching…";
    try {
      const answer = await searchLibrary(words, { page, signal });
      if (signal.aborted) return;
      if (page === 1) photos.length = 0;
      photos.push(...answer.photos);
      ({ next } = answer);
      shownWords = words;
      draw();
      status.textContent = sayCount(answer.count, words);
      if (thenFocus !== null) focusOption(thenFocus);
    } catch (error) {
      if (error.name !== "AbortError") status.textContent = error.message;
    }
  };
  const findLater = later(() => find(), 250);

  search.addEventListener("input", findLater);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      if (search.value.trim() === shownWords) focusOption(0);
      else find({ thenFocus: 0 });
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      focusOption(0);
    }
  });
  more.addEventListener("click", () => find({ page: next, thenFocus: photos.length }));

  results.addEventListener("keydown", (event) => {
    const all = options();
    const index = all.indexOf(document.activeElement);
    if (index < 0) return;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns(all), ArrowUp: -columns(all) }[event.key];
    if (step) {
      if (index + step < 0) search.focus();
      else focusOption(index + step);
    } else if (event.key === "Home" || event.key === "End") focusOption(event.key === "Home" ? 0 : all.length - 1);
    else if (event.key === "Enter" || event.key === " ") take(photos[index]);
    else return;
    event.preventDefault();
  });

  // --- uploads ---
  const upload = async (files) => {
    errors.replaceChildren();
    const added = await Promise.all(
      files.map(async (one) => {
        const bar = element("progress", { max: 1, value: 0, "aria-label": `Uploading ${one.name}` });
        const line = element("p", {}, `Uploading “${one.name}”… `, bar);
        uploads.append(line);
        try {
          return await uploadPhoto(one, (part) => (bar.value = part));
        } catch (error) {
          errors.append(element("p", { class: "editor-error" }, error.message));
          return null;
        } finally {
          line.remove();
        }
      }),
    );
    const fresh = added.filter(Boolean);
    if (!fresh.length) return;
    // one that the library had already may be among the results
    const others = photos.filter(({ id }) => !fresh.some((one) => one.id === id));
    photos.splice(0, photos.length, ...fresh, ...others);
    draw();
    status.textContent =
      fresh.length === 1 ? "It is ready. Press Enter to insert it." : `${fresh.length} pictures are ready. Choose one.`;
    focusOption(0);
  };
  file.addEventListener("change", () => {
    upload([...file.files]);
    file.value = "";
  });
  for (const type of ["dragover", "drop"]) {
    shown.dialog.addEventListener(type, (event) => {
      event.preventDefault();
      if (type === "drop" && mayUpload) upload([...event.dataTransfer.files]);
    });
  }

  find();
}

function sayCount(count, words) {
  const none = "No photo has these words in caption, credit, alternative text or file name.";
  if (!count) return words ? none : "The library is empty.";
  return words ? `${count} found` : `${count} in the library, newest first`;
}

/** How many options stand in one row, as laid out. */
function columns(options) {
  const top = options[0].offsetTop;
  const below = options.findIndex((node) => node.offsetTop > top);
  return below < 0 ? options.length : below;
}

function option(photo, take) {
  const picture = photo.thumbnail
    ? element("img", { src: photo.thumbnail, alt: "", loading: "lazy", width: photo.width, height: photo.height })
    : element("span", { class: "photo-option__awaiting" }, "Awaiting its picture");
  const credit = photo.credit || "No credit yet";
  return element(
    "div",
    {
      class: "photo-option",
      role: "option",
      "aria-selected": "false",
      "data-photo": photo.id,
      onclick: () => take(photo),
    },
    element("span", { class: "photo-option__picture" }, picture),
    element("span", { class: "photo-option__caption" }, photo.caption || photo.name || "No caption"),
    element("span", { class: "photo-option__facts" }, [credit, photo.name].filter(Boolean).join(" · ")),
    lacks(photo) && element("span", { class: "photo-option__missing" }, lacks(photo)),
  );
}
