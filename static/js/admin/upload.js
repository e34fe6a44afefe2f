/**
 * Many pictures at once, on the page where they are brought in (`[data-upload]`): dropped or chosen, each goes on its
 * way by itself, with its own progress, and what is refused says why while the others go on. What the library has
 * already is shown before anything is stored. Without the script the form sends all of them together.
 */

const AT_ONCE = 2;
const SENTENCES = {
  0: "The server cannot be reached. Please check the connection and try again.",
  413: "The server takes no file of this size.",
};

const form = document.querySelector("[data-upload]");
const list = form.querySelector("[data-upload-files]");
const said = form.querySelector("[data-upload-said]");
const drop = form.querySelector("[data-upload-drop]");
const input = form.querySelector("[name=image]");
const waiting = [];
let running = 0;
let count = { stored: 0, all: 0 };

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function button(words, name, action) {
  const hidden = make("span", { class: "visually-hidden" }, ` “${name}”`);
  const one = make("button", { type: "button", class: "button" }, words, hidden);
  one.addEventListener("click", action);
  return one;
}

function say(words) {
  said.textContent = words;
}

/** The line of one file: what it is, how far it is, what can be done. */
class Line {
  constructor(file) {
    this.file = file;
    this.words = make("p", { class: "upload__words" });
    this.bar = make("progress", { max: 1, value: 0, "aria-label": `Uploading ${file.name}` });
    this.verbs = make("div", { class: "upload__verbs" });
    this.picture = make("div", { class: "upload__picture" });
    this.node = make("li", { class: "upload__file" }, this.picture, make("div", {}, this.words, this.bar, this.verbs));
    if (file.type.startsWith("image/")) this.preview();
    list.append(this.node);
    this.wait();
  }

  preview() {
    const image = make("img", { alt: "", src: URL.createObjectURL(this.file) });
    const done = () => URL.revokeObjectURL(image.src);
    image.addEventListener("load", done);
    image.addEventListener("error", () => { done(); image.remove(); });
    this.picture.replaceChildren(image);
  }

  draw(state, words, ...verbs) {
    const focused = this.node.contains(document.activeElement);
    this.node.dataset.state = state;
    this.words.replaceChildren(...[words].flat());
    this.bar.hidden = state !== "going" && state !== "waiting";
    this.verbs.replaceChildren(...verbs);
    if (focused) (this.verbs.querySelector("button, a") || this.words.querySelector("a"))?.focus();
  }

  wait(duplicates = "ask") {
    this.duplicates = duplicates;
    this.bar.value = 0;
    this.draw("waiting", `“${this.file.name}” waits.`, button("Cancel", this.file.name, () => this.cancel()));
    waiting.push(this);
    startNext();
  }

  cancel() {
    const at = waiting.indexOf(this);
    if (at >= 0) waiting.splice(at, 1);
    this.request?.abort();
    this.draw("cancelled", `“${this.file.name}” was cancelled; nothing of it is stored.`,
      button("Upload it after all", this.file.name, () => this.wait(this.duplicates)));
    say(`${this.file.name} was cancelled.`);
  }

  go() {
    const data = new FormData(form);
    data.delete("image");
    data.set("duplicates", this.duplicates);
    data.append("image", this.file, this.file.name);
    const request = new XMLHttpRequest();
    this.request = request;
    request.open("POST", form.action);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    request.upload.addEventListener("progress", ({ lengthComputable, loaded, total }) => {
      if (lengthComputable) this.bar.value = loaded / total;
      // all of it is there: the server may be storing it, and nobody can promise any more that it does not
      if (loaded === total) this.draw("going", `“${this.file.name}” is looked at…`);
    });
    request.addEventListener("load", () => this.answered(request.status, request.response));
    request.addEventListener("error", () => this.answered(0, null));
    request.addEventListener("loadend", () => {
      running -= 1;
      this.request = null;
      startNext();
    });
    this.draw("going", `“${this.file.name}” is on its way…`, button("Cancel", this.file.name, () => this.cancel()));
    request.send(data);
  }

  answered(status, answer) {
    if (status === 201) this.stored(answer.photo, "is in the library.");
    else if (status === 409 && answer?.duplicates) this.ask(answer.duplicates);
    else {
      const sentence = answer?.error || SENTENCES[status] || `The server could not do this (${status}).`;
      const isFinal = status === 400;
      this.draw("refused", sentence, ...(isFinal ? [] : [button("Try again", this.file.name, () => this.wait(this.duplicates))]));
      say(sentence);
    }
  }

  stored(photo, words) {
    count.stored += 1;
    this.show(photo);
    const link = make("a", { href: photo.url }, photo.words);
    const lacks = photo.missing.length ? make("span", { class: "lacking" }, ` Missing: ${photo.missing.join(", ")}.`) : "";
    this.draw("stored", [link, ` ${words}`, lacks]);
    say(`${this.file.name} ${words} ${count.stored} of ${count.all}.`);
  }

  show(photo) {
    if (photo.thumbnail) this.picture.replaceChildren(make("img", { src: photo.thumbnail, alt: "" }));
  }

  /** The library has it, or one that looks like it: nothing is stored until somebody says what is meant. */
  ask(duplicates) {
    const words = duplicates.some(({ exact }) => exact)
      ? `The library has “${this.file.name}” already.`
      : `The library has a picture that looks like “${this.file.name}”.`;
    const ours = duplicates.map((photo) =>
      make("span", { class: "upload__ours" },
        photo.thumbnail ? make("img", { src: photo.thumbnail, alt: "" }) : "",
        make("span", {}, make("a", { href: photo.url, target: "_blank", rel: "noopener" }, photo.words), ` ${photo.credit || "No credit"}`)),
    );
    this.draw("asked", [words, ...ours],
      button("Use the one we have", this.file.name, () => this.stored(duplicates[0], "is what you use; nothing new was stored.")),
      button("Keep both", this.file.name, () => this.wait("keep")));
    say(`${words} Use the one we have, or keep both?`);
  }
}

function startNext() {
  while (running < AT_ONCE && waiting.length) {
    running += 1;
    waiting.shift().go();
  }
}

function take(files) {
  count.all += files.length;
  for (const file of files) new Line(file);
}

for (const plain of form.querySelectorAll("[data-upload-plain]")) plain.hidden = true;
form.querySelector("[data-upload-hint]").prepend("Or drop them anywhere on this page. ");
input.addEventListener("change", () => {
  take([...input.files]);
  input.value = "";
});
form.addEventListener("submit", (event) => event.preventDefault()); // Enter in a field: the files go by themselves

let inside = 0;
const hasFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
document.addEventListener("dragenter", (event) => hasFiles(event) && drop.classList.toggle("is-over", (inside += 1) > 0));
document.addEventListener("dragleave", (event) => hasFiles(event) && drop.classList.toggle("is-over", (inside -= 1) > 0));
document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  inside = 0;
  drop.classList.remove("is-over");
  take([...event.dataTransfer.files]);
});
addEventListener("beforeunload", (event) => (running || waiting.length) && event.preventDefault());
