/**
 * Order by hand: each `input[data-order-number]` numbers its row (`tr` or `li`), and its row gets a handle to drag it
 * by, with the pointer or with the arrow keys. The numbers follow. Without the script they are typed.
 */

const ROW = "tr, li";

function rowsOf(list) {
  return [...list.children].filter((row) => numberOf(row) && !row.classList.contains("empty-form"));
}

function numberOf(row) {
  return row.querySelector("[data-order-number]");
}

/** Number the rows in their order, and let each handle say where it is. */
function renumber(list) {
  for (const [index, row] of rowsOf(list).entries()) {
    say(list, row);
    const number = numberOf(row);
    if (number.value === String(index + 1)) continue;
    number.value = index + 1;
    number.dispatchEvent(new Event("input", { bubbles: true }));
    number.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function say(list, row) {
  const rows = rowsOf(list);
  row.querySelector(".order-handle")?.setAttribute("aria-label", `Move: place ${rows.indexOf(row) + 1} of ${rows.length}. Use the arrow keys.`);
}

/** Bring `row` to `index` by moving the others around it: the row that is held keeps focus and pointer. */
function moveTo(list, row, index) {
  for (let rows = rowsOf(list), at = rows.indexOf(row); at > index && at > 0; at -= 1) row.after(rows[at - 1]);
  for (let rows = rowsOf(list), at = rows.indexOf(row); at < index && at < rows.length - 1; at += 1) row.before(rows[at + 1]);
}

function addHandle(number) {
  const row = number.closest(ROW);
  const list = row?.parentElement;
  if (!list || row.classList.contains("empty-form") || row.querySelector(".order-handle")) return;
  const handle = document.createElement("button");
  handle.type = "button";
  handle.className = "order-handle";
  handle.append("⋮⋮");
  number.before(handle);
  say(list, row);
  handle.addEventListener("focus", () => say(list, row));

  handle.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    moveTo(list, row, rowsOf(list).indexOf(row) + step);
    renumber(list);
  });

  handle.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    row.classList.add("is-moving");
    const follow = ({ clientY }) => {
      const above = rowsOf(list).filter((other) => other !== row && middle(other) < clientY);
      if (above.length !== rowsOf(list).indexOf(row)) moveTo(list, row, above.length);
    };
    const drop = () => {
      handle.removeEventListener("pointermove", follow);
      row.classList.remove("is-moving");
      renumber(list);
    };
    handle.addEventListener("pointermove", follow);
    handle.addEventListener("lostpointercapture", drop, { once: true });
  });
}

function middle(row) {
  const box = row.getBoundingClientRect();
  return box.top + box.height / 2;
}

for (const number of document.querySelectorAll("[data-order-number]")) addHandle(number);

// the admin adds rows to an inline table
document.addEventListener("formset:added", (event) => {
  const number = numberOf(event.target);
  if (!number) return;
  event.target.querySelector(".order-handle")?.remove();
  number.value = rowsOf(event.target.parentElement).length;
  addHandle(number);
});
