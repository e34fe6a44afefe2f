/** Modal dialogs of the editor: labelled, closed by Escape or its own button, focus goes back where it was. */

import { element, uniqueId } from "editor/dom";

/**
 * Open a modal dialog outside of the article's form and return `{ dialog, close }`. The first `[autofocus]` inside
 * gets the focus. However it is closed, `back` gives the focus back (the text does that itself, with its selection),
 * then `closed` is called.
 */
export function openDialog({ title, content, kind, back = null, closed = () => {} }) {
  const before = document.activeElement;
  const heading = element("h2", { id: uniqueId("dialog-title"), class: "editor-dialog__title" }, title);
  const close = () => dialog.close();
  const dialog = element(
    "dialog",
    { class: `editor-dialog editor-dialog--${kind}`, "aria-labelledby": heading.id },
    element(
      "div",
      { class: "editor-dialog__head" },
      heading,
      element("button", { type: "button", class: "editor-button", onclick: close }, "Close"),
    ),
    content,
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (back) back();
    else before?.focus?.({ preventScroll: true });
    closed();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, close };
}
