// What a picture shows: plates and drivers, drawn on it and in words.

import { askJson } from "./api.js";
import { chooser } from "./chooser.js";
import { el, problem, say, table } from "./dom.js";
import { cornersOf, cutOut, draw } from "./drawing.js";
import { certainty, origin, plateCorners, plateText, readPlates } from "./plates.js";
import { called, count, decided, milliseconds, percent } from "./words.js";

/** The view. */
export function look() {
  let bitmap = null;
  let marks = [];
  let asked = 0;
  const canvas = el("canvas", { role: "img", "aria-label": "No picture yet", hidden: true });
  const plates = el("div", { class: "panel" });
  const faces = el("div", { class: "panel" });
  const from = chooser("a picture", false, ([file]) => examine(file));
  const empty = el("p", { class: "empty" }, "Drop a picture here to read its plates and see who is on it.");
  const frame = el("div", { class: "frame" }, empty, canvas);
  const results = el("div", { class: "stack", hidden: true }, plates, faces);
  const redraw = (chosen = -1) => bitmap && draw(canvas, bitmap, marks, chosen);
  new ResizeObserver(() => redraw()).observe(frame);

  async function examine(file) {
    const mine = (asked += 1);
    marks = [];
    results.hidden = false;
    plates.replaceChildren(el("h2", {}, "Plates"), el("p", { class: "soft" }, "Reading …"));
    faces.replaceChildren(el("h2", {}, "Drivers"), el("p", { class: "soft" }, "Looking …"));
    await open(file, mine);
    if (mine !== asked) return;
    const told = await Promise.all([
      part(mine, plates, "Plates", () => readPlates(file), platesShown),
      part(mine, faces, "Drivers", () => identify(file), facesShown),
    ]);
    if (mine !== asked) return;
    const text = told.filter(Boolean).join(" ");
    canvas.setAttribute("aria-label", `The picture ${file.name}. ${text}`);
    say(text);
  }

  async function open(file, mine) {
    let opened = null;
    try {
      opened = await createImageBitmap(file);
    } catch {
      // The API says what is wrong with the file.
    }
    if (mine !== asked) return;
    bitmap?.close();
    bitmap = opened;
    canvas.hidden = !bitmap;
    empty.hidden = Boolean(bitmap);
    redraw();
  }

  async function part(mine, panel, title, work, shown) {
    try {
      const answer = await work();
      if (mine !== asked) return "";
      const { said, content } = shown(answer);
      panel.replaceChildren(el("h2", {}, title, el("small", {}, milliseconds(answer.timings_ms))), ...content);
      redraw();
      return said;
    } catch (error) {
      if (mine !== asked) return "";
      panel.replaceChildren(el("h2", {}, title), problem(error));
      return "";
    }
  }

  function mark(kind, text, corners) {
    marks.push({ kind, text, corners });
    return marks.length - 1;
  }

  /** The cell that a row is known by: a button that makes its mark stand out. */
  function pointer(place, text, content) {
    return el("button", {
      type: "button", class: "pointer", "aria-label": `Show ${text} on the picture`,
      onmouseenter: () => redraw(place), onmouseleave: () => redraw(),
      onfocus: () => redraw(place), onblur: () => redraw(),
    }, content);
  }

  function platesShown({ plates: found }) {
    if (!found.length) return { said: "No plate.", content: [el("p", {}, "No plate was found.")] };
    const texts = found.map(plateText);
    const rows = found.map((plate, number) => {
      const corners = plateCorners(plate);
      const place = mark("plate", texts[number], corners);
      return [
        pointer(place, texts[number], bitmap ? cutOut(bitmap, corners, 40) : "Show"),
        el("span", { class: "plate" }, texts[number]),
        origin(plate),
        certainty(plate),
      ];
    });
    return {
      said: `${count(found.length, "plate")}: ${texts.join(", ")}.`,
      content: [table("Plates", ["Picture", "Plate", "From", "How sure"], rows)],
    };
  }

  function facesShown({ faces: found }) {
    if (!found.length) return { said: "No face.", content: [el("p", {}, "No face was found.")] };
    const rows = found.map((face) => {
      const who = face.driver ? called(face.driver) : "Unknown";
      const corners = cornersOf(face.box);
      const place = mark(face.driver ? "driver" : "unknown", who, corners);
      const name = face.driver
        ? el("a", { href: `#drivers/${face.driver.id}` }, who)
        : el("strong", {}, who);
      return [pointer(place, who, bitmap ? cutOut(bitmap, corners, 40) : "Show"), name, decided(face), percent(face.score)];
    });
    const names = found.map((face) => (face.driver ? called(face.driver) : "unknown"));
    return {
      said: `${count(found.length, "face")}: ${names.join(", ")}.`,
      content: [table("Faces", ["Picture", "Who", "Why", "A face"], rows)],
    };
  }

  const node = el("div", { class: "split" },
    el("div", { class: "stack" }, from.node, frame), results);
  return { node, chooser: from };
}

async function identify(file) {
  const body = new FormData();
  body.append("image", file);
  return askJson("v1/faces:identify", { method: "POST", body });
}
