// What a picture shows: plates and drivers, drawn on it and in words.

import { askJson } from "./api.js";
import { chooser } from "./chooser.js";
import { el, problem, say, table } from "./dom.js";
import { cornersOf } from "./drawing.js";
import { pictureFrame } from "./frame.js";
import { certainty, origin, plateCorners, plateText } from "./plates.js";
import { called, count, decided, milliseconds, percent } from "./words.js";

/** The view. */
export function look() {
  let asked = 0;
  const frame = pictureFrame("Drop a picture here to read its plates and see who is on it.");
  const plates = el("div", { class: "panel" });
  const faces = el("div", { class: "panel" });
  const results = el("div", { class: "stack", hidden: true }, plates, faces);
  const from = chooser("a picture", false, ([file]) => examine(file), true);

  async function examine(file) {
    const mine = (asked += 1);
    results.hidden = false;
    plates.replaceChildren(el("h2", {}, "Plates"), el("p", { class: "soft" }, "Reading …"));
    faces.replaceChildren(el("h2", {}, "Drivers"), el("p", { class: "soft" }, "Looking …"));
    await frame.open(file);
    if (mine !== asked) return;
    const told = await Promise.all([
      part(mine, plates, "Plates", () => send("v1/plates:read", file), platesShown),
      part(mine, faces, "Drivers", () => send("v1/faces:identify", file), facesShown),
    ]);
    if (mine !== asked) return;
    const text = told.filter(Boolean).join(" ");
    frame.describe(`The picture ${file.name}. ${text}`);
    say(text);
  }

  async function part(mine, panel, title, work, shown) {
    try {
      const answer = await work();
      if (mine !== asked) return "";
      const { said, content } = shown(answer);
      panel.replaceChildren(el("h2", {}, title, el("small", {}, milliseconds(answer.timings_ms))), content);
      return said;
    } catch (error) {
      if (mine !== asked) return "";
      panel.replaceChildren(el("h2", {}, title), problem(error));
      return "";
    }
  }

  function platesShown({ plates: found }) {
    if (!found.length) return { said: "No plate.", content: el("p", {}, "No plate was found.") };
    const texts = found.map(plateText);
    const rows = found.map((plate, number) => [
      frame.mark("plate", texts[number], plateCorners(plate)),
      el("span", { class: "plate" }, texts[number]),
      origin(plate),
      certainty(plate),
    ]);
    return {
      said: `${count(found.length, "plate")}: ${texts.join(", ")}.`,
      content: table("Plates", ["Picture", "Plate", "From", "How sure"], rows),
    };
  }

  function facesShown({ faces: found }) {
    if (!found.length) return { said: "No face.", content: el("p", {}, "No face was found.") };
    const names = found.map((face) => (face.driver ? called(face.driver) : "Unknown"));
    const rows = found.map((face, number) => [
      frame.mark(face.driver ? "driver" : "unknown", names[number], cornersOf(face.box)),
      face.driver
        ? el("a", { href: `#drivers/${face.driver.id}` }, names[number])
        : el("strong", {}, names[number]),
      decided(face),
      percent(face.score),
    ]);
    return {
      said: `${count(found.length, "face")}: ${names.join(", ")}.`,
      content: table("Faces", ["Picture", "Who", "Why", "A face"], rows),
    };
  }

  return {
    node: el("div", { class: "split" },
      el("div", { class: "stack" }, from.node, frame.node), results),
    chooser: from,
  };
}

function send(path, file) {
  const body = new FormData();
  body.append("image", file);
  return askJson(path, { method: "POST", body });
}
