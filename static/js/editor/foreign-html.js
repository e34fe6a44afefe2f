/**
 * What is pasted from Word, Google Docs, LibreOffice or a web page becomes the few elements that a body has.
 *
 * `cleanPasted` reads the foreign HTML and writes new elements from a short list, so nothing outside of that list
 * (styles, classes, comments, smart tags, pictures of other sites) can come through.
 */

import { linkAddress } from "editor/link-address";

// Trusted Types: what is parsed here is inert, in a document that nobody sees
const plain = { createHTML: (text) => text };
const unseen = window.trustedTypes?.createPolicy("unseen", plain) ?? plain;

const HEADINGS = { H1: "h2", H2: "h2", H3: "h3", H4: "h3", H5: "h3", H6: "h3" };
const set = (tags) => new Set(tags.split(" "));
const DROPPED = set(
  "HEAD META LINK STYLE SCRIPT TITLE TEMPLATE NOSCRIPT IFRAME OBJECT EMBED SVG MATH AUDIO VIDEO CANVAS SELECT " +
    "TEXTAREA INPUT BUTTON XML",
);
const BLOCKS = set(
  "P DIV SECTION ARTICLE ASIDE HEADER FOOTER MAIN NAV ADDRESS PRE TABLE THEAD TBODY TFOOT TR TD TH CAPTION DL DT DD " +
    "FIGURE FIGCAPTION CENTER DETAILS SUMMARY FIELDSET FORM UL OL LI BLOCKQUOTE HR",
);

/** Return `{ html, pictures }`: the cleaned HTML, and how many pictures were left out of it. */
export function cleanPasted(html) {
  const source = parseForeign(html);
  const pictures = [...source.querySelectorAll("img, v\\:imagedata")].filter((img) => !isSpacer(img)).length;
  wordLists(source);
  const target = document.implementation.createHTMLDocument("").body;
  writeBlocks(source, target, {});
  const only = target.firstChild;
  // words within a sentence: with this mark, ProseMirror keeps the spaces at their ends
  if (target.childNodes.length === 1 && only.nodeName === "P") only.setAttribute("data-pm-slice", "1 1 []");
  return { html: target.innerHTML, pictures };
}

/** Parse foreign HTML into a document that nobody sees, and return its body. */
export function parseForeign(html) {
  const body = new DOMParser().parseFromString(unseen.createHTML(inert(html)), "text/html").body;
  // Google Docs and the clipboard of Windows mark where the copied part begins and ends
  for (const comment of comments(body)) comment.remove();
  return body;
}

/**
 * Return `html` with nothing in it that could act: no style or script element, and its style and event attributes
 * renamed (`data-style` is read below). The page's policy allows none of them, and the browser reports each one that
 * it meets, even in a document that nobody sees.
 */
export function inert(html) {
  return html
    .replace(/<(style|script)\b[\s\S]*?<\/\1\s*>/gi, "")
    .replace(/<[a-z][^\s>/]*(?:[^>"']|"[^"]*"|'[^']*')*>/gi, (tag) =>
      tag.replace(/([\s"'/])(style|on[a-z]+)(\s*=)/gi, "$1data-$2$3"),
    );
}

function comments(root) {
  const walker = root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_COMMENT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  return found;
}

const style = (node) => (node.getAttribute("data-style") || "").toLowerCase();

function property(node, name) {
  return new RegExp(`(?:^|;)\\s*${name}\\s*:\\s*([\\w-]+)`).exec(style(node))?.[1];
}

/** Hidden text, and Word's comments with their marks in the text, are not meant for a reader. */
function isDropped(node) {
  if (DROPPED.has(node.nodeName.toUpperCase())) return true;
  if (/mso-element:\s*(comment|footnote)|mso-hide:\s*all|display:\s*none/.test(style(node))) return true;
  return /\b(MsoComment|msocom)/i.test(node.getAttribute("class") || "");
}

/** A one-pixel picture counts somebody's readers; nobody misses it. */
const isSpacer = (img) => img.getAttribute("width") === "1" || img.getAttribute("height") === "1";

// --- lists of Word -------------------------------------------------------------------------------------------------
const MARKER = /^[\s\u00a0]*(?:([·•▪◦§o\uf0b7\uf0a7\u2013-])|\(?((?:\d{1,3}|[a-z]|[ivxlc]{1,6})[.)]))[\s\u00a0]+/i;

/** Word writes a list as paragraphs that carry level, list and a typed marker: make real, nested lists of them. */
function wordLists(root) {
  for (const first of [...root.querySelectorAll("p, h1, h2, h3, h4, h5, h6")]) {
    if (!first.isConnected || !wordItem(first)) continue;
    const lists = []; // the open list of each level
    let paragraph = first;
    let item = wordItem(first);
    const base = item.level;
    const list = item.list;
    const top = root.ownerDocument.createElement(item.ordered ? "ol" : "ul");
    first.before(top);
    lists.push(top);
    while (item && item.list === list) {
      const next = nextParagraph(paragraph);
      const depth = Math.min(Math.max(item.level - base, 0), lists.length);
      lists.length = Math.min(lists.length, depth + 1);
      if (!lists[depth]) {
        const inner = root.ownerDocument.createElement(item.ordered ? "ol" : "ul");
        (lists[depth - 1].lastElementChild || lists[depth - 1]).append(inner);
        lists.push(inner);
      }
      const li = root.ownerDocument.createElement("li");
      const p = root.ownerDocument.createElement("p");
      item.marker();
      p.append(...paragraph.childNodes);
      li.append(p);
      lists[depth].append(li);
      paragraph.remove();
      paragraph = next;
      item = paragraph && wordItem(paragraph);
    }
  }
}

function nextParagraph(paragraph) {
  let next = paragraph.nextSibling;
  while (next && next.nodeType !== Node.ELEMENT_NODE && !next.textContent.trim()) next = next.nextSibling;
  return next?.nodeType === Node.ELEMENT_NODE ? next : null;
}

/** Return level, list, kind and a function that takes the typed marker away, or null when it is no list paragraph. */
function wordItem(paragraph) {
  const said = /mso-list:\s*(l\d+)\s+level(\d+)/.exec(style(paragraph));
  const marked = paragraph.querySelector('[data-style*="mso-list" i][data-style*="ignore" i]');
  if (said) {
    const text = marked ? marked.textContent : (MARKER.exec(paragraph.textContent)?.[0] ?? "");
    const ordered = /[\da-z]/i.test(text) && !/^[\s\u00a0]*[o§][\s\u00a0]*$/.test(text);
    const marker = marked ? () => marked.remove() : () => cutText(paragraph, text.length);
    return { level: Number(said[2]), list: said[1], ordered, marker };
  }
  if (!/\bMsoListParagraph/.test(paragraph.className)) return null;
  const typed = MARKER.exec(paragraph.textContent);
  if (!typed) return null;
  return { level: 1, list: "typed", ordered: Boolean(typed[2]), marker: () => cutText(paragraph, typed[0].length) };
}

/** Take the first `length` characters of text out of `node`. */
function cutText(node, length) {
  const walker = node.ownerDocument.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  let left = length;
  for (const text of texts) {
    const part = Math.min(left, text.data.length);
    text.deleteData(0, part);
    left -= part;
    if (!left) return;
  }
}

// --- writing -------------------------------------------------------------------------------------------------------
/** Append what is in `source` to `target` as blocks; text that stands between blocks gets paragraphs of its own. */
function writeBlocks(source, target, marks) {
  let run = null;
  const inline = (node) => {
    if (!run) {
      run = target.ownerDocument.createElement("p");
      target.append(run);
    }
    writeInline(node, run, marks);
  };
  for (const node of source.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      if (run || /[^ \t\r\n\f]/.test(node.data)) inline(node);
    } else if (node.nodeType !== Node.ELEMENT_NODE || isDropped(node)) {
      continue;
    } else if (node.nodeName === "BR") {
      // two breaks in a row are a new paragraph; one between blocks (Google Docs) is nothing
      if (run?.lastChild?.nodeName === "BR") {
        run.lastChild.remove();
        finish(run);
        run = null;
      } else if (run) {
        run.append(target.ownerDocument.createElement("br"));
      }
    } else if (isBlock(node)) {
      if (run) finish(run);
      run = null;
      writeBlock(node, target, marks);
    } else {
      inline(node);
    }
  }
  if (run) finish(run);
}

function writeBlock(node, target, marks) {
  const make = (tag) => {
    const made = target.ownerDocument.createElement(tag);
    target.append(made);
    return made;
  };
  const tag = node.nodeName;
  if (tag in HEADINGS) {
    const heading = make(HEADINGS[tag]);
    writeInlineOf(node, heading, { plain: true });
    finish(heading);
  } else if (tag === "UL" || tag === "OL") {
    const list = make(tag.toLowerCase());
    writeItems(node, list);
    if (!list.firstChild) list.remove();
  } else if (tag === "BLOCKQUOTE") {
    const quote = make("blockquote");
    writeBlocks(node, quote, {});
    if (!quote.firstChild) quote.remove();
  } else if (tag === "HR") {
    make("hr");
  } else if (tag === "LI") {
    const list = make("ul");
    writeItem(node, list);
  } else {
    writeBlocks(node, target, marksOf(node, marks));
  }
}

function writeItems(node, list) {
  for (const child of node.children) {
    const tag = child.nodeName;
    if (tag === "LI") {
      writeItem(child, list);
    } else if (tag === "UL" || tag === "OL") {
      // Google Docs and Word nest a list beside its item instead of inside it
      if (!list.lastElementChild) list.append(list.ownerDocument.createElement("li"));
      writeBlock(child, list.lastElementChild, {});
    } else {
      writeItems(child, list);
    }
  }
}

function writeItem(node, list) {
  const item = list.ownerDocument.createElement("li");
  writeBlocks(node, item, {});
  if (item.firstChild) list.append(item);
}

function isBlock(node) {
  if (BLOCKS.has(node.nodeName) || node.nodeName in HEADINGS) return true;
  // an inline element around blocks: Google Docs wraps all of it in <b style="font-weight:normal">
  return [...node.children].some(isBlock);
}

function writeInlineOf(node, target, marks) {
  for (const child of node.childNodes) writeInline(child, target, marks);
}

function writeInline(node, target, marks) {
  if (node.nodeType === Node.TEXT_NODE) {
    // the browser puts a space at an end on the clipboard as one that does not break
    const spaces = node.parentNode.className === "Apple-converted-space" ? /[\s\u00a0]+/g : /[ \t\r\n\f]+/g;
    const text = node.data.replace(spaces, " ");
    if (text) target.append(marked(target.ownerDocument, text, marks));
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE || isDropped(node)) return;
  if (node.nodeName === "BR") target.append(target.ownerDocument.createElement("br"));
  else writeInlineOf(node, target, marksOf(node, marks));
}

/** Return the marks that hold inside of `node`. What its style says wins over what its tag says. */
function marksOf(node, marks) {
  const inside = { ...marks };
  if (/^(B|STRONG)$/.test(node.nodeName)) inside.bold = true;
  if (/^(I|EM)$/.test(node.nodeName)) inside.italic = true;
  const weight = property(node, "font-weight");
  if (weight) inside.bold = /^bold/.test(weight) || Number(weight) >= 600;
  const slant = property(node, "font-style");
  if (slant) inside.italic = slant === "italic" || slant === "oblique";
  if (node.nodeName === "A") {
    const address = linkAddress(unwrapped(node.getAttribute("href") || ""));
    // an anchor of the other document leads nowhere here
    if (address && !address.startsWith("#")) inside.link = address;
  }
  return inside;
}

/** Google Docs and Google's mail send every link through their own address: return the one behind it. */
function unwrapped(address) {
  try {
    const url = new URL(address);
    if (/^(www\.)?google\.[a-z.]+$/.test(url.hostname) && url.pathname === "/url") {
      return url.searchParams.get("q") || url.searchParams.get("url") || address;
    }
  } catch {
    // no whole address: linkAddress decides
  }
  return address;
}

function marked(document, text, marks) {
  let node = document.createTextNode(text);
  const wrap = (tag) => {
    const outer = document.createElement(tag);
    outer.append(node);
    node = outer;
  };
  if (marks.bold && !marks.plain) wrap("strong");
  if (marks.italic) wrap("em");
  if (marks.link) {
    wrap("a");
    node.setAttribute("href", marks.link);
  }
  return node;
}

/** Drop breaks at both ends of a block, and the block itself when nothing is left in it. */
function finish(block) {
  while (block.firstChild?.nodeName === "BR") block.firstChild.remove();
  while (block.lastChild?.nodeName === "BR") block.lastChild.remove();
  if (!/[^\s\u00a0]/.test(block.textContent)) block.remove();
}
