/**
 * What the text of an article is made of: the editor's side of the vocabulary in `articles/body.py`.
 *
 * The building blocks come from django-prose-editor; here they are narrowed to that vocabulary. What the schema does
 * not know cannot be typed, pasted or dropped into the text.
 */

import {
  Blockquote,
  Bold,
  BulletList,
  Document,
  Dropcursor,
  Extension,
  Gapcursor,
  HardBreak,
  Heading,
  History,
  HorizontalRule,
  Italic,
  ListItem,
  OrderedList,
  Paragraph,
  Plugin,
  Text,
  wrappingInputRule,
} from "django-prose-editor/editor";

const ListItemOfText = ListItem.extend({
  content: "paragraph (paragraph | bulletList | orderedList)*",
  // Tab leaves the text, as everywhere on the page; nesting has keys of its own
  addKeyboardShortcuts() {
    return {
      Enter: () => this.editor.commands.splitListItem(this.name),
      "Mod-]": () => this.editor.commands.sinkListItem(this.name),
      "Mod-[": () => this.editor.commands.liftListItem(this.name),
    };
  },
});

/** Numbers run from one: no kinds of numerals, no other start. */
const NumberedList = OrderedList.extend({
  addAttributes: () => ({}),
  addNodeView: () => null,
  addInputRules() {
    return [wrappingInputRule({ find: /^1\.\s$/, type: this.type })];
  },
});

const QuoteOfParagraphs = Blockquote.extend({ content: "paragraph+" });

/** Below a photo or a list at the end, the text can go on. Nobody wrote that paragraph, so undo knows nothing of it. */
const LastParagraph = Extension.create({
  name: "lastParagraph",
  addProseMirrorPlugins: () => [
    new Plugin({
      appendTransaction(transactions, before, { doc, tr, schema }) {
        if (doc.lastChild.type.name === "paragraph") return null;
        return tr.insert(doc.content.size, schema.nodes.paragraph.create()).setMeta("addToHistory", false);
      },
    }),
  ],
});

export const textExtensions = [
  Document,
  Paragraph,
  Text,
  HardBreak,
  Heading.configure({ levels: [2, 3] }),
  Bold,
  Italic,
  BulletList,
  NumberedList,
  ListItemOfText,
  QuoteOfParagraphs,
  HorizontalRule,
  History,
  Dropcursor.configure({ class: "body-editor__drop", color: false, width: 3 }),
  Gapcursor,
  LastParagraph,
];
