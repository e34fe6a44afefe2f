/**
 * The fields of a form as plain data, for drafts: what a person typed or chose, by name. Hidden fields, files, buttons
 * and passwords are not part of it.
 */

const LEFT_OUT = "[type=hidden], [type=file], [type=password], [type=image], fieldset, output, button";
const BUTTONS = new Set(["submit", "button", "reset"]);

function controls(form) {
  const isTyped = ({ name, type }) => name && !BUTTONS.has(type) && !name.includes("__prefix__");
  return [...form.elements].filter((control) => isTyped(control) && !control.matches(LEFT_OUT));
}

const isCheck = (control) => control.type === "checkbox" || control.type === "radio";

/** A box has its own value in the key, so that several may share a name. */
const keyOf = (control) => (isCheck(control) ? `${control.name}=${control.value}` : control.name);

/** Return the fields: text as a string, boxes as true or false, selects as [value, words] of what is selected. */
export function readForm(form) {
  const fields = {};
  for (const control of controls(form)) {
    if (isCheck(control)) fields[keyOf(control)] = control.checked;
    else if (control.tagName === "SELECT") {
      fields[keyOf(control)] = [...control.selectedOptions].map((option) => [option.value, option.text]);
    } else fields[keyOf(control)] = control.value;
  }
  return fields;
}

/** Put `fields` back; `special` has a function for each name that is not set by its value. */
export function writeForm(form, fields, special = {}) {
  for (const name of Object.keys(fields)) addRow(form, name);
  for (const control of controls(form)) {
    const value = fields[keyOf(control)];
    if (value === undefined) continue;
    if (control.name in special) {
      special[control.name](value);
      continue;
    }
    if (isCheck(control)) control.checked = value;
    else if (control.tagName === "SELECT") select(control, value);
    else control.value = value;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** A row that was added to an inline table is not on a fresh page: add it as a person would. */
function addRow(form, name) {
  const prefix = /^(.+)-\d+-/.exec(name)?.[1];
  if (!prefix || form.elements.namedItem(name.split("=")[0])) return;
  document.querySelector(`#${CSS.escape(prefix)}-group .add-row a`)?.click();
}

/** Options of a search field exist only while they are chosen: one that is not there is made again. */
function select(control, chosen) {
  const values = new Set(chosen.map(([value]) => value));
  for (const [value, words] of chosen) {
    if (![...control.options].some((option) => option.value === value)) control.add(new Option(words, value));
  }
  for (const option of control.options) option.selected = values.has(option.value);
}

/** Whether two readings say the same. `html` names the field with the text, where spaces between tags say nothing. */
export function sameFields(one, other, html) {
  return changedNames(one, other, html).length === 0;
}

/** Return the names of the fields that differ between two readings. */
export function changedNames(one, other, html) {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => plain(one[name], name === html) !== plain(other[name], name === html));
}

function plain(value, isHtml) {
  if (value === undefined || value === false) return "";
  if (Array.isArray(value)) return value.map(([key]) => key).join("\n");
  if (value === true) return "on";
  const text = String(value).replace(/\r\n?/g, "\n").trim();
  return isHtml ? text.replace(/\s+/g, " ").replace(/> </g, "><").replace(/<p><\/p>/g, "") : text;
}
