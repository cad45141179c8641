// A picture on the page, with what was found marked on it.

import { el } from "./dom.js";
import { cutOut, draw } from "./drawing.js";

/**
 * A frame for one picture.
 * @param {string} invitation Shown while there is none.
 */
export function pictureFrame(invitation) {
  let bitmap = null;
  let marks = [];
  let opened = 0;
  const canvas = el("canvas", { role: "img", "aria-label": "No picture yet", hidden: true });
  const empty = el("p", { class: "empty" }, invitation);
  const node = el("div", { class: "frame" }, empty, canvas);
  const redraw = (chosen = -1) => bitmap && draw(canvas, bitmap, marks, chosen);
  new ResizeObserver(() => redraw()).observe(node);

  return {
    node,
    redraw,
    /** Shows another picture, or none where the browser cannot read it: the API says what is wrong. */
    async open(file) {
      const mine = (opened += 1);
      const made = file && await createImageBitmap(file).catch(() => null);
      if (mine !== opened) return;
      bitmap?.close();
      bitmap = made;
      marks = [];
      canvas.hidden = !bitmap;
      empty.hidden = Boolean(bitmap);
      redraw();
    },
    clear() {
      marks = [];
      redraw();
    },
    /**
     * Marks something; what it answers shows it: cut out of the picture, and standing out on it
     * while it is pointed at.
     */
    mark(kind, text, corners) {
      marks.push({ kind, text, corners });
      const place = marks.length - 1;
      redraw();
      return el("button", {
        type: "button", class: "pointer", "aria-label": `Show ${text} on the picture`,
        onmouseenter: () => redraw(place), onmouseleave: () => redraw(),
        onfocus: () => redraw(place), onblur: () => redraw(),
      }, bitmap ? cutOut(bitmap, corners, 40) : "Show");
    },
    /** What screen readers say of the picture. */
    describe(text) {
      canvas.setAttribute("aria-label", text);
    },
  };
}
