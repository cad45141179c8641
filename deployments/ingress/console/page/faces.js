// The faces that a driver is known by.

import { askJson } from "./api.js";
import { confirm } from "./dialogs.js";
import { button, el, problem } from "./dom.js";
import { stored } from "./pictures.js";
import { moment, percent } from "./words.js";

const LAST = "The last face stays, as without any nobody is recognised: add another photo first, or erase the driver.";

/**
 * The faces of a driver.
 * @param {number} id Of the driver.
 * @param {function(Object, string): Promise<void>} changed Given the driver and what happened.
 */
export function faceGrid(id, changed) {
  const path = `v1/drivers/${id}/faces`;
  const node = el("div", { class: "panel" });

  async function load() {
    try {
      const { faces } = await askJson(path);
      const grid = el("ul", { class: "faces", "aria-label": "Faces" }, faces.map((face) => shown(face, faces.length > 1)));
      node.replaceChildren(el("h2", {}, "Faces"),
        faces.length ? grid : el("p", {}, "The driver has no face: add photos."),
        faces.length === 1 ? el("p", { class: "soft" }, LAST) : "");
    } catch (error) {
      node.replaceChildren(el("h2", {}, "Faces"), problem(error));
    }
  }

  function shown(face, removable) {
    const kept = face.image_path ? "" : ", of which no picture is kept";
    const said = face.searchable ? "" : "Not of the running model. ";
    return el("li", {},
      stored(face.image_path, `Face ${face.id}${kept}`, { width: 112, height: 112 }),
      el("p", { class: "soft" }, `${said}Quality ${percent(face.quality_score)}, ${face.quality.size_px} px`),
      el("p", { class: "soft" }, moment(face.created_at)),
      removable
        ? button("Remove", () => remove(face), { class: "plain", "aria-label": `Remove face ${face.id}` }) : null);
  }

  async function remove(face) {
    const sure = await confirm("Remove the face",
      `Face ${face.id} is erased with its picture. This cannot be undone.`, `Remove face ${face.id}`);
    if (!sure) return;
    try {
      await changed(await askJson(`${path}/${face.id}`, { method: "DELETE" }), `Face ${face.id} is removed.`);
      await load();
    } catch (error) {
      node.prepend(problem(error));
    }
  }

  return { node, load };
}
