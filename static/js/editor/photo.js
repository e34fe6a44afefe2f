/**
 * The photo in the text: a reference into the library, and a caption where it stands.
 *
 * A photo whose `caption` is "library" shows the library's words; the first change to them makes it "own". That is one
 * rule, kept after every transaction: inheriting means the same words as the library's.
 */

import { Node, Plugin, pm } from "django-prose-editor/editor";
import { inquire, onFacts } from "editor/library";
import {
  insertPhotos,
  libraryCaption,
  moveDown,
  moveUp,
  photosIn,
  placedBlock,
  withLibraryCaption,
} from "editor/photo-verbs";
import { PhotoView } from "editor/photo-view";

const { NodeSelection, TextSelection } = pm.state;
const { Fragment } = pm.model;
const { Decoration, DecorationSet } = pm.view;

const PhotoCaption = Node.create({
  name: "photoCaption",
  content: "inline*",
  parseHTML: () => [{ tag: "figcaption", context: "photo/" }],
  renderHTML: () => ["figcaption", 0],
});

export const Photo = Node.create({
  name: "photo",
  group: "block",
  content: "photoCaption",
  isolating: true,
  defining: true,
  selectable: true,

  addExtensions: () => [PhotoCaption],

  addAttributes: () => ({
    photo: { default: null, rendered: false },
    caption: { default: "own", rendered: false },
    uncertain: { default: false, rendered: false },
  }),

  parseHTML() {
    const attributes = (figure, caption) => {
      const photo = Number(figure.dataset.photo);
      const uncertain = figure.dataset.uncertain === "caption";
      return Number.isSafeInteger(photo) && photo > 0 && { photo, caption, uncertain };
    };
    return [
      {
        tag: "figure[data-photo]",
        priority: 60,
        getAttrs(figure) {
          const inherits = figure.dataset.caption === "library" || !figure.querySelector("figcaption");
          return inherits && attributes(figure, "library");
        },
        getContent(figure, schema) {
          const words = libraryCaption(schema, Number(figure.dataset.photo));
          return Fragment.from(schema.nodes.photoCaption.create(null, words));
        },
      },
      { tag: "figure[data-photo]", getAttrs: (figure) => attributes(figure, "own") },
    ];
  },

  renderHTML({ node }) {
    const { photo, caption, uncertain } = node.attrs;
    const attributes = { "data-photo": photo };
    if (caption === "library") attributes["data-caption"] = "library";
    if (uncertain) attributes["data-uncertain"] = "caption";
    return ["figure", attributes, 0];
  },

  addNodeView() {
    return ({ node, view, getPos, decorations }) => new PhotoView(node, view, getPos, decorations);
  },

  addCommands() {
    return {
      /** Place photos of the library below the block of the cursor (or in its place, when it is empty), or at `at`. */
      insertPhotos:
        (ids, at = null) =>
        ({ state, dispatch }) => {
          if (dispatch) dispatch(insertPhotos(state, ids, at));
          return true;
        },
    };
  },

  addKeyboardShortcuts() {
    return {
      "Alt-ArrowUp": () => moveUp(this.editor.view),
      "Alt-ArrowDown": () => moveDown(this.editor.view),
      "Alt-Enter": () => openDetails(this.editor.view),
      Enter: () => enter(this.editor.view),
      "Shift-Enter": () => breakLine(this.editor.view),
      Backspace: () => backspace(this.editor.view),
    };
  },

  addProseMirrorPlugins() {
    return [inheritance(), followFacts(), activePhoto(), typingBeside()];
  },
});

// --- keys ----------------------------------------------------------------------------------------------------------
/** Enter on a selected photo goes into its caption, and from the caption to the paragraph below. */
function enter(view) {
  const { state } = view;
  const found = placedBlock(state, ["photo"]);
  if (!found) return false;
  const { tr, schema } = state;
  const end = found.pos + found.node.nodeSize;
  if (state.selection.node) {
    tr.setSelection(TextSelection.create(state.doc, end - 2));
  } else {
    if (!state.doc.nodeAt(end)?.isTextblock) tr.insert(end, schema.nodes.paragraph.create());
    tr.setSelection(TextSelection.create(tr.doc, end + 1));
  }
  view.dispatch(tr.scrollIntoView());
  return true;
}

function breakLine(view) {
  if (view.state.selection.node || !placedBlock(view.state)) return false;
  view.dispatch(view.state.tr.replaceSelectionWith(view.state.schema.nodes.hardBreak.create()).scrollIntoView());
  return true;
}

/** Backspace at the start of a caption selects the photo first: one more removes it. */
function backspace(view) {
  const { $from, empty } = view.state.selection;
  if (!empty || $from.parentOffset || $from.parent.type.name !== "photoCaption") return false;
  view.dispatch(view.state.tr.setSelection(NodeSelection.create(view.state.doc, $from.before(1))));
  return true;
}

function openDetails(view) {
  const found = placedBlock(view.state, ["photo"]);
  if (!found) return false;
  view.nodeDOM(found.pos)?.dispatchEvent(new CustomEvent("photo:details"));
  return true;
}

// --- plugins -------------------------------------------------------------------------------------------------------
/** A caption that says something else than the library's is the article's own. */
function inheritance() {
  return new Plugin({
    appendTransaction(transactions, before, state) {
      if (!transactions.some((tr) => tr.docChanged)) return null;
      const changed = photosIn(state.doc).filter(
        ({ node }) =>
          node.attrs.caption === "library" &&
          !node.firstChild.content.eq(libraryCaption(state.schema, node.attrs.photo)),
      );
      if (!changed.length) return null;
      const { tr } = state;
      for (const { pos } of changed) tr.setNodeAttribute(pos, "caption", "own");
      return tr;
    },
  });
}

/** Ask for photos that are not known yet, and let inheriting captions follow when the library's words arrive. */
function followFacts() {
  return new Plugin({
    view(view) {
      const ask = () => inquire(photosIn(view.state.doc).map(({ node }) => node.attrs.photo));
      const stop = onFacts((ids) => {
        const { tr, schema } = view.state;
        for (const { node, pos } of photosIn(view.state.doc).reverse()) {
          if (node.attrs.caption !== "library" || !ids.has(node.attrs.photo)) continue;
          if (!node.firstChild.content.eq(libraryCaption(schema, node.attrs.photo))) withLibraryCaption(tr, pos, node);
        }
        if (tr.docChanged) view.dispatch(tr.setMeta("addToHistory", false));
      });
      ask();
      return { update: (_, before) => view.state.doc !== before.doc && ask(), destroy: stop };
    },
  });
}

/** Mark the photo that holds the cursor: only its buttons are in the tab order, so Tab leaves the text elsewhere. */
function activePhoto() {
  return new Plugin({
    props: {
      decorations(state) {
        const found = placedBlock(state, ["photo"]);
        if (!found) return null;
        const end = found.pos + found.node.nodeSize;
        return DecorationSet.create(state.doc, [Decoration.node(found.pos, end, {}, { active: true })]);
      },
    },
  });
}

/** Typing while a photo or a gallery is selected writes on below it; by default it would overwrite it. */
function typingBeside() {
  return new Plugin({
    props: {
      handleTextInput(view, from, to, text) {
        const { selection, tr, schema } = view.state;
        if (!["photo", "gallery"].includes(selection.node?.type.name)) return false;
        const end = selection.to;
        const next = view.state.doc.nodeAt(end);
        if (!(next?.type.name === "paragraph" && !next.content.size)) tr.insert(end, schema.nodes.paragraph.create());
        tr.insertText(text, end + 1);
        tr.setSelection(TextSelection.create(tr.doc, end + 1 + text.length));
        view.dispatch(tr.scrollIntoView());
        return true;
      },
    },
  });
}
