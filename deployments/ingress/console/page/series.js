// A report of the service as the series of its plots.

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SHARES_BY_HOUR_MS = 2 * DAY_MS; // of an hour there are too few to make a share of
const KINDS = { gate_checked: "Gate checks", plate_read: "Plates read alone", face_identified: "Faces seen" }; // as the report's page says

const whole = (value) => Math.round(value).toLocaleString();
const share = (value) => `${Math.round(100 * value)}\u00a0%`;
const thousandths = (value) => value.toFixed(3);

/**
 * What is drawn of a report.
 * @param {Object} report As the API answers it.
 * @returns {Object[]} Each as `chart` takes it.
 */
export function plotsOf(report) {
  const { step, strangers } = report;
  const [from, until] = [Date.parse(report.from), Date.parse(report.until)];
  const times = timesOf(from, until, step);
  const by = until - from > SHARES_BY_HOUR_MS ? "day" : step;
  const days = timesOf(from, until, "day");
  const unit = `events each ${step}`;
  return [
    { title: "Traffic by kind", unit, slots: slotsOf(times, step), bars: true, format: whole, series: kinds(report, times) },
    { title: "Traffic by camera", unit, slots: slotsOf(times, step), bars: true, format: whole, series: cameras(report, times) },
    {
      title: "Strangers at the gates, and plates without a text", unit: `share of their kind, each ${by}`,
      slots: slotsOf(timesOf(from, until, by), by), format: share, range: [0, 1],
      series: shares(strangers, timesOf(from, until, by), by),
    },
    drift("How sure the plate reader is", "confidence, each day", report.plate_confidence, days),
    drift("How alike recognised drivers are", "cosine similarity, each day", report.face_similarity, days),
  ];
}

function kinds({ traffic }, times) {
  return Object.entries(KINDS).map(([one, name]) => ({ name, values: summed(traffic.filter((row) => row.kind === one), times) }))
    .filter(({ values }) => values.some(Boolean));
}

function cameras({ traffic, cameras: counts }, times) {
  const rows = Map.groupBy(counts, (row) => row.camera_id);
  const named = [...rows].map(([camera, its]) => ({
    name: camera ?? "No camera named", values: summed(its, times), all: its.reduce((sum, { count }) => sum + count, 0),
  })).sort((one, other) => other.all - one.all);
  const known = summed(counts, times);
  const others = summed(traffic, times).map((count, at) => count - known[at]);
  return others.some(Boolean) ? [...named, { name: "Other cameras", values: others }] : named;
}

function shares(strangers, times, by) {
  const of = (name, part, all) => ({
    name,
    values: times.map((time) => {
      const rows = strangers.filter(({ start }) => beginning(Date.parse(start), by) === time);
      const sum = (field) => rows.reduce((total, row) => total + row[field], 0);
      return sum(all) ? sum(part) / sum(all) : null;
    }),
  });
  return [
    of("Faces that are nobody's", "unknown_faces", "faces"),
    of("Plates of no known vehicle", "unmatched_plates", "plates"),
    of("Checks denied or asked", "stopped", "checks"),
    of("Plates without a text", "unreadable_plates", "seen_plates"),
  ].filter(({ values }) => values.some((value) => value !== null));
}

function drift(title, unit, spreads, times) {
  const days = new Map(spreads.map((one) => [Date.parse(one.day), one]));
  const values = (field) => times.map((time) => days.get(time)?.[field] ?? null);
  const low = Math.min(...spreads.map((one) => one.low));
  const high = Math.max(...spreads.map((one) => one.high));
  const room = Math.max(0.01, (high - low) / 10);
  return {
    title, unit, slots: slotsOf(times, "day"), format: thousandths,
    range: spreads.length ? [low - room, Math.min(1, high + room)] : null,
    series: [{ name: "Median", values: values("median") }],
    band: { name: "10th to 90th percentile", low: values("low"), high: values("high") },
  };
}

const beginning = (time, step) => (step === "day" ? Math.floor(time / DAY_MS) * DAY_MS : time);

function timesOf(from, until, step) {
  const long = step === "day" ? DAY_MS : HOUR_MS;
  const times = [];
  for (let time = beginning(from, step); time < until; time += long) times.push(time);
  return times;
}

function summed(rows, times) {
  const places = new Map(times.map((time, at) => [time, at]));
  const sums = times.map(() => 0);
  for (const { start, count } of rows) sums[places.get(Date.parse(start))] += count;
  return sums;
}

/** What the slots are called: hours as the reader's clock has them, days as they are counted, in UTC. */
function slotsOf(times, step) {
  const zone = step === "day" ? { timeZone: "UTC" } : {};
  const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", ...zone });
  const full = new Intl.DateTimeFormat(undefined, step === "day"
    ? { dateStyle: "medium", ...zone } : { dateStyle: "medium", timeStyle: "short" });
  const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
  const long = times.length > 48;
  return times.map((time) => {
    const at = new Date(time);
    const hour = step === "day" ? 0 : at.getHours();
    const tick = hour === 0 ? day.format(at) : !long && hour % 6 === 0 ? clock.format(at) : null;
    return { label: full.format(at), tick };
  });
}
