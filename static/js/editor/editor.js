/**
 * The body editor: turns each `textarea[data-body-editor]` into the place where an article is written.
 *
 * Without this script the textarea stays, and takes HTML; `articles.body.clean` treats both alike.
 */

import { Editor, Extension, Plugin } from "django-prose-editor/editor";
import { element } from "editor/dom";
import { keepDrafts } from "editor/drafts";
import { Gallery, openGalleries, openGalleryDialog } from "editor/gallery";
import { Steps } from "editor/history";
import { openLibrary } from "editor/library";
import { TextLink } from "editor/link";
import { followMissing } from "editor/missing";
import { noticeRegion } from "editor/notices";
import { Paste } from "editor/paste";
import { Photo } from "editor/photo";
import { openPhotoDialog } from "editor/photo-dialog";
import { PullQuote } from "editor/pull-quote";
import { textExtensions } from "editor/schema";
import { refreshTokenOnSubmit, useCsrfCookie } from "editor/server";
import { toolbar } from "editor/toolbar";
import { Uploads } from "editor/uploads";
import { showWordCount } from "editor/word-count";

function startEditor(textarea) {
  const config = JSON.parse(textarea.dataset.bodyEditor);
  const { form } = textarea;
  useCsrfCookie(config.csrf_cookie);
  openLibrary({ photosUrl: config.photos_url, facts: config.facts });
  openGalleries({ url: config.galleries_url, facts: config.galleries });

  const openPhotos = (editor) =>
    openPhotoDialog({
      back: () => editor.view.focus(),
      mayUpload: config.may_upload,
      choose: (photo) => editor.chain().focus().insertPhotos([photo.id]).run(),
    });

  const openGallery = (editor) =>
    openGalleryDialog({
      back: () => editor.view.focus(),
      choose: (gallery) => editor.chain().focus().insertGallery(gallery.id).run(),
    });

  const notices = noticeRegion();
  const place = element("div", { class: "body-editor__text" });
  const box = element("div", { class: "body-editor" });
  textarea.before(box);
  const editor = new Editor({
    element: place,
    content: textarea.value,
    editable: !textarea.disabled,
    injectCSS: false, // an inline style element: the page's policy allows none
    // “## ” or “- ” at the start of a line is meant; stars and dashes in the midst of one are the writer's own
    enableInputRules: ["heading", "bulletList", "orderedList", "blockquote", "horizontalRule"],
    enablePasteRules: false, // what is pasted says what it said before
    extensions: [
      ...textExtensions,
      Steps,
      TextLink,
      Photo,
      Gallery,
      PullQuote,
      Paste.configure({ say: notices.say }),
      Uploads.configure({ allowed: config.may_upload, say: notices.say }),
      keys(openPhotos),
    ],
    editorProps: { attributes: textAttributes(textarea) },
  });
  const status = element("p", { class: "editor-status" }, showWordCount(editor, config.words_per_minute));
  const bar = toolbar(editor, { label: "Formatting", textId: editor.view.dom.id, openPhotos, openGallery });
  box.append(bar, notices.region, place, status, textarea);
  textarea.hidden = true;

  const write = () => {
    textarea.value = editor.getHTML();
  };
  editor.view.dispatch(editor.state.tr); // what plugins add to any text is there before anything is compared
  write();
  editor.on("update", () => {
    write();
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
  });

  if (!form) return;
  refreshTokenOnSubmit(form);
  followMissing(form);
  if (config.draft) keepDrafts(form, { editor, textarea, status, config: config.draft });
}

/** The label, help text and errors of the field belong to the text that stands in its place. */
function textAttributes(textarea) {
  const id = `${textarea.id}_text`;
  const label = document.querySelector(`label[for="${CSS.escape(textarea.id)}"]`);
  const attributes = { id, class: "body-text", "aria-multiline": "true" };
  if (label) {
    label.id ||= `${textarea.id}_label`;
    attributes["aria-labelledby"] = label.id;
    label.addEventListener("click", () => document.getElementById(id).focus());
  } else {
    attributes["aria-label"] = "Text";
  }
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (textarea.hasAttribute(name)) attributes[name] = textarea.getAttribute(name);
  }
  return attributes;
}

function keys(openPhotos) {
  return Extension.create({
    name: "deskKeys",
    addKeyboardShortcuts() {
      return {
        "Ctrl-Alt-i": () => openPhotos(this.editor) || true,
        "Ctrl-Alt-q": () => this.editor.commands.togglePullQuote(),
      };
    },
    // a key pressed right after another must find the cursor where that one put it: the browser tells it late, and
    // would edit the page itself, past the schema
    addProseMirrorPlugins() {
      return [new Plugin({ props: { handleDOMEvents: { keydown: readCursor, paste: readCursor } } })];
    },
  });
}

function readCursor(view) {
  if (!view.composing) view.domObserver.flush();
  return false;
}

for (const textarea of document.querySelectorAll("textarea[data-body-editor]")) startEditor(textarea);
