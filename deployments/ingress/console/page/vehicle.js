// One vehicle, known already or to be made known.

import { ApiError, ask, askJson, sendJson } from "./api.js";
import { dateField, noteField, textField, valuesOf } from "./details.js";
import { confirm } from "./dialogs.js";
import { button, el, facts, field, problem, say } from "./dom.js";
import { listed, moment, validity } from "./words.js";

const LISTS = ["allow", "watch", "deny"];

/**
 * The view of one vehicle.
 * @param {number|null} id Null for a new one.
 */
export function oneVehicle(id) {
  const path = `v1/vehicles/${id}`;
  const result = el("div", {});
  const head = el("div", {});
  const form = el("div", { class: "panel" });
  const node = el("div", { class: "stack" },
    el("p", {}, el("a", { href: "#vehicles" }, "← All vehicles")), result,
    el("div", { class: "split" }, head, form));
  let vehicle = null;

  async function load() {
    try {
      show(id === null ? null : await askJson(path));
    } catch (error) {
      form.remove();
      result.replaceChildren(problem(error));
    }
  }

  function show(loaded) {
    vehicle = loaded;
    if (vehicle) {
      head.className = "panel";
      head.replaceChildren(
        el("h2", {}, el("span", { class: "plate" }, vehicle.formatted)),
        facts([
          ["Id", vehicle.id],
          ["At the gate", listed(vehicle.list)],
          ["Counts now", vehicle.valid ? "Yes" : "No"],
          ["Valid", validity(vehicle)],
          ["Changed", `${moment(vehicle.updated_at)}, version ${vehicle.version}`],
        ]),
        el("p", { class: "actions" }, button("Erase the vehicle", erase, { class: "bad" })));
    }
    const fields = vehicleFields(vehicle ?? {});
    form.replaceChildren(el("h2", {}, vehicle ? "Details" : "New vehicle"), el("form", {
      onsubmit: (event) => { event.preventDefault(); save(fields.values()); },
    }, fields.node, el("p", { class: "actions" },
      el("button", { class: "main" }, vehicle ? "Save" : "Add the vehicle"))));
  }

  async function doing(work) {
    result.replaceChildren();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const stale = error.status === 412;
      result.replaceChildren(problem(error, ...(stale ? [button("Load it again", load)] : [])));
      result.scrollIntoView({ block: "nearest" });
    }
  }

  const save = (values) => doing(async () => {
    if (vehicle) {
      show(await sendJson("PATCH", path, values, { "If-Match": `"${vehicle.version}"` }));
      result.replaceChildren(el("p", { class: "note good" }, "Saved."));
      say("Saved.");
    } else {
      const made = await sendJson("POST", "v1/vehicles", values);
      say(`${made.formatted} is vehicle ${made.id}.`);
      location.hash = `#vehicles/${made.id}`;
    }
  });

  async function erase() {
    const sure = await confirm("Erase the vehicle",
      `${vehicle.formatted}, vehicle ${id}, is erased; its drivers stay. This cannot be undone.`,
      `Erase vehicle ${id}`);
    if (!sure) return;
    await doing(async () => {
      await ask(path, { method: "DELETE", headers: { "If-Match": `"${vehicle.version}"` } });
      say(`Vehicle ${id} is erased.`);
      location.hash = "#vehicles";
    });
  }

  load();
  return { node };
}

function vehicleFields(vehicle) {
  const plate = textField("plate", vehicle.formatted, { required: true });
  const country = textField("country", vehicle.country, { maxlength: 2, placeholder: "such as VN" });
  const list = el("select", { name: "list" }, LISTS.map((one) =>
    el("option", { value: one, selected: one === (vehicle.list ?? "allow") }, listed(one))));
  const drivers = textField("driver_ids", vehicle.driver_ids?.join(", "), { placeholder: "such as 7, 8" });
  const anybody = el("input", {
    type: "checkbox", checked: (vehicle.driver_ids ?? null) === null,
    onchange: () => { drivers.disabled = anybody.checked; },
  });
  drivers.disabled = anybody.checked;
  const externalId = textField("external_id", vehicle.external_id);
  const from = dateField("valid_from", vehicle.valid_from);
  const until = dateField("valid_until", vehicle.valid_until);
  const notes = noteField(vehicle.notes);
  return {
    node: el("div", { class: "fields" },
      field("Plate", plate),
      field("Country", country),
      field("At the gate", list),
      field("Id in another system", externalId),
      el("div", { class: "wide" },
        el("label", { class: "check" }, anybody, "Every enrolled driver may drive it")),
      el("div", { class: "wide" }, field("Only the drivers with these ids", drivers)),
      field("Valid from", from),
      field("Valid until", until),
      el("div", { class: "wide" }, field("Notes", notes))),
    values: () => ({
      ...valuesOf([plate, country, list, externalId, from, until, notes]),
      driver_ids: anybody.checked ? null : idsOf(drivers.value),
    }),
  };
}

/** What is no number is sent as it is, so that the service says what is wrong with it. */
const idsOf = (text) => text.split(/[\s,]+/).filter(Boolean)
  .map((one) => (/^[0-9]+$/.test(one) ? Number(one) : one));
