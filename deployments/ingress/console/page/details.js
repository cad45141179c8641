// Fields of the forms, and what is said of a driver.

import { el, field } from "./dom.js";

const ZONE_MINUTE_MS = 60_000;

/** A field for a line of text. */
export function textField(name, value, properties = {}) {
  const input = el("input", { name, maxlength: 200, autocomplete: "off", ...properties });
  input.value = value ?? "";
  return input;
}

/** A field for a moment, which shows local time and knows no zones. */
export function dateField(name, value) {
  const input = el("input", { name, type: "datetime-local" });
  if (value) {
    const moment = new Date(value);
    const local = new Date(moment.getTime() - moment.getTimezoneOffset() * ZONE_MINUTE_MS);
    input.value = local.toISOString().slice(0, 16);
  }
  return input;
}

/** A field for free text. */
export function noteField(value) {
  const notes = el("textarea", { name: "notes", rows: 2 });
  notes.value = value ?? "";
  return notes;
}

/** The values of fields as the API takes them; null for an empty one. */
export const valuesOf = (controls) => Object.fromEntries(controls.map((one) => [one.name, valueOf(one)]));

/**
 * The fields of a driver.
 * @param {Object} driver What they hold at first.
 */
export function detailFields(driver = {}) {
  const name = textField("name", driver.name);
  const externalId = textField("external_id", driver.external_id);
  const from = dateField("valid_from", driver.valid_from);
  const until = dateField("valid_until", driver.valid_until);
  const notes = noteField(driver.notes);
  const controls = [name, externalId, from, until, notes];
  return {
    node: el("div", { class: "fields" },
      field("Name", name),
      field("Id in another system", externalId),
      field("Valid from", from),
      field("Valid until", until),
      el("div", { class: "wide" }, field("Notes", notes))),
    first: name,
    values: () => valuesOf(controls),
    clear() {
      for (const one of controls) one.value = "";
    },
  };
}

function valueOf(control) {
  const value = control.value.trim();
  if (!value) return null;
  return control.type === "datetime-local" ? new Date(value).toISOString() : value;
}
