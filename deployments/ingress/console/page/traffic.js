// What the cameras saw over days: how much, of whom, how surely.

import { ask, askJson } from "./api.js";
import { chart, svg } from "./charts.js";
import { button, el, field, problem, say, table } from "./dom.js";
import { saveAs } from "./saving.js";
import { plotsOf } from "./series.js";
import { because, count } from "./words.js";

const PAUSE_MS = 300; // between the last key and the question
const DAY_MS = 86_400_000;
const PERIODS = [["1", "Last day"], ["7", "Last 7 days"], ["30", "Last 30 days"], ["90", "Last 90 days"]];
const BAR_PX = 160;

/** The view. */
export function traffic() {
  let asked = 0;
  let pause = 0;
  const period = el("select", { onchange: load }, PERIODS.map(([days, name]) => el("option", { value: days }, name)));
  period.value = "7";
  const camera = el("input", {
    type: "search", autocomplete: "off", maxlength: 100, "aria-keyshortcuts": "/",
    oninput: () => { clearTimeout(pause); pause = setTimeout(load, PAUSE_MS); },
  });
  const result = el("div", {});
  const shown = el("div", { class: "stack" });
  const node = el("div", { class: "stack" },
    el("div", { class: "bar" }, field("Time", period), field("Camera", camera, "Its whole name; empty for all."),
      button("Save as a page", () => save("html")), button("Save as a picture", () => save("png"))),
    result, shown);

  function query(more = {}) {
    const name = camera.value.trim();
    const from = new Date(Date.now() - Number(period.value) * DAY_MS).toISOString();
    return `v1/events:report?${new URLSearchParams({ from, ...(name && { camera_id: name }), ...more })}`;
  }

  async function load() {
    clearTimeout(pause);
    const mine = (asked += 1);
    result.replaceChildren();
    try {
      const report = await askJson(query());
      if (mine === asked) show(report);
    } catch (error) {
      if (mine === asked) shown.replaceChildren(problem(error, button("Try again", load)));
    }
  }

  function show(report) {
    const all = report.traffic.reduce((sum, one) => sum + one.count, 0);
    say(all ? `${count(all, "event")}.` : "No event in this time.");
    shown.replaceChildren(...plates(report), ...plotsOf(report).map(chart), el("div", { class: "panel" },
      el("h2", {}, "Most frequent reasons"),
      report.reasons.length ? reasons(report.reasons) : el("p", { class: "soft" }, "Nothing in this time.")));
  }

  async function save(format) {
    result.replaceChildren(el("p", { class: "note" }, "The report is being drawn …"));
    try {
      await saveAs(await ask(query({ format })), `report.${format}`);
      result.replaceChildren(el("p", { class: "note good" }, "The report is saved."));
      say("The report is saved.");
    } catch (error) {
      result.replaceChildren(problem(error));
    }
  }

  return { node, open: load, close: () => { clearTimeout(pause); asked += 1; }, search: () => camera.focus() };
}

/** How many plates could not be read, and whether any was read by a gate check, whose share is drawn. */
function plates({ unreadable: { plates: seen, unreadable, share }, strangers }) {
  if (!seen) return [];
  const some = `${count(seen, "plate")} seen, ${unreadable.toLocaleString()} of them without a text (${(100 * share).toFixed(1)}\u00a0%).`;
  const checked = strangers.some((one) => one.plates);
  return [el("p", { class: "soft" }, checked ? some : `${some} No gate check read one: plates of no known vehicle are counted at gate checks alone.`)];
}

function reasons(ranked) {
  const most = ranked[0].count;
  return table("Reasons", ["Reason", "Events", "Share"], ranked.map((one) => [
    because(one.reason), one.count.toLocaleString(),
    svg("svg", { width: BAR_PX, height: 10, "aria-hidden": "true" },
      svg("rect", { class: "s0", width: Math.max(1, BAR_PX * one.count / most), height: 10 })),
  ]));
}
