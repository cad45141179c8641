// Modal dialogs: the browser keeps the focus inside, and gives it back.

import { button, el } from "./dom.js";

let made = 0;

/**
 * Shows a dialog until it is closed.
 * @param {string} title
 * @param {function(function(*): void): Node} content Given what closes the dialog with a value.
 * @returns {Promise<*>} The value; null for Escape.
 */
export function show(title, content) {
  return new Promise((resolve) => {
    const id = `dialog-${(made += 1)}`;
    const dialog = el("dialog", { "aria-labelledby": id });
    let value = null;
    dialog.append(el("h2", { id }, title), content((given) => { value = given; dialog.close(); }));
    dialog.addEventListener("close", () => { dialog.remove(); resolve(value); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Asks before what cannot be undone; the safe answer has the focus. */
export function confirm(title, sentence, action) {
  return show(title, (close) => el("div", {},
    el("p", {}, sentence),
    el("p", { class: "actions" },
      button("Cancel", () => close(false), { autofocus: true }),
      button(action, () => close(true), { class: "bad" }))));
}
