/** Undo: what a button, a key, a paste or a drop does is one step, whatever was typed just before and after it. */

import { Extension, Plugin, pm } from "django-prose-editor/editor";

const { closeHistory } = pm.history;

/** Mark `tr` as a step of its own, and return it. */
export function oneStep(tr) {
  return closeHistory(tr).setMeta("oneStep", true);
}

export const Steps = Extension.create({
  name: "steps",
  addProseMirrorPlugins: () => [
    new Plugin({
      appendTransaction: (transactions, _, state) =>
        transactions.some((tr) => tr.getMeta("oneStep") || tr.getMeta("uiEvent")) ? closeHistory(state.tr) : null,
      props: { handleDOMEvents: { paste: endStep, drop: endStep, cut: endStep } },
    }),
  ],
});

function endStep(view) {
  view.dispatch(closeHistory(view.state.tr));
  return false;
}
