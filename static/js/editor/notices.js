/** Sentences that the editor says under its toolbar: seen, read out once, and closed by hand. */

import { element } from "editor/dom";

/** Return `{ region, say }`; `say(text)` shows a notice. */
export function noticeRegion() {
  const region = element("div", { class: "editor-notices", role: "status" });
  const say = (text, { kind = "note" } = {}) => {
    const remove = () => notice.remove();
    const close = { type: "button", class: "editor-button", "aria-label": "Close this note", onclick: remove };
    const notice = element(
      "p",
      { class: `editor-notice editor-notice--${kind}` },
      element("span", {}, text),
      element("button", close, "×"),
    );
    region.append(notice);
  };
  return { region, say };
}
