// Keys of the keyboard, shown and switched.

import { button, el } from "./dom.js";
import { show } from "./dialogs.js";

const KEPT = "gatehouse.shortcuts";

/** Whether single keys do something: not for those whose software types them. */
export const shortcutsOn = () => localStorage.getItem(KEPT) !== "off";

/**
 * Shows the keys.
 * @param {string[]} views The titles of the views.
 */
export function help(views) {
  const rows = [
    ...views.map((title, place) => [String(place + 1), title]),
    ["o", "Choose a picture"],
    ["c", "Use the camera"],
    ["Ctrl+V", "Paste a picture"],
    ["/", "Search the list"],
    ["?", "These keys"],
    ["Esc", "Close a dialog"],
  ];
  return show("Keyboard", (close) => {
    const box = el("input", {
      type: "checkbox", checked: shortcutsOn(),
      onchange: () => localStorage.setItem(KEPT, box.checked ? "on" : "off"),
    });
    return el("div", {},
      el("dl", { class: "keys" }, rows.map(([key, does]) =>
        el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, does)))),
      el("p", {}, el("label", { class: "check" }, box, "Single keys do this")),
      el("p", { class: "actions" }, button("Close", () => close(), { class: "main", autofocus: true })));
  });
}
