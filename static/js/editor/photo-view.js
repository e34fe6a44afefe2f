/**
 * How a photo looks in the text: the picture itself, its caption to write in, and under it what the library knows
 * and what is missing, with a small form to mend that on the spot.
 */

import { pm } from "django-prose-editor/editor";
import { element, uniqueId } from "editor/dom";
import { factsOf, givePicture, lacks, onFacts, savePhoto } from "editor/library";
import { moveDown, moveUp, placeInstead, removePhoto, settleAsCaption, settleAsText, useLibraryCaption } from "editor/photo-verbs";

const { NodeSelection } = pm.state;

export class PhotoView {
  constructor(node, view, getPos, decorations) {
    this.node = node;
    this.view = view;
    this.getPos = getPos;
    this.form = null;
    this.picture = element("div", { class: "body-photo__picture", contenteditable: "false" });
    this.contentDOM = element("div", { class: "body-photo__caption" });
    this.panel = element("div", { class: "body-photo__panel", contenteditable: "false" });
    this.dom = element("figure", { class: "body-photo" }, this.picture, this.contentDOM, this.panel);
    this.picture.addEventListener("mousedown", () => this.select());
    this.picture.addEventListener("dragstart", () => this.select());
    this.dom.addEventListener("photo:details", () => this.openForm());
    this.forget = onFacts((ids) => ids.has(this.node.attrs.photo) && this.draw());
    this.setActive(decorations);
    this.draw();
  }

  get facts() {
    return factsOf(this.node.attrs.photo);
  }

  // --- what ProseMirror asks ---
  update(node, decorations) {
    if (node.type !== this.node.type || node.attrs.photo !== this.node.attrs.photo) return false;
    const redraw = node.attrs !== this.node.attrs;
    this.node = node;
    this.setActive(decorations);
    if (redraw) this.draw();
    return true;
  }

  selectNode() {
    this.dom.classList.add("ProseMirror-selectednode");
  }

  deselectNode() {
    this.dom.classList.remove("ProseMirror-selectednode");
  }

  /** Typing and clicking in picture and panel is ours; dragging, and the editor's keys on a button, are its own. */
  stopEvent({ type, target, ctrlKey, metaKey, altKey }) {
    if (this.contentDOM.contains(target) || /^drag|^drop/.test(type)) return false;
    return !(type === "keydown" && target.nodeName === "BUTTON" && (ctrlKey || metaKey || altKey));
  }

  ignoreMutation(mutation) {
    return !this.contentDOM.contains(mutation.target);
  }

  destroy() {
    this.forget();
  }

  // --- drawing ---
  setActive(decorations) {
    this.active = decorations.some((decoration) => decoration.spec.active);
    this.dom.classList.toggle("is-active", this.active);
    this.reach();
  }

  /** Only the buttons of the photo at the cursor are stops of the Tab key. */
  reach() {
    const on = this.active || this.form;
    for (const control of this.panel.querySelectorAll("button, input, textarea, a")) {
      control.tabIndex = on ? 0 : -1;
    }
  }

  draw() {
    this.drawPicture();
    const focused = this.panel.contains(document.activeElement) && document.activeElement.dataset.name;
    this.panel.replaceChildren(...this.panelParts());
    this.reach();
    if (focused) this.panel.querySelector(`[data-name="${focused}"]`)?.focus({ preventScroll: true });
  }

  drawPicture() {
    const { facts } = this;
    this.dom.dataset.photo = this.node.attrs.photo;
    this.dom.classList.toggle("is-uncertain", this.node.attrs.uncertain);
    if (facts?.url) {
      const shown = this.picture.querySelector("img");
      if (shown?.getAttribute("src") === facts.url) {
        shown.alt = facts.alt;
        return;
      }
      const image = element("img", { src: facts.url, width: facts.width, height: facts.height, draggable: "true" });
      image.alt = facts.alt;
      this.picture.replaceChildren(image);
    } else {
      const words = facts === undefined ? "Loading…" : facts === null ? "Not in the library" : "Awaiting its picture";
      const name = facts?.name && element("span", {}, facts.name);
      this.picture.replaceChildren(element("p", { class: "body-photo__awaiting", draggable: "true" }, words, name));
    }
  }

  panelParts() {
    const { facts } = this;
    const missing = lacks(facts);
    return [
      this.node.attrs.uncertain && this.uncertainPart(),
      facts && this.captionPart(),
      facts?.credit && element("p", { class: "body-photo__credit" }, `Credit: ${facts.credit}`),
      missing && element("p", { class: "body-photo__missing" }, missing),
      this.form || this.buttonsPart(),
    ].filter(Boolean);
  }

  uncertainPart() {
    return element(
      "div",
      { class: "body-photo__question" },
      element("p", {}, "The import was not sure: are these words the caption, or part of the text?"),
      this.button("caption", "It is a caption", () => this.act(settleAsCaption)),
      this.button("text", "It is body text", () => this.act(settleAsText)),
    );
  }

  captionPart() {
    if (this.node.attrs.caption === "library") {
      return element("p", { class: "body-photo__origin" }, "Caption from the library");
    }
    const part = element("p", { class: "body-photo__origin" }, "Caption of this article");
    if (this.facts.caption) {
      part.append(
        this.button("library", "Use the library text again", () => this.act(useLibraryCaption)),
      );
    }
    return part;
  }

  buttonsPart() {
    const { facts } = this;
    return element(
      "div",
      { class: "body-photo__buttons" },
      facts?.can_change && facts.awaiting && this.pictureButton(),
      facts?.can_change && this.button("details", "Credit and description", () => this.openForm()),
      this.button("up", "Move up", () => this.act(moveUp), "Alt+ArrowUp"),
      this.button("down", "Move down", () => this.act(moveDown), "Alt+ArrowDown"),
      this.button("remove", "Remove", () => this.act(removePhoto)),
    );
  }

  /** Do `verb` with this photo and go on in the text: the button may be gone with what it settled. */
  act(verb) {
    verb(this.view, this.getPos());
    this.view.focus();
  }

  button(name, words, action, keys = null) {
    const onclick = (event) => {
      event.preventDefault();
      action();
    };
    const properties = { type: "button", class: "editor-button", "data-name": name, "aria-keyshortcuts": keys, onclick };
    return element("button", properties, words);
  }

  /** Give an awaited photo its picture, here where it stands. */
  pictureButton() {
    const file = element("input", { type: "file", accept: "image/*", hidden: true, tabindex: "-1" });
    const status = element("span", { class: "body-photo__status", role: "status" });
    file.addEventListener("change", async () => {
      if (!file.files.length) return;
      const show = (part) => (status.textContent = `Uploading, ${Math.round(part * 100)} %`);
      show(0);
      try {
        const given = await givePicture(this.node.attrs.photo, file.files[0], show);
        if (given.id !== this.node.attrs.photo) this.act((view, pos) => placeInstead(view, pos, given.id));
      } catch (error) {
        status.textContent = error.message;
        file.value = "";
      }
    });
    return element("span", {}, this.button("picture", "Upload the picture", () => file.click()), file, status);
  }

  // --- the form for credit and description ---
  openForm() {
    const { facts } = this;
    if (!facts?.can_change || this.form) return;
    const ids = { credit: uniqueId("credit"), alt: uniqueId("alt"), hint: uniqueId("hint") };
    const credit = element("input", { id: ids.credit, type: "text", "data-name": "credit", autocomplete: "off" });
    const alt = element("textarea", { id: ids.alt, rows: 2, "data-name": "alt", "aria-describedby": ids.hint });
    const decorative = element("input", { type: "checkbox", "data-name": "decorative" });
    const error = element("p", { class: "editor-error", role: "alert" });
    credit.value = facts.credit;
    alt.value = facts.alt;
    decorative.checked = facts.decorative;
    const follow = () => (alt.disabled = decorative.checked);
    decorative.addEventListener("change", follow);
    follow();

    const save = async () => {
      const values = { credit: credit.value, alt: alt.value };
      if (decorative.checked) values.decorative = "on";
      error.textContent = "";
      try {
        await savePhoto(this.node.attrs.photo, values);
        this.closeForm();
      } catch (failure) {
        error.textContent = failure.message;
      }
    };
    this.form = element(
      "div",
      { class: "editor-form body-photo__form", role: "group", "aria-label": "Credit and description" },
      element("label", { for: ids.credit }, "Credit"),
      credit,
      element("label", { for: ids.alt }, "Alternative text"),
      alt,
      element("p", { id: ids.hint, class: "editor-hint" }, "What the picture shows, for those who cannot see it."),
      element("label", { class: "editor-form__check" }, decorative, " Decorative: it says nothing that the text does not"),
      error,
      element(
        "div",
        { class: "editor-form__buttons" },
        this.button("save", "Save in the library", save),
        this.button("cancel", "Cancel", () => this.closeForm()),
        element("a", { href: facts.change_url, target: "_blank", rel: "noopener" }, "Open in the library"),
      ),
    );
    // these fields stand inside the article's own form: Enter must not send that
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.closeForm();
      else if (event.key === "Enter" && event.target.matches("input")) save();
      else return;
      event.preventDefault();
    });
    this.draw();
    credit.focus();
  }

  closeForm() {
    this.form = null;
    this.draw();
    this.select();
    this.view.focus();
  }

  select() {
    const pos = this.getPos();
    if (pos === undefined) return;
    const { state } = this.view;
    this.view.dispatch(state.tr.setSelection(NodeSelection.create(state.doc, pos)));
  }
}
