/* data-body: words that are selected in an article can be passed on. The link leads to the very words where a browser
   knows text fragments (https://wicg.github.io/scroll-to-text-fragment/), else to their paragraph. */
const LONGEST = 300; // characters; what is longer is named by its beginning and its end
const WORDS = 6;
const SHOWN_FOR = 2500; // ms

const body = document.querySelector("article[data-article] [data-body]");
const canonical = document.querySelector("link[rel=canonical]")?.href;

/* In a text fragment a comma parts, a hyphen marks context and an ampersand begins another: all three are escaped. */
export function encode(text) {
  return encodeURIComponent(text).replaceAll("-", "%2D");
}

export function directive(text, acrossParagraphs) {
  const words = text.trim().split(/\s+/u);
  if (!acrossParagraphs && text.trim().length <= LONGEST) return encode(words.join(" "));
  const most = Math.min(WORDS, Math.floor(words.length / 2));
  if (!most) return encode(words.join(" "));
  return `${encode(words.slice(0, most).join(" "))},${encode(words.slice(-most).join(" "))}`;
}

function paragraphOf(node) {
  return (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest("[data-body] > [id^=p-]");
}

function chosen() {
  const selection = document.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const text = selection.toString().replace(/\s+/gu, " ").trim();
  if (!text || !body.contains(range.commonAncestorContainer)) return null;
  const blocks = "p, li, h2, h3, figcaption, cite";
  const block = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement).closest(blocks);
  const across = /\n/.test(selection.toString().trim()) || block(range.startContainer) !== block(range.endContainer);
  const paragraph = paragraphOf(range.startContainer)?.id ?? "";
  return { text, paragraph, address: `${canonical}#${paragraph}:~:text=${directive(text, across)}` };
}

function bar() {
  const bar = document.createElement("div");
  bar.className = "share-bar";
  bar.hidden = true;
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "Pass on the selected words");
  const button = (words, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn--line btn--small";
    made.textContent = words;
    made.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the selection
    made.addEventListener("click", act);
    bar.append(made);
    return made;
  };
  const said = document.createElement("span");
  said.className = "share-bar__said";
  said.setAttribute("role", "status");
  let quiet = 0;
  const copy = async (text, word) => {
    clearTimeout(quiet); // the word of an earlier copy does not take this one away
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = word;
    } catch {
      said.textContent = "Not allowed here";
    }
    quiet = setTimeout(() => (said.textContent = ""), SHOWN_FOR);
  };
  let current = null;
  button("Copy quotation and link", () => copy(`“${current.text}”\n${current.address}`, "Quotation copied"));
  const toParagraph = button("Copy link to the paragraph", () =>
    copy(`${canonical}#${current.paragraph}`, "Link copied"),
  );
  if (navigator.share) {
    button("Share …", () =>
      navigator.share({ text: `“${current.text}”`, url: current.address }).catch(() => {}),
    );
  }
  bar.append(said);
  return {
    element: bar,
    show(what) {
      if (what) current = what;
      toParagraph.hidden = !current?.paragraph;
      bar.hidden = !what && !bar.contains(document.activeElement);
    },
  };
}

if (body && canonical && navigator.clipboard) {
  const made = bar();
  body.after(made.element);
  document.addEventListener("selectionchange", () => made.show(chosen()));
}
