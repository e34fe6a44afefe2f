/** The toolbar over the text: one stop of the Tab key, arrow keys inside (the toolbar pattern of WAI-ARIA). */

import { openDialog } from "editor/dialog";
import { element } from "editor/dom";
import { editLink } from "editor/link";

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const MOD = MAC ? "⌘" : "Ctrl";
const FACES = { B: "bold", I: "italic" }; // which look like what they do

/** Each tool: its face, its name, its keys, what it does; `active` makes it a toggle, `enabled` says when it works. */
function tools(openPhotos, openGallery) {
  const act = (face, name, keys, run) => ({ face, name, keys, run });
  const command = (face, name, keys, verb, ...values) => ({
    ...act(face, name, keys, (editor) => editor.chain().focus()[verb](...values).run()),
    enabled: (editor) => editor.can()[verb](...values),
  });
  const toggle = (node, tool, attributes) => ({ ...tool, active: (editor) => editor.isActive(node, attributes) });
  const heading = (level, name) =>
    toggle("heading", command(`H${level}`, name, `${MOD}+Alt+${level}`, "toggleHeading", { level }), { level });
  return [
    [
      toggle("bold", command("B", "Bold", `${MOD}+B`, "toggleBold")),
      toggle("italic", command("I", "Italic", `${MOD}+I`, "toggleItalic")),
      toggle("link", act("Link", "Link", `${MOD}+K`, editLink)),
    ],
    [
      heading(2, "H2 heading"),
      heading(3, "H3 smaller heading"),
      toggle("bulletList", command("List", "List with bullets", `${MOD}+Shift+8`, "toggleBulletList")),
      toggle("orderedList", command("1. 2. 3.", "Numbered list", `${MOD}+Shift+7`, "toggleOrderedList")),
      toggle("blockquote", command("Quote", "Quote", `${MOD}+Shift+B`, "toggleBlockquote")),
    ],
    [
      act("Photo", "Photo", "Ctrl+Alt+I", openPhotos),
      act("Gallery", "Gallery", null, openGallery),
      toggle("pullQuote", command("Pull quote", "Pull quote", "Ctrl+Alt+Q", "togglePullQuote")),
      command("Line", "Line between two parts", null, "setHorizontalRule"),
    ],
    [
      command("Undo", "Undo", `${MOD}+Z`, "undo"),
      command("Redo", "Redo", MAC ? "⌘+Shift+Z" : "Ctrl+Y", "redo"),
      act("Keys", "Keys", null, openKeys),
    ],
  ];
}

/** Build the toolbar of `editor`; `textId` is the id of the text that it controls. */
export function toolbar(editor, { label, textId, openPhotos, openGallery }) {
  const groups = tools(openPhotos, openGallery);
  const all = groups.flat();
  const bar = element("div", {
    class: "editor-toolbar",
    role: "toolbar",
    "aria-label": label,
    "aria-controls": textId,
  });
  for (const group of groups) {
    const box = element("div", { class: "editor-toolbar__group" });
    for (const tool of group) {
      tool.button = element(
        "button",
        {
          type: "button",
          class: `editor-toolbar__button editor-toolbar__button--${FACES[tool.face] ?? "word"}`,
          "aria-label": tool.name,
          title: tool.keys ? `${tool.name} (${tool.keys})` : tool.name,
          tabindex: tool === all[0] ? "0" : "-1",
          // the text keeps its selection
          onmousedown: (event) => event.preventDefault(),
          onclick: () => tool.button.getAttribute("aria-disabled") !== "true" && tool.run(editor),
        },
        tool.face,
      );
      box.append(tool.button);
    }
    bar.append(box);
  }

  bar.addEventListener("keydown", (event) => {
    const index = all.findIndex((tool) => tool.button === document.activeElement);
    const last = all.length - 1;
    const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: last }[event.key];
    if (event.key === "Escape") editor.commands.focus();
    else if (to !== undefined && index >= 0) reach(all[(to + all.length) % all.length].button);
    else return;
    event.preventDefault();
  });
  const reach = (button) => {
    for (const tool of all) tool.button.tabIndex = tool.button === button ? 0 : -1;
    button.focus();
  };

  const follow = () => {
    for (const { button, active, enabled } of all) {
      if (active) button.setAttribute("aria-pressed", active(editor));
      if (enabled) button.setAttribute("aria-disabled", !enabled(editor));
    }
  };
  editor.on("transaction", follow);
  follow();
  return bar;
}

const KEYS = [
  [`${MOD}+B, ${MOD}+I, ${MOD}+K`, "bold, italic, link"],
  [`${MOD}+Alt+2, ${MOD}+Alt+3, ${MOD}+Alt+0`, "heading, smaller heading, paragraph"],
  [`${MOD}+Shift+8, ${MOD}+Shift+7`, "list with bullets, numbered list"],
  [`${MOD}+], ${MOD}+[`, "list item one level in, one level out"],
  [`${MOD}+Shift+B, Ctrl+Alt+Q`, "quote, pull quote"],
  ["Ctrl+Alt+I", "insert a photo"],
  ["Alt+↑, Alt+↓", "move the photo, gallery or pull quote at the cursor"],
  ["Alt+Enter", "credit and description of the photo at the cursor"],
  ["Enter on a photo", "write its caption; Enter again goes on below it"],
  ["Shift+Enter", "new line in the same paragraph or caption"],
  [`${MOD}+Z, ${MAC ? "⌘+Shift+Z" : "Ctrl+Y"}`, "undo, redo"],
  [`${MOD}+Shift+V`, "paste without any formatting"],
  ["Tab, Shift+Tab", "leave the text: to what is below it, to the toolbar above it"],
];

function openKeys() {
  const list = element("dl", { class: "editor-keys" });
  for (const [keys, words] of KEYS) {
    list.append(element("div", {}, element("dt", {}, keys), element("dd", {}, words)));
  }
  openDialog({ title: "Keys in the text", content: list, kind: "keys" });
}
