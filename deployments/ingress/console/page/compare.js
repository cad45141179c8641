// A photo held against one driver.

import { askJson } from "./api.js";
import { chooser } from "./chooser.js";
import { el, problem, say } from "./dom.js";
import { cornersOf } from "./drawing.js";
import { pictureFrame } from "./frame.js";
import { cosine } from "./words.js";

/**
 * A place for a photo, and whether it shows the driver.
 * @param {number} id Of the driver.
 * @param {function(): string} name What the driver is called now.
 */
export function comparison(id, name) {
  let asked = 0;
  const frame = pictureFrame("Drop a photo here to see whether it shows this driver. It is not stored.");
  const result = el("div", { "aria-live": "polite" });
  const from = chooser("a photo to compare", false, ([file]) => compare(file));
  const node = el("div", { class: "panel stack" }, el("h2", {}, "Is it this driver?"), from.node, frame.node, result);

  async function compare(file) {
    const mine = (asked += 1);
    result.replaceChildren(el("p", { class: "soft" }, "Looking …"));
    await frame.open(file);
    const body = new FormData();
    body.append("image", file);
    try {
      const answer = await askJson(`v1/drivers/${id}/verify`, { method: "POST", body });
      if (mine === asked) show(file, answer);
    } catch (error) {
      if (mine === asked) result.replaceChildren(problem(error));
    }
  }

  function show(file, answer) {
    const title = answer.match ? `Yes: ${name()}` : "No: somebody else";
    const told = [
      `Similarity ${cosine(answer.similarity)}, at least ${cosine(answer.threshold)} is needed.`,
      answer.match && !answer.valid && "The driver does not count at this time.",
      answer.faces > 1 && `The largest of ${answer.faces} faces was compared.`,
    ].filter(Boolean).join(" ");
    frame.mark(answer.match ? "driver" : "unknown", title, cornersOf(answer.box));
    frame.describe(`The photo ${file.name}. ${title}. ${told}`);
    result.replaceChildren(el("div", { class: `note ${answer.match && answer.valid ? "good" : "bad"}` },
      el("h2", {}, title), el("p", {}, told)));
    say(`${title}. ${told}`);
  }

  return { node, chooser: from };
}
