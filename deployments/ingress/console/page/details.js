// What is said of a driver: the fields of the forms.

import { el, field } from "./dom.js";

const ZONE_MINUTE_MS = 60_000;

/**
 * The fields of a driver.
 * @param {Object} driver What they hold at first.
 */
export function detailFields(driver = {}) {
  const name = text("name", driver.name, 200);
  const externalId = text("external_id", driver.external_id, 200);
  const from = date("valid_from", driver.valid_from);
  const until = date("valid_until", driver.valid_until);
  const notes = el("textarea", { name: "notes", rows: 2 });
  notes.value = driver.notes ?? "";
  const controls = [name, externalId, from, until, notes];
  return {
    node: el("div", { class: "fields" },
      field("Name", name),
      field("Id in another system", externalId),
      field("Valid from", from),
      field("Valid until", until),
      el("div", { class: "wide" }, field("Notes", notes))),
    first: name,
    /** The values as the API takes them; null for an empty field. */
    values() {
      return Object.fromEntries(controls.map((one) => [one.name, valueOf(one)]));
    },
    clear() {
      for (const one of controls) one.value = "";
    },
  };
}

function text(name, value, maxlength) {
  const input = el("input", { name, maxlength, autocomplete: "off" });
  input.value = value ?? "";
  return input;
}

function date(name, value) {
  const input = el("input", { name, type: "datetime-local" });
  if (value) {
    const moment = new Date(value);
    // The field shows local time and knows no zones.
    const local = new Date(moment.getTime() - moment.getTimezoneOffset() * ZONE_MINUTE_MS);
    input.value = local.toISOString().slice(0, 16);
  }
  return input;
}

function valueOf(control) {
  const value = control.value.trim();
  if (!value) return null;
  return control.type === "datetime-local" ? new Date(value).toISOString() : value;
}
