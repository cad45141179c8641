// Which vehicles a gate knows.

import { el } from "./dom.js";
import { listing } from "./listing.js";
import { driverLink, forgetNames } from "./names.js";
import { transfer } from "./transfer.js";
import { listed, validity } from "./words.js";
import { oneVehicle } from "./vehicle.js";

const MOST_NAMED = 10; // drivers of one vehicle; each is asked for

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
      if (shown) return;
      forgetNames();
      list.load();
    },
  };
}

function row(vehicle) {
  return [
    el("a", { href: `#vehicles/${vehicle.id}`, class: "plate" }, vehicle.formatted),
    vehicle.country,
    el("span", { class: `badge ${vehicle.list}` }, listed(vehicle.list)),
    drivers(vehicle),
    el("span", { class: vehicle.valid ? null : "bad" }, validity(vehicle)),
    vehicle.external_id,
  ];
}

function drivers({ id, driver_ids: ids }) {
  if (ids === null) return "Every enrolled driver";
  if (!ids.length) return "Nobody";
  const named = ids.slice(0, MOST_NAMED).flatMap((one, place) => [place ? ", " : null, driverLink(one)]);
  const others = ids.length - MOST_NAMED;
  return el("span", {}, named,
    others > 0 ? [" and ", el("a", { href: `#vehicles/${id}` }, `${others.toLocaleString()} more`)] : null);
}
