/**
 * The focal point of a photo: a click on the picture, or the arrow keys (with Shift in larger steps), set its two number
 * fields, and the crops are shown as they will be. A file that was just chosen is shown before it is uploaded. Without the script the
 * numbers are typed.
 */

// as in articles/photos.py
const CROPS = [
  { ratio: 3 / 2, face: "3:2", words: "in lists" },
  { ratio: 16 / 9, face: "16:9", words: "shared and above the text" },
  { ratio: 4 / 3, face: "4:3", words: "in search engines" },
  { ratio: 1, face: "1:1", words: "in feeds" },
];
const box = document.querySelector("[data-focal]");
const across = document.querySelector("[data-focal-x]");
const down = document.querySelector("[data-focal-y]");
const file = document.querySelector("[data-picture]");

const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const part = (field) => Math.min(Math.max(Number(field.value) || 0, 0), 1);
const rounded = (value) => String(Math.round(Math.min(Math.max(value, 0), 1) * 1000) / 1000);

function set(x, y) {
  for (const [field, value] of [[across, x], [down, y]]) {
    field.value = rounded(value);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** The largest box of `ratio` around the focal point, as articles.photos.crop_box has it, in pixels of the picture. */
function cropBox(ratio, width, height) {
  const w = Math.min(width, height * ratio);
  const h = Math.min(height, width / ratio);
  const x = Math.min(Math.max(part(across) * width - w / 2, 0), width - w);
  const y = Math.min(Math.max(part(down) * height - h / 2, 0), height - h);
  return { x, y, w, h };
}

/** Show `src` with its focal point and its crop. */
function show(src, width, height) {
  const unit = Math.max(width, height) / 100;
  const frame = svg("rect", { class: "focal__frame" });
  const mark = svg("g", { class: "focal__mark" }, svg("circle", { r: unit * 3 }), svg("circle", { r: unit * 0.6 }));
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  drawing.append(svg("image", { href: src, width, height }), frame, mark);
  const target = document.createElement("button");
  target.type = "button";
  target.className = "focal__target";
  target.append(drawing);
  box.querySelector("[data-focal-picture]").replaceChildren(target);

  const crops = CROPS.map(({ ratio, face, words }) => {
    const view = svg("svg", { role: "img", "aria-label": `The crop ${face}` });
    view.append(svg("image", { href: src, width, height }));
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = `${face}, ${words}`;
    figure.append(view, caption);
    return { ratio, view, figure };
  });
  box.querySelector("[data-focal-crops]").replaceChildren(...crops.map(({ figure }) => figure));

  const draw = () => {
    for (const { ratio, view } of crops) {
      const { x, y, w, h } = cropBox(ratio, width, height);
      view.setAttribute("viewBox", `${x} ${y} ${w} ${h}`);
      if (ratio !== CROPS[0].ratio) continue;
      for (const [name, value] of Object.entries({ x, y, width: w, height: h })) frame.setAttribute(name, value);
    }
    mark.setAttribute("transform", `translate(${part(across) * width} ${part(down) * height})`);
    const percent = (field) => `${Math.round(part(field) * 100)} %`;
    target.setAttribute(
      "aria-label",
      `Focal point: ${percent(across)} across, ${percent(down)} down. Click where it is, or use the arrow keys, with Shift in larger steps.`,
    );
  };
  across.oninput = down.oninput = draw;
  draw();

  target.addEventListener("click", (event) => {
    if (!event.detail) return; // pressed by a key: there is no place to go to
    const { left, top, width: w, height: h } = drawing.getBoundingClientRect();
    set((event.clientX - left) / w, (event.clientY - top) / h);
  });
  target.addEventListener("keydown", (event) => {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] || [];
    if (x === undefined) return;
    event.preventDefault();
    const step = event.shiftKey ? 0.1 : 0.01;
    set(part(across) + x * step, part(down) + y * step);
  });
}

if (box && across && down) {
  const image = box.querySelector("svg image");
  if (image) show(image.getAttribute("href"), Number(image.getAttribute("width")), Number(image.getAttribute("height")));

  file?.addEventListener("change", () => {
    const [chosen] = file.files;
    if (!chosen) return;
    const preview = new Image();
    const url = URL.createObjectURL(chosen);
    preview.addEventListener("load", () => show(url, preview.naturalWidth, preview.naturalHeight));
    preview.addEventListener("error", () => URL.revokeObjectURL(url)); // saving says what is wrong with it
    preview.src = url;
  });
}
