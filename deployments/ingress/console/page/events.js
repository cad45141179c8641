// What happens at the gates, as it happens.

import { askJson } from "./api.js";
import { button, el, field, problem, say, table, tableRow } from "./dom.js";
import { driverLink, forgetNames } from "./names.js";
import { stored } from "./pictures.js";
import { follow } from "./stream.js";
import { because, cosine, decision, kind, moment, percent } from "./words.js";

const PAGE = 50;
const MOST = 500; // rows while live; older ones can be asked for
const LEAST_OF_A_PLATE = 3; // letters and digits
const PAUSE_MS = 300; // between the last key and the search
const DECISIONS = ["allow", "deny", "ask", "driver", "unknown"];
const COLUMNS = ["Picture", "Seen", "Camera", "Decision", "Plate", "Driver", "Why"];

/** The view. */
export function events() {
  let following = new AbortController();
  let pause = 0;
  let asked = "";
  const filters = { camera_id: text(), plate: text(), decision: decisions() };
  const live = el("p", { class: "soft" }, "Connecting …");
  const list = el("div", {});
  const more = el("p", { class: "actions" });
  const node = el("div", { class: "stack" },
    el("div", { class: "fields", oninput: () => { clearTimeout(pause); pause = setTimeout(changed, PAUSE_MS); } },
      field("Camera", filters.camera_id),
      field("Plate begins with", filters.plate, `At least ${LEAST_OF_A_PLATE} letters or digits.`),
      field("Decision", filters.decision)),
    el("div", { class: "panel" }, live, list, more));

  /** What is asked for; the beginning of a plate not before there is enough of it. */
  function wants() {
    return Object.entries(filters).map(([name, one]) => [name, one.value.trim()])
      .filter(([name, value]) => (name === "plate" ? isEnough(value) : value));
  }

  function changed() {
    if (String(wants()) !== asked) open();
  }

  /** Follows what comes from now on, and then loads what was before: nothing falls between. */
  function open() {
    close();
    forgetNames();
    const { signal } = (following = new AbortController());
    const wanted = wants();
    asked = String(wanted);
    const rows = eventRows();
    let first = true;
    list.replaceChildren();
    more.replaceChildren();
    live.textContent = "Connecting …";
    follow(`v1/events:stream?${new URLSearchParams(wanted)}`, signal, {
      told(event) {
        rows.add(event);
        if (rows.trim(MOST)) more.replaceChildren(button("Show older ones", open));
        show(rows);
        say(summary(event));
      },
      state(error) {
        live.textContent = error ? `Not live: ${error.message}` : "Live: new events appear by themselves.";
        live.className = error ? "bad" : "soft";
        if (error?.status === 401) live.append(" ", button("Try again", open));
        else if (first) older(rows, wanted, null, signal);
        first = false;
      },
    });
  }

  async function older(rows, wanted, cursor, signal) {
    const query = [["limit", PAGE], ...wanted, ...(cursor ? [["cursor", cursor]] : [])];
    const again = () => older(rows, wanted, cursor, signal);
    try {
      const page = await askJson(`v1/events?${new URLSearchParams(query)}`, { signal });
      if (rows.trimmed) return; // they would stand below a gap
      rows.load(page.events);
      show(rows);
      const next = () => older(rows, wanted, page.next_cursor, signal);
      more.replaceChildren(...(page.next_cursor ? [button("Show older ones", next)] : []));
    } catch (error) {
      if (!signal.aborted) more.replaceChildren(problem(error, button("Try again", again)));
    }
  }

  function show(rows) {
    if (!rows.size) list.replaceChildren(el("p", {}, "No event yet."));
    else if (list.firstChild !== rows.node) list.replaceChildren(rows.node);
  }

  function close() {
    clearTimeout(pause);
    following.abort();
  }

  return { node, open, close, search: () => filters.plate.focus() };
}

/**
 * A table of events, the newest first; each has its row once. Those that were loaded stay until as
 * many came live as may stand there.
 */
function eventRows() {
  const node = table("Events", COLUMNS, []);
  const body = node.querySelector("tbody");
  const known = new Map();
  let loaded = 0;
  let trimmed = false;
  const before = (one, other) => one.at - other.at || one.id - other.id;
  return {
    node,
    get size() { return known.size; },
    /** Whether older rows than the last one were taken away. */
    get trimmed() { return trimmed; },
    load(events) {
      for (const event of events) this.add(event);
      loaded += events.length;
    },
    add(event) {
      if (known.has(event.id)) return;
      const place = { id: event.id, at: Date.parse(event.at), row: tableRow(COLUMNS, cells(event)) };
      const later = [...known.values()].filter((one) => before(one, place) < 0)
        .reduce((best, one) => (best && before(best, one) > 0 ? best : one), null);
      body.insertBefore(place.row, later?.row ?? null);
      known.set(event.id, place);
    },
    /** Takes the oldest rows away where too many came live; says whether it did. */
    trim(most) {
      const oldest = [...known.values()].sort(before).slice(0, Math.max(0, known.size - most - loaded));
      for (const one of oldest) {
        one.row.remove();
        known.delete(one.id);
      }
      trimmed ||= oldest.length > 0;
      return oldest.length > 0;
    },
  };
}

function cells(event) {
  const said = decision(event.decision);
  return [
    event.has_crop ? stored(`v1/events/${event.id}/crop`, "", { class: "crop" }) : null,
    moment(event.at, "medium"),
    event.camera_id,
    said ? el("span", { class: `badge ${event.decision}` }, said) : kind(event.kind),
    event.plate && el("span", {},
      el("span", { class: "plate" }, event.plate.text || event.plate.raw_text),
      el("small", {}, ` ${percent(event.plate.confidence)}`)),
    event.driver_id && driverLink(event.driver_id),
    why(event),
  ];
}

function why(event) {
  const alike = event.similarity === null ? [] :
    [`Similarity ${cosine(event.similarity)}, at least ${cosine(event.threshold)} is needed`];
  return [...event.reasons.map(because), ...alike].join(". ") || null;
}

function summary(event) {
  const what = decision(event.decision) ?? kind(event.kind);
  return event.plate ? `${what}: ${event.plate.text || event.plate.raw_text}.` : `${what}.`;
}

const isEnough = (plate) => (plate.match(/[\p{L}\p{N}]/gu) ?? []).length >= LEAST_OF_A_PLATE;

const text = () => el("input", { type: "search", autocomplete: "off", maxlength: 100 });

const decisions = () => el("select", {}, el("option", { value: "" }, "Any"),
  DECISIONS.map((one) => el("option", { value: one }, decision(one))));
