/** Links in the text, and the dialog that makes, changes and removes them (Ctrl+K). */

import { Link } from "django-prose-editor/editor";
import { openDialog } from "editor/dialog";
import { element, uniqueId } from "editor/dom";
import { linkAddress } from "editor/link-address";

export const TextLink = Link.extend({
  addAttributes: () => ({ href: { default: null } }),
  addPasteRules: () => [], // an address in a pasted text stays the text that it is
  addKeyboardShortcuts() {
    return { "Mod-k": () => editLink(this.editor) };
  },
}).configure({
  autolink: false, // “1950.XYZ” is no address
  openOnClick: false,
  linkOnPaste: false,
  HTMLAttributes: {},
  isAllowedUri: (address) => linkAddress(address) === address,
});

/** Open the dialog for the link at the cursor, for the selected words, or for a link whose words are still to come. */
export function editLink(editor) {
  if (editor.isActive("link")) editor.commands.extendMarkRange("link");
  const { from, to, empty } = editor.state.selection;
  const present = editor.getAttributes("link").href || "";
  const ids = { address: uniqueId("link"), words: uniqueId("link"), error: uniqueId("link") };
  const address = element("input", {
    id: ids.address,
    type: "text",
    inputmode: "url",
    autocomplete: "off",
    spellcheck: "false",
    autofocus: true,
    "aria-describedby": ids.error,
  });
  address.value = present;
  const words = element("input", { id: ids.words, type: "text", autocomplete: "off" });
  const error = element("p", { id: ids.error, class: "editor-error", role: "alert" });

  const apply = () => {
    const href = linkAddress(address.value);
    if (!href) {
      address.setAttribute("aria-invalid", "true");
      error.textContent =
        "Please enter a web address (https://example.org), a mail address, or a path on this site (/about/).";
      address.focus();
      return;
    }
    shown.close();
    const mark = { type: "link", attrs: { href } };
    const chain = editor.chain().focus();
    const text = words.value.trim() || address.value.trim();
    if (empty) chain.insertContent({ type: "text", text, marks: [mark] });
    else chain.setTextSelection({ from, to }).setMark("link", { href }).setTextSelection(to);
    chain.unsetMark("link").run();
  };
  const remove = () => {
    shown.close();
    editor.chain().focus().setTextSelection({ from, to }).unsetLink().run();
  };

  const form = element(
    "form",
    { class: "editor-form", method: "dialog", novalidate: true },
    element("label", { for: ids.address }, "Address"),
    address,
    error,
    empty && element("label", { for: ids.words }, "Words in the text"),
    empty && words,
    element(
      "div",
      { class: "editor-form__buttons" },
      element("button", { type: "submit", class: "editor-button editor-button--main" }, present ? "Change" : "Link"),
      present && element("button", { type: "button", class: "editor-button", onclick: remove }, "Remove the link"),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  const shown = openDialog({
    title: present ? "Change the link" : "Insert a link",
    content: form,
    kind: "link",
    back: () => editor.view.focus(),
  });
  address.select();
  return true;
}
