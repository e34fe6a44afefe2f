/**
 * What is missing before the article may be published, kept up to date while it is written.
 *
 * The page marks a list `ul[data-missing]` with the address of the check in `data-missing-url`; its items are replaced
 * by the sentences that the server's own rule has for the unsaved form. `[data-missing-none]` is shown when there are
 * none. Without the script the list says what was missing when the page was made.
 */

import { element, later } from "editor/dom";
import { onFacts } from "editor/library";
import { ask } from "editor/server";

export function followMissing(form) {
  const list = form.ownerDocument.querySelector("[data-missing]");
  if (!list) return;
  const none = form.ownerDocument.querySelector("[data-missing-none]");
  const url = list.dataset.missingUrl;
  let asking = null;

  const show = (sentences) => {
    const before = [...list.children].map((item) => item.textContent.trim());
    if (before.join("\n") !== sentences.join("\n")) {
      list.replaceChildren(...sentences.map((sentence) => element("li", {}, sentence)));
    }
    list.hidden = !sentences.length;
    if (none) none.hidden = sentences.length > 0;
  };

  const check = async () => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    try {
      const { missing } = await ask(url, { data, signal });
      if (!signal.aborted) show(missing);
    } catch {
      // the list stays as it was: saving says the same again
    }
  };
  const checkLater = later(check, 1000);
  form.addEventListener("input", checkLater);
  form.addEventListener("change", checkLater);
  onFacts(checkLater);
}
