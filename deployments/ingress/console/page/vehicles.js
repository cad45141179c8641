// Which vehicles a gate knows.

import { el } from "./dom.js";
import { listing } from "./listing.js";
import { transfer } from "./transfer.js";
import { listed, validity } from "./words.js";
import { oneVehicle } from "./vehicle.js";

/** The view. */
export function vehicles() {
  const node = el("div", { class: "stack" });
  const list = listing({
    path: "v1/vehicles",
    items: "vehicles",
    one: "vehicle",
    title: "Vehicles",
    label: "Search by plate or other id",
    columns: ["Plate", "Country", "At the gate", "Drivers", "Valid", "Other id"],
    row,
    beside: el("a", { href: "#vehicles/new", class: "action" }, "Add a vehicle"),
  });
  const moving = transfer(list.load);
  let shown = null;
  return {
    node,
    search: () => { if (!shown) list.search.focus(); },
    open(id) {
      shown = /^([0-9]+|new)$/.test(id) ? oneVehicle(id === "new" ? null : Number(id)) : null;
      node.replaceChildren(...(shown ? [shown.node] : [list.node, moving.node]));
      if (!shown) list.load();
    },
  };
}

function row(vehicle) {
  return [
    el("a", { href: `#vehicles/${vehicle.id}`, class: "plate" }, vehicle.formatted),
    vehicle.country,
    el("span", { class: `badge ${vehicle.list}` }, listed(vehicle.list)),
    drivers(vehicle.driver_ids),
    el("span", { class: vehicle.valid ? null : "bad" }, validity(vehicle)),
    vehicle.external_id,
  ];
}

function drivers(ids) {
  if (ids === null) return "Every enrolled driver";
  if (!ids.length) return "Nobody";
  return el("span", {}, ids.flatMap((id, place) =>
    [place ? ", " : null, el("a", { href: `#drivers/${id}` }, String(id))]));
}
