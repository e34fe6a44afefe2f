/** A picture that the library has already, or one that looks like it: nothing is stored until somebody says what is meant. */

import { openDialog } from "editor/dialog";
import { element } from "editor/dom";

/**
 * Ask about the file `name`. Returns the photo of the library that is meant, "keep" where the file is to be stored (the
 * words of that button are `keep`), or null for neither.
 */
export function askAboutDuplicates(name, photos, keep) {
  return new Promise((resolve) => {
    let meant = null;
    const answer = (value) => () => {
      meant = value;
      shown.close();
    };
    const words = photos.some(({ exact }) => exact)
      ? `The library has “${name}” already.`
      : `The library has a picture that looks like “${name}”.`;
    const ours = photos.map((photo, index) =>
      element(
        "li",
        { class: "duplicate" },
        photo.thumbnail && element("img", { src: photo.thumbnail, alt: "", width: photo.width, height: photo.height }),
        element("span", {}, `${photo.caption || photo.name}. ${photo.credit || "No credit yet"}.`),
        element(
          "button",
          { type: "button", class: "editor-button", autofocus: index === 0, onclick: answer(photo) },
          "Use this one",
        ),
      ),
    );
    const shown = openDialog({
      title: words,
      kind: "duplicates",
      content: element(
        "div",
        {},
        element("ul", { class: "duplicates" }, ...ours),
        element("button", { type: "button", class: "editor-button", onclick: answer("keep") }, keep),
      ),
      closed: () => resolve(meant),
    });
  });
}
