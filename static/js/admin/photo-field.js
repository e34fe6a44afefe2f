/**
 * Choosing one photo of the library, in the dialog that the body editor has as well. `[data-photo-field]` names the
 * field with the number of the photo; without the script that number is typed or looked up.
 */

import { element } from "editor/dom";
import { factsOf, givePicture, inquire, lacks, learn, onFacts } from "editor/library";
import { openPhotoDialog } from "editor/photo-dialog";
import { ask } from "editor/server";

const config = JSON.parse(document.querySelector("[data-body-editor]")?.dataset.bodyEditor || "{}");

function button(words, action) {
  return element("button", { type: "button", class: "editor-button", onclick: action }, words);
}

/** Ask for what is known of the photos on this page: one of them may have been changed in the library meanwhile. */
async function refresh() {
  const fields = [...document.querySelectorAll("[data-photo-field]")].map((box) => document.getElementById(box.dataset.photoField).value);
  const figures = [...document.querySelectorAll("figure[data-photo]")].map((figure) => figure.dataset.photo);
  const ids = [...new Set([...fields, ...figures])].filter(Boolean);
  if (!ids.length) return;
  try {
    learn((await ask(`${config.photos_url}?${new URLSearchParams(ids.map((id) => ["id", id]))}`)).photos);
  } catch {
    // what is shown is what was known before
  }
}

function startField(box) {
  const field = document.getElementById(box.dataset.photoField);
  const shown = box.querySelector("[data-photo-shown]");
  const buttons = box.querySelector("[data-photo-buttons]");
  const id = () => Number(field.value) || null;

  const set = (value) => {
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const choose = button("Choose a photo…", () =>
    openPhotoDialog({ mayUpload: config.may_upload, choose: (photo) => set(photo.id), back: () => choose.focus() }),
  );
  const remove = button("Remove", () => {
    set("");
    choose.focus();
  });
  const file = element("input", { type: "file", accept: "image/*", hidden: true, tabindex: "-1" });
  const upload = button("Upload the picture", () => file.click());
  const status = element("span", { class: "photo-field__status", role: "status" });
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    try {
      const given = await givePicture(id(), chosen, (part) => (status.textContent = `Uploading, ${Math.round(part * 100)} %`));
      status.textContent = "";
      if (given.id !== id()) set(given.id);
    } catch (error) {
      status.textContent = error.message;
    }
    file.value = "";
  });
  const open = element("a", { class: "editor-button", target: "_blank", rel: "noopener" }, "Credit and description");

  const draw = () => {
    const facts = id() ? factsOf(id()) : undefined;
    remove.hidden = !id();
    open.hidden = !facts?.can_change;
    upload.hidden = !(facts?.can_change && facts.awaiting);
    if (facts) open.href = facts.change_url;
    choose.textContent = id() ? "Choose another…" : "Choose a photo…";
    if (!id()) shown.replaceChildren();
    if (!id() || facts === undefined) return;
    const picture = facts?.thumbnail
      ? element("img", { src: facts.thumbnail, alt: "", width: facts.width, height: facts.height })
      : element("span", { class: "awaiting" }, "Awaiting its picture");
    shown.replaceChildren(
      element("span", { class: "photo-field__picture" }, picture),
      element(
        "span",
        { class: "photo-field__words" },
        element("span", { class: "photo-field__caption" }, facts?.caption || facts?.name || "No caption"),
        element("span", { class: "photo-field__facts" }, facts?.credit || "No credit yet"),
        lacks(facts) && element("span", { class: "photo-field__missing" }, lacks(facts)),
      ),
    );
  };
  const follow = () => {
    draw();
    if (id()) inquire([id()]);
  };

  box.querySelector("[data-photo-number]").hidden = true;
  buttons.append(upload, choose, remove, open, file, status);
  field.addEventListener("change", follow);
  onFacts((ids) => ids.has(id()) && draw());
  follow();
}

for (const box of document.querySelectorAll("[data-photo-field]")) startField(box);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && refresh());
