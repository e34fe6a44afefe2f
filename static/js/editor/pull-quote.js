/** The pull quote: words set large beside the text, and who said them. Stored as `aside[data-pull]`. */

import { Node, pm } from "django-prose-editor/editor";
import { oneStep } from "editor/history";

const { TextSelection } = pm.state;
const { Fragment } = pm.model;

const PullWords = Node.create({
  name: "pullWords",
  content: "inline*",
  parseHTML: () => [{ tag: "p", context: "pullQuote/", priority: 60 }],
  renderHTML: () => ["p", 0],
});

const PullSource = Node.create({
  name: "pullSource",
  content: "inline*",
  parseHTML: () => [{ tag: "cite", context: "pullQuote/" }],
  renderHTML: () => ["cite", 0],
});

export const PullQuote = Node.create({
  name: "pullQuote",
  group: "block",
  content: "pullWords pullSource",
  isolating: true,
  defining: true,
  selectable: true,

  addExtensions: () => [PullWords, PullSource],
  parseHTML: () => [{ tag: "aside[data-pull]" }],
  renderHTML: () => ["aside", { "data-pull": "" }, 0],

  addCommands() {
    return {
      /** In a pull quote: make paragraphs of it again. Elsewhere: make one, of the selected words if there are any. */
      togglePullQuote:
        () =>
        ({ state, dispatch }) => {
          const found = pullQuoteAt(state.selection.$from) || selectedPullQuote(state.selection);
          if (dispatch) dispatch(found ? unwrapped(state, found) : inserted(state));
          return true;
        },
    };
  },

  addKeyboardShortcuts() {
    return {
      Enter: () => enter(this.editor),
      Backspace: () => backspace(this.editor),
    };
  },
});

function pullQuoteAt($pos) {
  for (let depth = $pos.depth; depth > 0; depth--) {
    if ($pos.node(depth).type.name === "pullQuote") return { node: $pos.node(depth), pos: $pos.before(depth) };
  }
  return null;
}

function selectedPullQuote(selection) {
  return selection.node?.type.name === "pullQuote" ? { node: selection.node, pos: selection.from } : null;
}

/** Insert a pull quote after the block of the selection, or in its place when that is an empty paragraph. */
function inserted(state) {
  const { schema, selection, tr } = state;
  const { $from, $to } = selection;
  const inOneBlock = $from.sameParent($to) && $from.parent.inlineContent;
  const words = inOneBlock ? $from.parent.cut($from.parentOffset, $to.parentOffset) : null;
  const { pullQuote, pullWords, pullSource } = schema.nodes;
  const node = pullQuote.create(null, [pullWords.create(null, words?.content), pullSource.create()]);
  const empty = $from.depth === 1 && $from.parent.type.name === "paragraph" && !$from.parent.content.size;
  const pos = empty ? $from.before(1) : $to.depth ? $to.after(1) : $to.pos;
  if (empty) tr.replaceWith(pos, $from.after(1), node);
  else tr.insert(pos, node);
  // into the words when they are still to come, else into who said them
  const inside = words?.content.size ? pos + 1 + node.firstChild.nodeSize + 1 : pos + 2;
  return oneStep(tr.setSelection(TextSelection.create(tr.doc, inside)).scrollIntoView());
}

function unwrapped(state, { node, pos }) {
  const { tr, schema } = state;
  const paragraphs = [];
  node.forEach((part) => {
    if (part.content.size) paragraphs.push(schema.nodes.paragraph.create(null, part.content));
  });
  if (!paragraphs.length) paragraphs.push(schema.nodes.paragraph.create());
  tr.replaceWith(pos, pos + node.nodeSize, Fragment.from(paragraphs));
  return oneStep(tr.setSelection(TextSelection.near(tr.doc.resolve(pos + 1))).scrollIntoView());
}

/** Enter: from the words to who said them, from there to the paragraph below. */
function enter(editor) {
  const { state, view } = editor;
  const { $from, $to } = state.selection;
  const found = pullQuoteAt($from);
  if (!found || pullQuoteAt($to)?.pos !== found.pos) return false;
  const { tr, schema } = state;
  const end = found.pos + found.node.nodeSize;
  if ($from.parent.type.name === "pullWords") {
    tr.setSelection(TextSelection.create(state.doc, end - 2));
  } else {
    const after = state.doc.nodeAt(end);
    if (!after?.isTextblock) tr.insert(end, schema.nodes.paragraph.create());
    tr.setSelection(TextSelection.create(tr.doc, end + 1));
  }
  view.dispatch(tr.scrollIntoView());
  return true;
}

/** Backspace at the start of who said it goes back to the words; in an empty pull quote it makes a paragraph of it. */
function backspace(editor) {
  const { state, view } = editor;
  const { $from, empty } = state.selection;
  const found = empty && $from.parentOffset === 0 && pullQuoteAt($from);
  if (!found) return false;
  if ($from.parent.type.name === "pullSource") {
    const end = found.pos + 1 + found.node.firstChild.nodeSize - 1;
    view.dispatch(state.tr.setSelection(TextSelection.create(state.doc, end)));
  } else {
    view.dispatch(unwrapped(state, found));
  }
  return true;
}
