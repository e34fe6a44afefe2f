/** Pasting: foreign HTML comes in clean, plain text in paragraphs, and a caption takes words only. */

import { Extension, Plugin, pm } from "django-prose-editor/editor";
import { cleanPasted, inert } from "editor/foreign-html";

const { Fragment, Slice } = pm.model;

export const Paste = Extension.create({
  name: "cleanPaste",

  addOptions: () => ({ say: () => {} }),

  addProseMirrorPlugins() {
    const { say } = this.options;
    return [
      new Plugin({
        props: {
          transformPastedHTML(html) {
            // copied in an editor like this one: the schema reads it, and knows nothing foreign
            if (/\sdata-pm-slice=/.test(html)) return inert(html);
            const { html: clean, pictures } = cleanPasted(html);
            if (pictures) say(leftOut(pictures));
            return clean;
          },
          clipboardTextParser: (text, $context) => textSlice(text, $context),
          transformPasted: (slice, view) =>
            takesWordsOnly(view.state.selection.$from) ? wordsOf(slice) : withoutHalves(slice),
        },
      }),
    ];
  },
});

function leftOut(pictures) {
  if (pictures === 1) return "1 picture was left out: upload it, so that it has a credit and stays available.";
  return `${pictures} pictures were left out: upload them, so that they have credits and stay available.`;
}

/** Blank lines divide paragraphs, single ones are line breaks; without any blank line, each line is a paragraph. */
function textSlice(text, $context) {
  const { schema } = $context.doc.type;
  const whole = text.replace(/\r\n?/g, "\n").replace(/^\s*\n|\s+$/g, "");
  const parts = whole.split(/\n[^\S\n]*\n\s*/);
  const paragraphs = (parts.length > 1 ? parts : whole.split("\n")).map((part) => {
    const lines = part.split("\n").map((line) => line.trim()).filter(Boolean);
    const inline = lines.flatMap((line, index) => [
      ...(index ? [schema.nodes.hardBreak.create()] : []),
      schema.text(line, $context.marks()),
    ]);
    return schema.nodes.paragraph.create(null, inline);
  });
  // one line alone keeps its spaces: it may be half a sentence
  if (paragraphs.length === 1 && !/\n/.test(text) && text) {
    return new Slice(Fragment.from(schema.nodes.paragraph.create(null, schema.text(text, $context.marks()))), 1, 1);
  }
  return new Slice(Fragment.from(paragraphs), 1, 1);
}

function takesWordsOnly($pos) {
  return ["photoCaption", "pullWords", "pullSource"].includes($pos.parent.type.name);
}

/** A photo or pull quote that was copied in part, at an end of `slice`, is none: its words become paragraphs. */
function withoutHalves(slice) {
  const nodes = [];
  let { openStart, openEnd } = slice;
  const last = slice.content.childCount - 1;
  slice.content.forEach((node, _, index) => {
    const isHalf = (openStart && index === 0) || (openEnd && index === last);
    if (!isHalf || !["photo", "pullQuote"].includes(node.type.name)) {
      nodes.push(node);
      return;
    }
    node.forEach((part) => nodes.push(node.type.schema.nodes.paragraph.create(null, part.content)));
    if (index === 0 && openStart) openStart = 1;
    if (index === last && openEnd) openEnd = 1;
  });
  return new Slice(Fragment.from(nodes), openStart, openEnd);
}

/** The words of all blocks in `slice`, one line each. */
function wordsOf(slice) {
  const lines = [];
  slice.content.descendants((node) => {
    if (node.isTextblock && node.content.size) lines.push(node.content);
    return !node.isTextblock;
  });
  if (!lines.length) return Slice.empty;
  let inline = lines[0];
  const hardBreak = slice.content.firstChild.type.schema.nodes.hardBreak;
  for (const line of lines.slice(1)) inline = inline.addToEnd(hardBreak.create()).append(line);
  return new Slice(inline, 0, 0);
}
