// Two records of one person made one.

import { askJson, sendJson } from "./api.js";
import { confirm } from "./dialogs.js";
import { button, el, field, problem } from "./dom.js";
import { called, count } from "./words.js";

/**
 * What joins another driver to one.
 * @param {number} id Of the driver who stays.
 * @param {function(): Object} driver The driver as it is shown now.
 * @param {function(Object, string): Promise<void>} joined Given the driver and what happened.
 */
export function merging(id, driver, joined) {
  const other = el("input", { type: "number", min: 1, required: true, inputmode: "numeric", name: "other" });
  const result = el("div", {});
  const node = el("div", { class: "panel" }, el("h2", {}, "Enrolled twice?"),
    el("form", { class: "bar", onsubmit: (event) => { event.preventDefault(); ask(); } },
      field("Id of the other record", other, "Its faces come here; what is empty here is taken from it."),
      el("button", {}, "Join both")), result);

  async function ask() {
    result.replaceChildren();
    try {
      const gone = await askJson(`v1/drivers/${other.value}`);
      const sure = await confirm("Join two records",
        `${called(gone)}, driver ${gone.id}, with ${count(gone.face_count, "face")}, becomes one with ` +
        `${called(driver())}, driver ${id}. Driver ${gone.id} is then gone. This cannot be undone.`,
        `Join driver ${gone.id} to driver ${id}`);
      if (sure) await join(gone);
    } catch (error) {
      result.replaceChildren(problem(error));
    }
  }

  async function join(gone, unlike = "") {
    result.replaceChildren();
    try {
      const tag = { "If-Match": `"${driver().version}"` };
      const made = await sendJson("POST", `v1/drivers/${id}/merge${unlike}`, { driver_id: gone.id }, tag);
      other.value = "";
      await joined(made, `Driver ${gone.id} is one with driver ${id} now.`);
    } catch (error) {
      const ways = error.code === "not_same_person"
        ? [button("They are one person all the same", () => join(gone, "?allow_unlike=true"), { class: "bad" })]
        : [];
      result.replaceChildren(problem(error, ...ways));
    }
  }

  return { node };
}
