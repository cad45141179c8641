// Who is enrolled.

import { el } from "./dom.js";
import { oneDriver } from "./driver.js";
import { listing } from "./listing.js";
import { stored } from "./pictures.js";
import { transfer } from "./transfer.js";
import { called, moment, validity } from "./words.js";

/** The view. */
export function drivers() {
  const node = el("div", { class: "stack" });
  const list = listing({
    path: "v1/drivers",
    items: "drivers",
    one: "driver",
    title: "Drivers",
    label: "Search by name or other id",
    columns: ["Photo", "Name", "Id", "Other id", "Valid", "Faces", "Changed"],
    row,
  });
  const moving = transfer(list.load);
  let shown = null;
  return {
    node,
    get chooser() { return shown?.chooser; },
    chooserAt: (target) => shown?.chooserAt(target),
    search: () => { if (!shown) list.search.focus(); },
    open(id) {
      shown = /^[0-9]+$/.test(id) ? oneDriver(Number(id)) : null;
      node.replaceChildren(...(shown ? [shown.node] : [list.node, moving.node]));
      if (!shown) list.load();
    },
  };
}

function row(driver) {
  return [
    stored(`v1/drivers/${driver.id}/photo`, ""),
    el("a", { href: `#drivers/${driver.id}` }, called(driver)),
    driver.id,
    driver.external_id,
    el("span", { class: driver.valid ? null : "bad" }, validity(driver)),
    driver.face_count,
    moment(driver.updated_at),
  ];
}
