// Plots in SVG, read slot by slot with the pointer or the arrow keys.

import { button, el, table } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 200;
const [LEFT, RIGHT, TOP, BOTTOM] = [46, 8, 8, 22];
const TICK_PX = 76; // from one label under the plot to the next
const LABEL_PX = 46; // a label alone
const LINES = 4; // across the plot, about
const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -Infinity, End: Infinity };

/**
 * A plot over time.
 * @param {Object} of
 * @param {string} of.title
 * @param {string} of.unit What is counted or measured.
 * @param {Array<{label: string, tick: string|null}>} of.slots A tick stands under the plot.
 * @param {Array<{name: string, values: Array<number|null>}>} of.series A value for each slot.
 * @param {boolean} of.bars Stacked bars, else lines.
 * @param {{name: string, low: number[], high: number[]}|null} of.band Behind the lines.
 * @param {[number, number]|null} of.range Of the values; bars begin at 0.
 * @param {function(number): string} of.format
 */
export function chart({ title, unit, slots, series, bars = false, band = null, range = null, format }) {
  const caption = el("figcaption", {}, el("h2", {}, title, el("small", {}, unit)));
  const some = series.some(({ values }) => values.some((value) => value !== null && (!bars || value)));
  if (!some) return el("figure", { class: "panel chart" }, caption, el("p", { class: "soft" }, "Nothing in this time."));
  let at = slots.length - 1;
  const readout = el("p", { class: "soft readout" });
  const plot = el("div", {
    class: "plot", role: "slider", tabindex: "0", "aria-label": `${title}, ${unit}`,
    "aria-valuemin": 0, "aria-valuemax": slots.length - 1,
    onkeydown: (event) => {
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      point(at + step);
    },
    onpointermove: ({ clientX }) => {
      const box = plot.getBoundingClientRect();
      point(Math.floor((clientX - box.left - LEFT) / (box.width - LEFT - RIGHT) * slots.length));
    },
  });
  const [low, high] = range ?? [0, highest(series, slots)];

  function said() {
    const values = series.map(({ name, values: its }) => [name, its[at]])
      .filter(([, value]) => value !== null && (!bars || value))
      .map(([name, value]) => `${name} ${format(value)}`);
    if (band && band.low[at] !== null) {
      values.push(`${band.name} ${format(band.low[at])} to ${format(band.high[at])}`);
    }
    return `${slots[at].label}: ${values.join(", ") || "nothing"}`;
  }

  function point(place) {
    at = Math.max(0, Math.min(slots.length - 1, place));
    readout.textContent = said();
    plot.setAttribute("aria-valuenow", at);
    plot.setAttribute("aria-valuetext", readout.textContent);
    draw();
  }

  function draw() {
    const width = plot.clientWidth;
    if (!width) return;
    const slot = (width - LEFT - RIGHT) / slots.length;
    const x = (place) => LEFT + place * slot;
    const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low));
    plot.replaceChildren(svg("svg", { width, height: HEIGHT, "aria-hidden": "true" },
      ...across(low, high, format, width, y),
      ...under(slots, x, slot, width),
      svg("rect", { class: "cursor", x: x(at), y: TOP, width: Math.max(1.5, slot), height: HEIGHT - TOP - BOTTOM }),
      ...(bars ? stacked(series, slots, x, y, slot) : lines(series, band, x, y, slot))));
  }

  new ResizeObserver(draw).observe(plot);
  point(at);
  const names = [...series.map(({ name }, place) => [name, `s${place}`]), ...(band ? [[band.name, "s0 faint"]] : [])];
  return el("figure", { class: "panel chart" }, caption,
    el("ul", { class: "legend", "aria-label": `Colours of ${title}` }, names.map(([name, colour]) =>
      el("li", {}, svg("svg", { width: 12, height: 12, "aria-hidden": "true" },
        svg("rect", { width: 12, height: 12, rx: 2, class: colour })), name))),
    plot, readout, asTable(title, slots, series, band, format));
}

/** The values in words, made when they are asked for. */
function asTable(title, slots, series, band, format) {
  const more = el("div", {});
  const columns = ["Time", ...series.map(({ name }) => name), ...(band ? [band.name] : [])];
  const told = (value) => (value === null ? null : format(value));
  const show = button("Show as a table", () => {
    const rows = slots.map(({ label }, at) => [
      label, ...series.map(({ values }) => told(values[at])),
      ...(band ? [band.low[at] === null ? null : `${format(band.low[at])} to ${format(band.high[at])}`] : []),
    ]);
    const full = rows.filter(([, ...values]) => values.some((value) => value !== null && value !== "0"));
    more.replaceChildren(el("div", { class: "scrolled", tabindex: "0", role: "region", "aria-label": `${title}, table` },
      table(title, columns, full)));
  }, { class: "plain" });
  more.append(show);
  return more;
}

function highest(series, slots) {
  const sums = slots.map((_, at) => series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0));
  return Math.max(1, ...sums);
}

function across(low, high, format, width, y) {
  const raw = (high - low) / LINES;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((one) => one * size).find((one) => one >= raw);
  const found = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high * (1 + 1e-9); value += step) {
    const text = format(value + 0); // never -0
    if (text !== found.at(-1)?.text) found.push({ text, at: y(value) });
  }
  return found.flatMap(({ text, at }) => [
    svg("line", { class: "rule", x1: LEFT, x2: width - RIGHT, y1: at, y2: at }),
    svg("text", { x: LEFT - 6, y: at + 4, "text-anchor": "end" }, text),
  ]);
}

function under(slots, x, slot, width) {
  const ticks = slots.map(({ tick }, place) => [tick, place]).filter(([tick]) => tick);
  const every = Math.max(1, Math.ceil(ticks.length * TICK_PX / (width - LEFT - RIGHT)));
  return ticks.filter((_, place) => place % every === 0).map(([tick, place]) =>
    svg("text", { x: Math.min(x(place) + 2, width - LABEL_PX), y: HEIGHT - 6 }, tick));
}

function stacked(series, slots, x, y, slot) {
  const below = slots.map(() => 0);
  return series.flatMap(({ values }, place) => values.map((value, at) => {
    if (!value) return null;
    const top = y(below[at] + value);
    const height = y(below[at]) - top;
    below[at] += value;
    return svg("rect", { class: `s${place}`, x: x(at), y: top, width: Math.max(0.5, slot - (slot > 4 ? 1 : 0)), height });
  }).filter(Boolean));
}

function lines(series, band, x, y, slot) {
  const spot = (value, at) => `${(x(at) + slot / 2).toFixed(1)},${y(value).toFixed(1)}`;
  const behind = band ? runs(band.low).map((run) => svg("polygon", {
    class: "s0 faint",
    points: [...run.map((at) => spot(band.high[at], at)), ...run.reverse().map((at) => spot(band.low[at], at))].join(" "),
  })) : [];
  return [...behind, ...series.flatMap(({ values }, place) => runs(values).flatMap((run) => [
    svg("polyline", { class: `s${place}`, points: run.map((at) => spot(values[at], at)).join(" ") }),
    ...run.map((at) => svg("circle", { class: `s${place}`, cx: x(at) + slot / 2, cy: y(values[at]), r: 2.5 })),
  ]))];
}

/** The places of values that follow each other without a gap. */
function runs(values) {
  const found = [];
  for (const [at, value] of values.entries()) {
    if (value === null) continue;
    if (at && values[at - 1] !== null) found.at(-1).push(at);
    else found.push([at]);
  }
  return found;
}

/** An SVG element, as `el` makes those of HTML. */
export function svg(tag, properties = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
