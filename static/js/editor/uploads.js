/**
 * Picture files that are dropped or pasted into the text: each is uploaded to the library and placed where it was
 * dropped, however much was typed meanwhile.
 */

import { Extension, Plugin, pm } from "django-prose-editor/editor";
import { element } from "editor/dom";
import { parseForeign } from "editor/foreign-html";
import { uploadPhoto } from "editor/library";

const { PluginKey } = pm.state;
const { Decoration, DecorationSet } = pm.view;
const { Slice, Fragment } = pm.model;
const { dropPoint } = pm.transform;

const key = new PluginKey("uploads");

export const Uploads = Extension.create({
  name: "uploads",

  addOptions: () => ({ allowed: true, say: () => {} }),

  addProseMirrorPlugins() {
    const { editor, options } = this;
    const take = (files, pos) => {
      const pictures = files.filter((file) => file.type.startsWith("image/"));
      const others = files.filter((file) => !file.type.startsWith("image/"));
      if (others.length) options.say(`Only pictures can stand in the text: “${others[0].name}” was left out.`);
      if (pictures.length && !options.allowed) options.say("You may not add pictures to the library.");
      else for (const file of pictures) upload(editor, file, pos, options.say);
    };
    return [
      new Plugin({
        key,
        state: {
          init: () => DecorationSet.empty,
          apply(tr, places) {
            const { add, remove } = tr.getMeta(key) || {};
            const moved = places.map(tr.mapping, tr.doc);
            if (add) return moved.add(tr.doc, [add]);
            return remove ? moved.remove(moved.find(null, null, (spec) => spec.id === remove)) : moved;
          },
        },
        props: {
          decorations: (state) => key.getState(state),
          handleDrop(view, event, slice, moved) {
            const files = [...(event.dataTransfer?.files || [])];
            if (moved || view.dragging || !files.length) return false;
            const at = view.posAtCoords({ left: event.clientX, top: event.clientY });
            take(files, blockPosition(view.state, at ? at.pos : view.state.selection.to));
            return true;
          },
          handlePaste(view, event) {
            const files = [...(event.clipboardData?.files || [])];
            if (!files.length || hasText(event.clipboardData)) return false;
            take(files, null);
            return true;
          },
        },
      }),
    ];
  },
});

/** Word puts a picture of the copied text beside the text: the text is meant then. A lone <img> is none. */
function hasText(clipboard) {
  const html = clipboard.getData("text/html");
  if (!html) return Boolean(clipboard.getData("text/plain"));
  return /\S/.test(parseForeign(html).textContent);
}

/** Return the place nearest to `pos` where a photo may stand. */
function blockPosition(state, pos) {
  const photo = state.schema.nodes.photo.createAndFill();
  return dropPoint(state.doc, pos, new Slice(Fragment.from(photo), 0, 0)) ?? state.doc.content.size;
}

async function upload(editor, file, pos, say) {
  const { state, view } = editor;
  const id = {};
  const words = element("span", {}, `Uploading “${file.name}”…`);
  const bar = element("progress", { max: 1, value: 0, "aria-label": `Uploading ${file.name}` });
  const place = element("div", { class: "body-editor__upload", contenteditable: "false" }, words, bar);
  const { selection } = state;
  const at = pos ?? (selection.$to.depth ? selection.$to.after(1) : selection.to);
  view.dispatch(state.tr.setMeta(key, { add: Decoration.widget(at, place, { id, side: 1 }) }));
  const placed = () => key.getState(editor.state).find(null, null, (spec) => spec.id === id)[0]?.from;
  try {
    const photo = await uploadPhoto(file, (part) => (bar.value = part));
    const where = placed();
    view.dispatch(editor.state.tr.setMeta(key, { remove: id }));
    // the place is gone when the text around it was deleted meanwhile: the photo is in the library all the same
    if (where === undefined) say(`“${file.name}” is in the library now; its place in the text is gone.`);
    else editor.commands.insertPhotos([photo.id], where);
  } catch (error) {
    view.dispatch(editor.state.tr.setMeta(key, { remove: id }));
    say(error.message, { kind: "error" });
  }
}
