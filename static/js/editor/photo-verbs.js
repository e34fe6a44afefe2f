/**
 * What can be done with a photo in the text. Each verb is one transaction, and so one undo.
 */

import { pm } from "django-prose-editor/editor";
import { oneStep } from "editor/history";
import { factsOf } from "editor/library";

const { NodeSelection, TextSelection } = pm.state;
const { Fragment } = pm.model;

const LINE_BREAKS = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

/** Return the library's caption of photo `id` as the editor's text. */
export function libraryCaption(schema, id) {
  const nodes = [];
  const lines = (factsOf(id)?.caption || "").trim().split(LINE_BREAKS);
  for (const line of lines) {
    if (nodes.length || line !== lines[0]) nodes.push(schema.nodes.hardBreak.create());
    const text = line.trim().replace(/[ \t]+/g, " ");
    if (text) nodes.push(schema.text(text));
  }
  return Fragment.from(nodes);
}

/** Return `{ node, pos }` of the photo, gallery or pull quote that holds the selection, or null. */
export function placedBlock({ selection }, types = ["photo", "gallery", "pullQuote"]) {
  if (types.includes(selection.node?.type.name)) return { node: selection.node, pos: selection.from };
  const { $from, $to } = selection;
  for (let depth = $from.sharedDepth($to.pos); depth > 0; depth--) {
    const node = $from.node(depth);
    if (types.includes(node.type.name)) return { node, pos: $from.before(depth) };
  }
  return null;
}

export function photosIn(doc) {
  const found = [];
  doc.forEach((node, pos) => {
    if (node.type.name === "photo") found.push({ node, pos });
  });
  return found;
}

/** Place photos below the block of the selection (or in its place, when it is an empty paragraph), or at `at`. */
export function insertPhotos(state, ids, at) {
  const { schema, selection, tr } = state;
  const { photo, photoCaption } = schema.nodes;
  const nodes = ids.map((id) =>
    photo.create({ photo: id, caption: "library" }, photoCaption.create(null, libraryCaption(schema, id))),
  );
  const { $from, $to } = selection;
  const isEmpty = $from.depth === 1 && $from.parent.type.name === "paragraph" && !$from.parent.content.size;
  let pos = at ?? ($to.depth ? $to.after(1) : $to.pos);
  if (at === null && isEmpty) {
    pos = $from.before(1);
    tr.replaceWith(pos, $from.after(1), nodes);
  } else {
    tr.insert(pos, nodes);
  }
  return oneStep(tr.setSelection(NodeSelection.create(tr.doc, pos)).scrollIntoView());
}

/** Move the photo, gallery or pull quote at `pos`, or at the selection, above the block before it. */
export const moveUp = (view, pos = null) => moveBlock(view, -1, pos);

/** Move it below the block behind it. */
export const moveDown = (view, pos = null) => moveBlock(view, 1, pos);

function moveBlock(view, direction, pos) {
  const { state } = view;
  const found = pos === null ? placedBlock(state) : { node: state.doc.nodeAt(pos), pos };
  if (!found) return false;
  const index = state.doc.resolve(found.pos).index(0);
  // the empty paragraph that always ends the text is no place to move behind
  const last = state.doc.lastChild;
  const count = state.doc.childCount - (last.isTextblock && !last.content.size ? 1 : 0);
  const neighbour = index + direction;
  if (neighbour < 0 || neighbour >= count) return true;
  const size = state.doc.child(neighbour).nodeSize;
  const target = direction < 0 ? found.pos - size : found.pos + size;
  const tr = state.tr.delete(found.pos, found.pos + found.node.nodeSize).insert(target, found.node);
  const { selection } = state;
  const inside = !selection.node && selection.from > found.pos && selection.to < found.pos + found.node.nodeSize;
  const shift = target - found.pos;
  tr.setSelection(
    inside
      ? TextSelection.create(tr.doc, selection.anchor + shift, selection.head + shift)
      : NodeSelection.create(tr.doc, target),
  );
  view.dispatch(oneStep(tr.scrollIntoView()));
  return true;
}

export function removePhoto(view, pos) {
  const node = view.state.doc.nodeAt(pos);
  const tr = view.state.tr.delete(pos, pos + node.nodeSize);
  tr.setSelection(TextSelection.near(tr.doc.resolve(Math.min(pos, tr.doc.content.size)), 1));
  view.dispatch(oneStep(tr.scrollIntoView()));
}

export function useLibraryCaption(view, pos) {
  const node = view.state.doc.nodeAt(pos);
  view.dispatch(oneStep(withLibraryCaption(view.state.tr, pos, node).setNodeAttribute(pos, "caption", "library")));
}

export function withLibraryCaption(tr, pos, node) {
  const start = pos + 2; // inside the caption, which stands inside the photo
  const words = libraryCaption(tr.doc.type.schema, node.attrs.photo);
  return tr.replaceWith(start, start + node.firstChild.content.size, words);
}

/** Let the photo `id` stand where another one stood: with the words under it, or its own where there were none. */
export function placeInstead(view, pos, id) {
  const { tr, doc } = view.state;
  const { photo, photoCaption } = view.state.schema.nodes;
  const { attrs, firstChild } = doc.nodeAt(pos);
  const inherits = !firstChild.content.size && attrs.caption === "library";
  const words = inherits ? libraryCaption(view.state.schema, id) : firstChild.content;
  const node = photo.create({ ...attrs, photo: id, caption: inherits ? "library" : "own" }, photoCaption.create(null, words));
  tr.replaceWith(pos, pos + doc.nodeAt(pos).nodeSize, node);
  view.dispatch(oneStep(tr.setSelection(NodeSelection.create(tr.doc, pos))));
}

/** Settle what an importer was not sure of: it is the caption indeed. */
export function settleAsCaption(view, pos) {
  view.dispatch(oneStep(view.state.tr.setNodeAttribute(pos, "uncertain", false)));
}

/** Settle it the other way: the words become the paragraph below, and the photo stands without a caption. */
export function settleAsText(view, pos) {
  const { schema, doc, tr } = view.state;
  const node = doc.nodeAt(pos);
  const words = node.firstChild.content;
  const attributes = { ...node.attrs, caption: "own", uncertain: false };
  const bare = node.type.create(attributes, schema.nodes.photoCaption.create());
  tr.replaceWith(pos, pos + node.nodeSize, words.size ? [bare, schema.nodes.paragraph.create(null, words)] : [bare]);
  view.dispatch(oneStep(tr));
}
