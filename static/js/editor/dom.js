/** Small helpers shared by the editor's modules. */

/**
 * Build an element. Properties are attributes, `on…` are listeners; null, undefined and false leave one out.
 * Children are nodes or strings, and a string is always text, never HTML.
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

let count = 0;

/** Return an id that no other element of the page has. */
export function uniqueId(prefix) {
  count += 1;
  return `${prefix}-${count}`;
}

/** Call `action` once, `delay` ms after the last call. `.now()` calls it at once if a call waits, `.cancel()` never. */
export function later(action, delay) {
  let timer = null;
  const run = () => {
    clearTimeout(timer);
    timer = null;
    action();
  };
  const call = () => {
    clearTimeout(timer);
    timer = setTimeout(run, delay);
  };
  call.now = () => timer !== null && run();
  call.cancel = () => clearTimeout(timer);
  return call;
}

/** Return a moment as the page's language says it: “14:32” today, “3 March, 14:32” on another day. */
export function moment(milliseconds) {
  const at = new Date(milliseconds);
  const language = document.documentElement.lang || undefined;
  const clock = at.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
  if (at.toDateString() === new Date().toDateString()) return clock;
  return `${at.toLocaleDateString(language, { day: "numeric", month: "long" })}, ${clock}`;
}
