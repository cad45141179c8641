// Plates of a picture.

import { cornersOf } from "./drawing.js";
import { percent } from "./words.js";

const OTHERS = 3; // further readings that are named
const LEAST = 0.01; // probability of one that is named

/** A plate's text as its country writes it. */
export const plateText = (plate) => plate.formatted ?? plate.text ?? "Unreadable";

/** Where a plate lies on its picture. */
export const plateCorners = (plate) =>
  (plate.corners ? plate.corners.map(({ x, y }) => [x, y]) : cornersOf(plate.box));

/** Where a plate is from. */
export function origin(plate) {
  if (!plate.country) return "Not clear";
  const name = new Intl.DisplayNames(["en"], { type: "region" }).of(plate.country);
  return plate.region ? `${name}, ${plate.region}` : name;
}

/** How sure a text is, and what else it may be. */
export function certainty(plate) {
  if (plate.text === null) return `A plate, ${percent(plate.detection_score)} sure, without a text that can be read.`;
  const seen = plate.raw_text === plate.text ? "" : ` Seen as ${plate.raw_text}.`;
  const others = plate.candidates.slice(1, 1 + OTHERS).filter((one) => one.probability >= LEAST)
    .map((one) => `${one.text} (${percent(one.probability)})`);
  const or = others.length ? ` Or else ${others.join(", ")}.` : "";
  return `The text is ${percent(plate.confidence)} sure, the plate ${percent(plate.detection_score)}.${seen}${or}`;
}
