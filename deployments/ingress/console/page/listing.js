// A list that is searched, and that goes on where a page ended.

import { askJson } from "./api.js";
import { button, el, field, problem, say, table } from "./dom.js";
import { count } from "./words.js";

const PAGE = 25;
const PAUSE_MS = 200; // between the last key and the search

/**
 * A searched list.
 * @param {Object} of
 * @param {string} of.path Of the API.
 * @param {string} of.items The field of its answer.
 * @param {string} of.one What one of them is called.
 * @param {string} of.title Of the table.
 * @param {string} of.label Of the search.
 * @param {string[]} of.columns
 * @param {function(Object): Array} of.row
 * @param {Node|null} of.beside Stands beside the search.
 */
export function listing({ path, items, one, title, label, columns, row, beside = null }) {
  let rows = [];
  let asked = 0;
  let pause = 0;
  const search = el("input", {
    type: "search", autocomplete: "off", "aria-keyshortcuts": "/",
    oninput: () => { clearTimeout(pause); pause = setTimeout(() => load(), PAUSE_MS); },
  });
  const found = el("div", { class: "panel" });
  const more = el("p", { class: "actions" });

  async function load(text = search.value.trim(), cursor = null) {
    const mine = (asked += 1);
    const query = new URLSearchParams({ limit: PAGE });
    if (text) query.set("query", text);
    if (cursor) query.set("cursor", cursor);
    try {
      const page = await askJson(`${path}?${query}`);
      if (mine !== asked) return;
      rows = cursor ? [...rows, ...page[items]] : page[items];
      show(text, page.next_cursor);
    } catch (error) {
      if (mine === asked) found.replaceChildren(problem(error));
    }
  }

  function show(text, next) {
    const none = text ? `No ${one} is called “${text}”.` : `There is no ${one} yet.`;
    const told = rows.length ? count(rows.length, one) + (next ? ", and more" : "") : none;
    say(told);
    found.replaceChildren(el("p", { class: "soft" }, told));
    if (rows.length) found.append(table(title, columns, rows.map(row)));
    more.replaceChildren(...(next ? [button("Show more", () => load(text, next))] : []));
  }

  return {
    node: el("div", { class: "stack" },
      el("div", { class: "bar" }, field(label, search), beside), found, more),
    search,
    load: () => load(),
  };
}
