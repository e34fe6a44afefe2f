/** Words and reading time of the text, counted as `articles.body` counts them: without captions and pull quotes. */

import { element, later } from "editor/dom";

/** Return how many words a reader reads in `doc`. */
export function wordCount(doc) {
  let count = 0;
  doc.descendants((node) => {
    if (node.type.name === "photo" || node.type.name === "pullQuote") return false;
    if (!node.isTextblock) return true;
    const text = node.textBetween(0, node.content.size, null, "\n");
    count += text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
    return false;
  });
  return count;
}

/** Show the count of `editor` live. It is read out only when another hundred is reached, and after a pause. */
export function showWordCount(editor, wordsPerMinute) {
  const shown = element("span", { class: "editor-count" });
  const spoken = element("span", { class: "editor-unseen", role: "status" });
  let said = null;
  const sentence = () => {
    const words = wordCount(editor.state.doc);
    const minutes = Math.max(1, Math.round(words / wordsPerMinute));
    return { words, text: `${words} ${words === 1 ? "word" : "words"}, ${minutes} min to read` };
  };
  const show = () => (shown.textContent = sentence().text);
  const speak = () => {
    const { words, text } = sentence();
    const hundred = Math.floor(words / 100);
    if (said !== null && said !== hundred) spoken.textContent = text;
    said = hundred;
  };
  const showLater = later(show, 200);
  const speakLater = later(speak, 3000);
  editor.on("update", () => {
    showLater();
    speakLater();
  });
  show();
  speak();
  return element("span", {}, shown, spoken);
}
