// Drivers and vehicles as one file: taken out, and brought in.

import { ask, askJson } from "./api.js";
import { button, el, field, problem, say, table } from "./dom.js";
import { saveAs } from "./saving.js";
import { count, sentence } from "./words.js";

const LONG = { "x-request-timeout-seconds": "3600" }; // a gallery may take longer than other answers

/**
 * What moves drivers and vehicles together.
 * @param {function(): void} changed Called when something came in.
 */
export function transfer(changed) {
  const pictures = el("input", { type: "checkbox" });
  const file = el("input", { type: "file", accept: ".gz,application/gzip", onchange: chosen });
  const twins = el("input", { type: "checkbox" });
  const known = el("input", { type: "checkbox" });
  const take = button("Save all as a file", save);
  const bring = button("Bring the file in", bringIn, { disabled: true });
  const result = el("div", {});
  const check = (box, text) => el("label", { class: "check" }, box, text);
  const node = el("details", { class: "panel" },
    el("summary", {}, "Move drivers and vehicles"),
    el("p", { class: "soft" }, "One file holds every driver with faces, every vehicle, and who may drive it. " +
      "It identifies people: guard it as you guard this service."),
    check(pictures, "With the pictures that another face model needs"),
    el("p", { class: "actions" }, take),
    field("File to bring in", file, "It adds and never changes: all get new ids, and the same file adds nothing twice."),
    check(twins, "Add drivers who are enrolled already all the same"),
    check(known, "Leave vehicles that are known here as they are, and add the others"),
    el("p", { class: "actions" }, bring), result);

  async function doing(said, work) {
    for (const one of [take, bring]) one.disabled = true;
    result.replaceChildren(el("p", { class: "note" }, said));
    try {
      await work();
    } catch (error) {
      result.replaceChildren(problem(error, ...ways(error)), ...leftOut(inTheWay(error)));
    } finally {
      take.disabled = false;
      bring.disabled = !file.files.length;
    }
  }

  function chosen() {
    bring.disabled = !file.files.length;
    allowNothing();
  }

  /** What was allowed for one file is not for the next. */
  function allowNothing() {
    twins.checked = known.checked = false;
  }

  /** What the person may do about a file that was refused. */
  function ways(error) {
    const again = (box, text) => button(text, () => { box.checked = true; bringIn(); });
    if (error.code === "already_enrolled") return [again(twins, "Add these drivers all the same")];
    return inTheWay(error).length ? [again(known, "Leave these vehicles as they are, add the others")] : [];
  }

  function done(text, ...more) {
    result.replaceChildren(el("p", { class: "note good" }, text), ...more);
    say(text);
  }

  function save() {
    return doing("The file is being written …", async () => {
      const answer = await ask(`v1/gallery/export?pictures=${pictures.checked}`, { headers: LONG });
      await saveAs(answer, "gatehouse-gallery.jsonl.gz");
      done("The file is saved.");
    });
  }

  function bringIn() {
    return doing("The file is being brought in …", async () => {
      const query = new URLSearchParams({ allow_twin: twins.checked, keep_known_vehicles: known.checked });
      const headers = { ...LONG, "Content-Type": "application/gzip" };
      const { added, drivers, vehicles } = await askJson(
        `v1/gallery/import?${query}`, { method: "POST", body: file.files[0], headers });
      allowNothing();
      done(`Added: ${added.toLocaleString()} of ${count(drivers, "driver")}, ${vehicles.added.toLocaleString()} of ${count(vehicles.count, "vehicle")}.`,
        ...leftOut(vehicles.known));
      changed();
    });
  }

  return { node };
}

/** The vehicles that are here already, of a file that was refused for them. */
function inTheWay({ code, details }) {
  return (["plate_taken", "external_id_taken"].includes(code) && details.first) || [];
}

function leftOut(known) {
  if (!known.length) return [];
  return [table("Vehicles that are known here", ["Plate", "Here", "Why"], known.map((one) => [
    el("span", { class: "plate" }, one.plate),
    el("a", { href: `#vehicles/${one.vehicle_id}` }, `Vehicle ${one.vehicle_id}`),
    sentence(one.reason.replaceAll("_", " ")),
  ]))];
}
