// Where pictures come in: chosen, dropped, pasted, or from the camera.

import { hasCamera, takePictures } from "./camera.js";
import { button, el } from "./dom.js";

const TYPES = "image/png,image/jpeg";

/**
 * A place for pictures.
 * @param {string} what What to choose, such as "a picture".
 * @param {boolean} many Whether more than one may come at once.
 * @param {function(File[]): void} take Given what came.
 * @param {boolean} first Whether choosing is the first thing to do here.
 * @returns {{node: Node, take: function(File[]): void, open: function(), camera: function()}}
 */
export function chooser(what, many, take, first = false) {
  const give = (files) => { if (files.length) take(many ? [...files] : [files[0]]); };
  const input = el("input", {
    type: "file", accept: TYPES, multiple: many, hidden: true,
    onchange: () => { give(input.files); input.value = ""; },
  });
  const open = () => input.click();
  const camera = async () => give(await takePictures(many));
  const node = el("div", { class: "chooser" },
    input,
    button(`Choose ${what}`, open, { class: first && "main", "aria-keyshortcuts": "o" }),
    hasCamera()
      ? button("Use the camera", camera, { "aria-keyshortcuts": "c" })
      : el("span", { class: "soft" }, "The camera needs HTTPS."),
    el("span", { class: "soft" }, "or drop or paste: PNG or JPEG"));
  return { node, take: give, open, camera: hasCamera() ? camera : null };
}

/** The pictures of a drop or a paste. */
export function picturesOf(transfer) {
  return [...(transfer?.files ?? [])];
}
