/** The dialog that shows a draft beside what is in the form now: only what differs, with the new lines marked. */

import { openDialog } from "editor/dialog";
import { element, moment } from "editor/dom";
import { changedNames, readForm } from "editor/form-fields";

/** Open the dialog for `draft`; its button calls `restore`. `html` names the field that holds the text. */
export function compare(form, draft, html, restore) {
  const now = readForm(form);
  const content = element("div", { class: "draft-compare" });
  for (const name of changedNames(draft.fields, now, html)) {
    const kept = lines(draft.fields[name], name === html);
    const saved = lines(now[name], name === html);
    content.append(
      element("h3", {}, labelOf(form, name)),
      element(
        "div",
        { class: "draft-compare__sides" },
        side(`Kept in this browser, ${moment(draft.at)}`, kept, new Set(saved)),
        side("In the form now", saved, new Set(kept)),
      ),
    );
  }
  const onclick = () => {
    shown.close();
    restore();
  };
  const properties = { type: "button", class: "editor-button editor-button--main", onclick };
  const back = element("button", properties, "Restore the kept text");
  content.append(element("div", { class: "editor-form__buttons" }, back));
  const shown = openDialog({ title: "Compare", content, kind: "compare" });
}

function side(title, own, other) {
  const box = element("div", {}, element("h4", {}, title));
  for (const line of own) {
    box.append(element("p", {}, other.has(line) ? line : element("mark", {}, line)));
  }
  if (!own.length) box.append(element("p", { class: "editor-hint" }, "Empty"));
  return box;
}

function labelOf(form, name) {
  const control = form.elements.namedItem(name.split("=")[0]);
  const label = control?.labels?.[0] || (control?.id && form.querySelector(`label[for="${CSS.escape(control.id)}"]`));
  return label?.textContent.trim().replace(/:$/, "") || name;
}

/** A value as lines of plain text: a paragraph, a list item, a photo is a line each. */
function lines(value, isHtml) {
  if (value === undefined) return [];
  if (typeof value === "boolean") return [value ? "Yes" : "No"];
  if (Array.isArray(value)) return value.map(([, words]) => words);
  if (!isHtml) return value.split(/\r?\n/).filter((line) => line.trim());
  const root = new DOMParser().parseFromString(value.replace(/<br>/g, " "), "text/html").body;
  return [...root.querySelectorAll("p, h2, h3, hr, figure, cite")]
    .map((node) => {
      const words = node.textContent.trim();
      if (node.nodeName === "FIGURE") return `Photo ${node.dataset.photo}${words && `: ${words}`}`;
      return node.nodeName === "HR" ? "Line" : words;
    })
    .filter(Boolean);
}
