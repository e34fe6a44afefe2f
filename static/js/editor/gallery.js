/**
 * A gallery in the text: the number of one that is kept in the library, shown by its title and its first pictures.
 *
 * Facts of a gallery: id, title, count, missing (words), thumbnails (addresses), change_url.
 */

import { Node, pm } from "django-prose-editor/editor";
import { openDialog } from "editor/dialog";
import { element, later, uniqueId } from "editor/dom";
import { oneStep } from "editor/history";
import { moveDown, moveUp, removePhoto } from "editor/photo-verbs";
import { ask } from "editor/server";

const { NodeSelection, TextSelection } = pm.state;
const known = new Map();
const views = new Set();
let address = "";

/** Say where galleries are asked for, and what is known of them already. */
export function openGalleries({ url, facts }) {
  address = url;
  for (const gallery of facts) known.set(gallery.id, gallery);
}

function learn(galleries) {
  for (const gallery of galleries) known.set(gallery.id, gallery);
  for (const view of views) view.draw();
}

/** Ask for one that came in from elsewhere (pasted from another article, restored from a draft). */
async function inquire(id) {
  if (known.has(id)) return;
  try {
    const { galleries } = await ask(`${address}?${new URLSearchParams({ id })}`);
    if (!galleries.length) known.set(id, null);
    learn(galleries);
  } catch {
    // it says “Loading…” until the page is opened again
  }
}

export const Gallery = Node.create({
  name: "gallery",
  group: "block",
  atom: true,
  selectable: true,
  draggable: true,

  addAttributes: () => ({ gallery: { default: null, rendered: false } }),

  parseHTML: () => [
    {
      tag: "figure[data-gallery]",
      priority: 70,
      getAttrs(figure) {
        const gallery = Number(figure.dataset.gallery);
        return Number.isSafeInteger(gallery) && gallery > 0 && { gallery };
      },
    },
  ],

  renderHTML: ({ node }) => ["figure", { "data-gallery": node.attrs.gallery }],

  addNodeView() {
    return ({ node, view, getPos }) => new GalleryView(node, view, getPos);
  },

  addCommands() {
    return {
      /** Place a gallery below the block of the cursor, or in its place when that is an empty paragraph. */
      insertGallery:
        (id) =>
        ({ state, dispatch }) => {
          if (dispatch) dispatch(inserted(state, id));
          return true;
        },
    };
  },

  addKeyboardShortcuts() {
    return { Enter: () => goOnBelow(this.editor.view) };
  },
});

function inserted(state, id) {
  const { selection, tr, schema } = state;
  const { $from, $to } = selection;
  const node = schema.nodes.gallery.create({ gallery: id });
  const isEmpty = $from.depth === 1 && $from.parent.type.name === "paragraph" && !$from.parent.content.size;
  const pos = isEmpty ? $from.before(1) : $to.depth ? $to.after(1) : $to.pos;
  if (isEmpty) tr.replaceWith(pos, $from.after(1), node);
  else tr.insert(pos, node);
  return oneStep(tr.setSelection(NodeSelection.create(tr.doc, pos)).scrollIntoView());
}

/** Enter on a selected gallery goes to the paragraph below it. */
function goOnBelow(view) {
  const { state } = view;
  if (state.selection.node?.type.name !== "gallery") return false;
  const { tr, schema } = state;
  const end = state.selection.to;
  if (!state.doc.nodeAt(end)?.isTextblock) tr.insert(end, schema.nodes.paragraph.create());
  view.dispatch(tr.setSelection(TextSelection.create(tr.doc, end + 1)).scrollIntoView());
  return true;
}

class GalleryView {
  constructor(node, view, getPos) {
    this.node = node;
    this.view = view;
    this.getPos = getPos;
    this.dom = element("figure", { class: "body-gallery", "data-gallery": node.attrs.gallery, contenteditable: "false" });
    views.add(this);
    this.draw();
    inquire(node.attrs.gallery);
  }

  draw() {
    const facts = known.get(this.node.attrs.gallery);
    const title = facts === undefined ? "Loading…" : facts === null ? "This gallery is not there any more." : facts.title;
    const pictures = (facts?.thumbnails || []).map((src) => element("img", { src, alt: "", draggable: "false" }));
    const count = facts && `Gallery, ${facts.count} photo${facts.count === 1 ? "" : "s"}`;
    this.dom.replaceChildren(
      element("p", { class: "body-gallery__title" }, element("b", {}, title), count ? element("span", {}, count) : ""),
      element("div", { class: "body-gallery__pictures" }, ...pictures),
      facts?.missing.length ? element("p", { class: "body-gallery__missing" }, `It ${facts.missing.join("; it ")}.`) : "",
      element(
        "div",
        { class: "body-gallery__buttons" },
        facts ? element("a", { class: "editor-button", href: facts.change_url, target: "_blank", rel: "noopener", tabindex: "-1" }, "Photos and order") : "",
        this.button("Move up", () => moveUp(this.view, this.getPos())),
        this.button("Move down", () => moveDown(this.view, this.getPos())),
        this.button("Remove", () => removePhoto(this.view, this.getPos())),
      ),
    );
    this.reach();
  }

  button(words, action) {
    const onclick = (event) => {
      event.preventDefault();
      action();
      this.view.focus();
    };
    return element("button", { type: "button", class: "editor-button", tabindex: "-1", onclick }, words);
  }

  /** Only the buttons of the gallery that is selected are stops of the Tab key. */
  reach(on = this.dom.classList.contains("ProseMirror-selectednode")) {
    for (const control of this.dom.querySelectorAll("a, button")) control.tabIndex = on ? 0 : -1;
  }

  selectNode() {
    this.dom.classList.add("ProseMirror-selectednode");
    this.reach(true);
  }

  deselectNode() {
    this.dom.classList.remove("ProseMirror-selectednode");
    this.reach(false);
  }

  stopEvent({ type, target }) {
    return !/^drag|^drop/.test(type) && Boolean(target.closest?.("a, button"));
  }

  ignoreMutation() {
    return true;
  }

  destroy() {
    views.delete(this);
  }
}

/** The dialog that places a gallery: search by title, Tab to one, Enter to insert it. */
export function openGalleryDialog({ choose, back }) {
  const ids = { search: uniqueId("search"), status: uniqueId("status") };
  let chosen = null;
  const search = element("input", { id: ids.search, type: "search", autocomplete: "off", autofocus: true, "aria-describedby": ids.status });
  const status = element("p", { id: ids.status, class: "photo-dialog__status", role: "status" });
  const results = element("ul", { class: "gallery-options" });
  const content = element(
    "div",
    { class: "photo-dialog" },
    element("div", { class: "photo-dialog__bar" }, element("label", { for: ids.search }, "Search by title"), search),
    status,
    results,
    element("p", { class: "editor-hint" }, "New galleries are made in the library: mark the photos, and choose “Make a gallery of them”."),
  );
  const shown = openDialog({ title: "Insert a gallery", content, kind: "photos", back, closed: () => chosen && choose(chosen) });

  const option = (gallery) =>
    element(
      "li",
      {},
      element(
        "button",
        {
          type: "button",
          class: "gallery-option",
          onclick() {
            chosen = gallery;
            shown.close();
          },
        },
        element("b", {}, gallery.title),
        element("span", {}, `${gallery.count} photo${gallery.count === 1 ? "" : "s"}`),
        element("span", { class: "body-gallery__pictures" }, ...gallery.thumbnails.map((src) => element("img", { src, alt: "" }))),
      ),
    );
  const find = async () => {
    try {
      const { galleries } = await ask(`${address}?${new URLSearchParams({ q: search.value.trim() })}`);
      learn(galleries);
      results.replaceChildren(...galleries.map(option));
      status.textContent = galleries.length ? `${galleries.length} found, newest first` : "No gallery has this title.";
    } catch (error) {
      status.textContent = error.message;
    }
  };
  const findLater = later(find, 250);
  search.addEventListener("input", findLater);
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault();
    findLater.now();
    results.querySelector("button")?.focus();
  });
  find();
}
