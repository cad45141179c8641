// The API key: pasted by a person, kept until the tab is closed, sent with every request.

import { button, el, field } from "./dom.js";
import { show } from "./dialogs.js";

const KEPT = "gatehouse.key";

let asking = null;

/** The key, or an empty text. */
export const key = () => sessionStorage.getItem(KEPT) ?? "";

/**
 * Asks the person for a key, once for all requests that wait for it.
 * @param {string} sentence Why.
 * @returns {Promise<boolean>} Whether there is another key now.
 */
export function askForKey(sentence) {
  asking ??= prompt(sentence).finally(() => { asking = null; });
  return asking;
}

async function prompt(sentence) {
  const input = el("input", {
    type: "password", autocomplete: "off", spellcheck: "false", required: true, id: "api-key",
  });
  const before = key();
  const answer = await show("API key", (close) => el("form", {
    onsubmit: (event) => { event.preventDefault(); close(input.value.trim()); },
  },
    el("p", {}, sentence),
    field("Key", input, "Kept in this tab alone, until it is closed."),
    el("p", { class: "actions" },
      el("button", { class: "main" }, "Use this key"),
      before ? button("Forget the key", () => close(""), { class: "bad" }) : null,
      button("Cancel", () => close(null)))));
  if (answer === null) return false;
  if (answer) sessionStorage.setItem(KEPT, answer);
  else sessionStorage.removeItem(KEPT);
  return Boolean(answer);
}
