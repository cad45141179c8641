// Elements from data. Texts become text nodes, so nothing that a name holds is ever markup.

/**
 * Makes an element.
 * @param {string} tag
 * @param {Object} properties Attributes; "on..." are listeners; null and false are left out.
 * @param {...(Node|string|number|null|Array)} children
 */
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((one) => one !== null && one !== undefined));
  return made;
}

/** A button that does something. */
export function button(text, onclick, properties = {}) {
  return el("button", { type: "button", onclick, ...properties }, text);
}

/** A labelled field; the control is its last child. */
export function field(text, control, hint = null) {
  return el("label", { class: "field" }, el("span", {}, text), hint && el("small", {}, hint), control);
}

/**
 * A table that a narrow screen shows as cards. The roles say what it is where its boxes no longer do.
 * @param {string} caption
 * @param {string[]} columns
 * @param {Array<Array<Node|string|number|null>>} rows A cell for each column.
 */
export function table(caption, columns, rows) {
  const head = columns.map((name) => el("th", { scope: "col", role: "columnheader" }, name));
  return el("table", { role: "table" },
    el("caption", { class: "unseen" }, caption),
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, head)),
    el("tbody", { role: "rowgroup" }, rows.map((cells) => tableRow(columns, cells))));
}

/** A row of such a table. */
export function tableRow(columns, cells) {
  return el("tr", { role: "row" }, cells.map((cell, place) =>
    el("td", { role: "cell", "data-column": columns[place], class: cell === null ? "none" : null }, cell ?? "–")));
}

/** Names and values. */
export function facts(pairs) {
  return el("dl", {}, pairs.map(([name, value]) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, value ?? "–"))));
}

/** Tells screen readers what happened. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

/** What went wrong: the API's own sentence, and the id that finds the request in its logs. */
export function problem(error, ...actions) {
  return el("div", { class: "note bad", role: "alert" },
    el("p", {}, error.message),
    error.requestId ? el("p", { class: "soft" }, `Request ${error.requestId}`) : null,
    actions.length ? el("p", { class: "actions" }, actions) : null);
}
