// Who is enrolled.

import { askJson, picture } from "./api.js";
import { oneDriver } from "./driver.js";
import { button, el, field, problem, say, table } from "./dom.js";
import { called, count, moment, validity } from "./words.js";

const PAGE = 25;
const PAUSE_MS = 200; // between the last key and the search

/** The view. */
export function drivers() {
  const node = el("div", { class: "stack" });
  const list = driverList();
  let shown = null;
  return {
    node,
    get chooser() { return shown?.chooser; },
    search: () => { if (!shown) list.search.focus(); },
    open(id) {
      if (id && /^[0-9]+$/.test(id)) {
        shown = oneDriver(Number(id));
        node.replaceChildren(shown.node);
      } else {
        shown = null;
        node.replaceChildren(list.node);
        list.load();
      }
    },
  };
}

function driverList() {
  let rows = [];
  let asked = 0;
  let pause = 0;
  const search = el("input", {
    type: "search", autocomplete: "off", "aria-keyshortcuts": "/",
    oninput: () => { clearTimeout(pause); pause = setTimeout(() => load(), PAUSE_MS); },
  });
  const found = el("div", { class: "panel" });
  const more = el("p", { class: "actions" });
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      seen.unobserve(entry.target);
      photo(entry.target);
    }
  });

  async function load(text = search.value.trim(), cursor = null) {
    const mine = (asked += 1);
    const query = new URLSearchParams({ limit: PAGE });
    if (text) query.set("query", text);
    if (cursor) query.set("cursor", cursor);
    try {
      const page = await askJson(`v1/drivers?${query}`);
      if (mine !== asked) return;
      rows = cursor ? [...rows, ...page.drivers] : page.drivers;
      show(text, page.next_cursor);
    } catch (error) {
      if (mine === asked) found.replaceChildren(problem(error));
    }
  }

  function show(text, next) {
    const told = rows.length ? count(rows.length, "driver") + (next ? ", and more" : "") : nobody(text);
    say(told);
    found.replaceChildren(el("p", { class: "soft" }, told));
    if (rows.length) {
      found.append(table("Drivers",
        ["Photo", "Name", "Id", "Other id", "Valid", "Faces", "Changed"], rows.map(row)));
    }
    for (const image of found.querySelectorAll("img")) seen.observe(image);
    more.replaceChildren(...(next ? [button("Show more", () => load(text, next))] : []));
  }

  return {
    node: el("div", { class: "stack" },
      el("div", { class: "bar" }, field("Search by name or other id", search)), found, more),
    search,
    load: () => load(),
  };
}

function row(driver) {
  return [
    el("img", { class: "face", alt: "", "data-driver": driver.id }),
    el("a", { href: `#drivers/${driver.id}` }, called(driver)),
    driver.id,
    driver.external_id,
    el("span", { class: driver.valid ? "" : "bad" }, driver.valid ? validity(driver) : `Not now: ${validity(driver)}`),
    driver.face_count,
    moment(driver.updated_at),
  ];
}

const nobody = (text) => (text ? `No driver is called “${text}”.` : "No driver is enrolled.");

async function photo(image) {
  try {
    image.src = await picture(`v1/drivers/${image.dataset.driver}/photo`);
    image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  } catch {
    image.classList.add("none"); // no picture is kept of this driver
  }
}
