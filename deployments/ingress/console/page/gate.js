// May this vehicle go in with this driver?

import { askJson } from "./api.js";
import { chooser } from "./chooser.js";
import { el, facts, field, problem, say } from "./dom.js";
import { cornersOf } from "./drawing.js";
import { pictureFrame } from "./frame.js";
import { certainty, plateCorners, plateText } from "./plates.js";
import { called, decided, listed, milliseconds, percent, sentence } from "./words.js";

const DECISIONS = { allow: "Let in", deny: "Turn away", ask: "Ask" };

/** The view. */
export function gate() {
  let asked = 0;
  const vehicle = slot("Vehicle, or both on one picture", "the vehicle's picture");
  const driver = slot("Driver, where on another picture", "the driver's picture");
  const camera = el("input", { autocomplete: "off", maxlength: 100 });
  const check = el("button", { class: "main", disabled: true }, "Check");
  const result = el("div", { class: "stack" });
  const node = el("form", { class: "stack", onsubmit: (event) => { event.preventDefault(); decide(); } },
    el("div", { class: "split" }, vehicle.node, driver.node),
    el("div", { class: "bar" },
      field("Camera", camera, "Every check is kept as an event, of this camera where one is named."), check),
    result);

  function slot(title, what) {
    const frame = pictureFrame("Drop, paste or choose a picture.");
    const remove = el("button", { type: "button", class: "plain", hidden: true, onclick: () => hold(null) },
      `Remove ${what}`);
    const from = chooser(what, false, ([file]) => hold(file));
    const made = { frame, from, file: null };
    function hold(file) {
      made.file = file;
      asked += 1;
      remove.hidden = !file;
      check.disabled = !(vehicle.file || driver.file);
      result.replaceChildren();
      frame.open(file);
    }
    made.node = el("div", { class: "panel stack" }, el("h2", {}, title), from.node, frame.node, remove);
    return made;
  }

  async function decide() {
    const mine = (asked += 1);
    const body = new FormData();
    if (vehicle.file && driver.file) {
      body.append("vehicle", vehicle.file);
      body.append("driver", driver.file);
    } else {
      body.append("image", vehicle.file ?? driver.file);
    }
    const name = camera.value.trim();
    const query = name ? `?${new URLSearchParams({ camera_id: name })}` : "";
    result.replaceChildren(el("p", { class: "note" }, "Looking …"));
    vehicle.frame.clear();
    driver.frame.clear();
    try {
      const answer = await askJson(`v1/gate:check${query}`, { method: "POST", body });
      if (mine === asked) show(answer);
    } catch (error) {
      if (mine === asked) result.replaceChildren(problem(error));
    }
  }

  function show(answer) {
    const ofPlate = (vehicle.file ? vehicle : driver).frame;
    const ofFace = (driver.file ? driver : vehicle).frame;
    const title = DECISIONS[answer.decision] ?? answer.decision;
    const reasons = answer.reasons.map((one) => el("li", {},
      el("span", { class: `badge ${one.decision}` }, DECISIONS[one.decision] ?? one.decision),
      ` ${sentence(one.message)}`));
    result.replaceChildren(
      el("div", { class: `verdict ${answer.decision}` },
        el("h2", {}, title, el("small", {}, milliseconds(answer.timings_ms))),
        el("ul", { "aria-label": "Reasons" }, reasons)),
      el("div", { class: "split" },
        el("div", { class: "panel" }, el("h2", {}, "Vehicle"), plateShown(answer, ofPlate)),
        el("div", { class: "panel" }, el("h2", {}, "Driver"), faceShown(answer.face, ofFace))));
    const why = answer.reasons.map((one) => one.message).join("; ");
    for (const one of [vehicle, driver]) one.frame.describe(`The picture ${one.file?.name ?? ""}. ${title}: ${why}`);
    say(`${title}: ${why}.`);
    result.scrollIntoView({ block: "nearest" });
  }

  /** What is dropped, pasted or asked for by a key comes where a picture lacks. */
  const next = () => (vehicle.file && !driver.file ? driver : vehicle).from;

  return {
    node,
    chooser: {
      take: (files) => next().take(files),
      open: () => next().open(),
      camera: () => next().camera?.(),
    },
  };
}

function plateShown({ plate, vehicle, match }, frame) {
  if (!plate) return el("p", {}, "No plate was found.");
  const text = plateText(plate);
  return el("div", { class: "seen" },
    frame.mark("plate", text, plateCorners(plate)),
    facts([
      ["Plate", el("span", { class: "plate" }, text)],
      ["Reading", certainty(plate)],
      ["Vehicle", vehicle
        ? el("span", {}, el("a", { href: `#vehicles/${vehicle.id}` }, vehicle.formatted), `: ${listed(vehicle.list)}`)
        : "Not known"],
      ["Why", match && matched(match)],
    ]));
}

function matched(match) {
  const sure = percent(match.probability);
  switch (match.reason) {
    case "matched":
      return match.exact ? `Read as it is known, ${sure} sure.`
        : `Read ${match.raw_text}, taken for ${match.text}: ${sure} sure.`;
    case "alike":
      return `Several known plates are alike: the likeliest is ${sure} sure, the next ` +
        `${percent(match.second_probability)}.`;
    default:
      return `The nearest known plate is only ${sure} sure.`;
  }
}

function faceShown(face, frame) {
  if (!face) return el("p", {}, "No face was found.");
  const who = face.driver ? called(face.driver) : "Unknown";
  return el("div", { class: "seen" },
    frame.mark(face.driver ? "driver" : "unknown", who, cornersOf(face.box)),
    facts([
      ["Driver", face.driver ? el("a", { href: `#drivers/${face.driver.id}` }, who) : who],
      ["Why", decided(face)],
    ]));
}
