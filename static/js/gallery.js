/**
 * The viewer of a gallery: each picture of `[data-gallery]` opens large in a dialog; arrow keys, buttons and a swipe
 * go from one to the next, Escape closes, and the focus is back on the picture that was seen last. What is read out is
 * the counter with the caption. Without the script each tile, a crop, is a link to the whole photo.
 */

const SWIPE = 48; // px across, more than down

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function start(gallery) {
  const figures = [...gallery.querySelectorAll("figure[data-photo]")].filter((figure) => figure.querySelector("a.gallery__open"));
  const title = gallery.getAttribute("aria-label");
  const whole = new Map(); // by figure
  let at = 0;

  const counter = make("p", { class: "viewer__counter" });
  const stage = make("div", { class: "viewer__stage" });
  const words = make("div", { class: "viewer__words" });
  const said = make("div", { "aria-live": "polite", class: "viewer__said" }, counter, words);
  const button = (label, face, action) => {
    const one = make("button", { type: "button", class: "viewer__button", "aria-label": label }, face);
    one.addEventListener("click", action);
    return one;
  };
  const previous = button("Previous photo", "←", () => show(at - 1));
  const next = button("Next photo", "→", () => show(at + 1));
  const close = button("Close", "×", () => dialog.close());
  const dialog = make(
    "dialog",
    { class: "viewer", "aria-label": title },
    stage,
    said,
    make("div", { class: "viewer__buttons" }, previous, next, close),
  );

  const openers = figures.map((figure, index) => {
    const link = figure.querySelector("a.gallery__open");
    const { alt } = figure.querySelector("img");
    const opener = make("button", {
      type: "button",
      class: "gallery__open",
      "aria-haspopup": "dialog",
      "aria-label": `Open photo ${index + 1} of ${figures.length}${alt ? `: ${alt}` : ""}`,
    });
    opener.append(...link.childNodes);
    link.replaceWith(opener);
    whole.set(figure, { alt, src: link.href, ...link.dataset });
    opener.addEventListener("click", () => {
      if (!dialog.isConnected) gallery.append(dialog);
      show(index);
      dialog.showModal();
      (figures.length > 1 ? next : close).focus();
    });
    return opener;
  });

  function show(index) {
    at = (index + figures.length) % figures.length;
    const figure = figures[at];
    const { alt, src, srcset, avif, width, height } = whole.get(figure);
    const sizes = `min(100vw, ${Math.ceil((90 * width) / height)}vh)`; // whole, in a stage that is no higher
    const source = avif ? [make("source", { type: "image/avif", srcset: avif, sizes })] : [];
    stage.replaceChildren(make("picture", {}, ...source, make("img", { alt, sizes, srcset, src, width, height })));
    counter.textContent = `Photo ${at + 1} of ${figures.length}`;
    const caption = figure.querySelector("figcaption");
    words.replaceChildren(...(caption ? [...caption.cloneNode(true).childNodes] : []));
  }

  dialog.addEventListener("keydown", (event) => {
    const rtl = getComputedStyle(dialog).direction === "rtl" ? -1 : 1;
    const to = { ArrowRight: at + rtl, ArrowLeft: at - rtl, Home: 0, End: figures.length - 1 }[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(to);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // beside everything
  dialog.addEventListener("close", () => openers[at].focus());
  for (const one of [previous, next]) one.hidden = figures.length < 2;

  let from = null;
  stage.addEventListener("touchstart", ({ touches }) => {
    from = touches.length === 1 ? { x: touches[0].clientX, y: touches[0].clientY } : null;
  }, { passive: true });
  stage.addEventListener("touchend", ({ changedTouches }) => {
    if (!from) return;
    const x = changedTouches[0].clientX - from.x;
    const y = changedTouches[0].clientY - from.y;
    from = null;
    if (Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y)) show(x < 0 ? at + 1 : at - 1);
  });
}

for (const gallery of document.querySelectorAll("[data-gallery]")) start(gallery);
