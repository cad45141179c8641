// What the API's numbers and codes mean, for people.

const REJECTED = {
  unreadable: "Unreadable",
  no_face: "No face",
  too_small: "Too small",
  blurred: "Blurred",
  too_dark: "Too dark",
  too_bright: "Too bright",
  turned_away: "Turned away",
  tilted: "Tilted",
  several_faces: "Several faces",
  not_same_person: "Another person",
  same_photo: "Sent twice",
  already_enrolled: "Enrolled already",
};

/** Why a photo is not taken, in two words. */
export const rejected = (reason) => REJECTED[reason] ?? reason.replaceAll("_", " ");

/** A confidence from 0 to 1. */
export const percent = (share) => `${Math.round(100 * share)}\u00a0%`;

/** A similarity. */
export const cosine = (value) => value.toFixed(2);

/** Where the time of an answer went, by stage. */
export const milliseconds = ({ total, ...stages }) => [
  `${Math.round(total)} ms`,
  ...Object.entries(stages).map(([stage, time]) => `${stage} ${Math.round(time)}`),
].join(" · ");

/** A count with its noun. */
export const count = (number, one, many = `${one}s`) => `${number.toLocaleString()} ${number === 1 ? one : many}`;

/** A sentence of the API, begun as sentences are. */
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** How a driver is called where there is room for one name. */
export const called = (driver) => driver.name ?? driver.external_id ?? `Driver ${driver.id}`;

/** A moment in the reader's own time zone. */
export const moment = (text, timeStyle = "short") =>
  new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle }).format(new Date(text));

/** From when to when a driver or a vehicle counts. */
export function validity({ valid_from: from, valid_until: until, valid }) {
  if (!valid) return `Not now: ${span(from, until)}`;
  return span(from, until);
}

function span(from, until) {
  if (!from && !until) return "Always";
  if (!until) return `From ${moment(from)}`;
  return from ? `${moment(from)} to ${moment(until)}` : `Until ${moment(until)}`;
}

const LISTS = { allow: "Let in", watch: "Let in, and tell", deny: "Turn away" };

/** What a gate does with a vehicle. */
export const listed = (list) => LISTS[list] ?? list;

const DECISIONS = { allow: "Let in", deny: "Turned away", ask: "Ask", driver: "Driver", unknown: "Unknown" };

/** What was decided; null where nothing was. */
export const decision = (code) => (code === null ? null : DECISIONS[code] ?? code);

const KINDS = { plate_read: "Plate read", face_identified: "Face seen", gate_checked: "Gate checked" };

/** What was asked. */
export const kind = (code) => KINDS[code] ?? code;

/** A reason, which the API gives as a code. */
export const because = (code) => sentence(code.replaceAll("_", " "));

/** How a face was decided, with the numbers that decided it. */
export function decided(face) {
  const among = count(face.gallery_size, "driver");
  const needed = `at least ${cosine(face.threshold)} is needed among ${among}`;
  const lead = face.second_similarity === null ? 0 : face.similarity - face.second_similarity;
  switch (face.reason) {
    case null:
      return `Similarity ${cosine(face.similarity)}, ${needed}` + (face.second_similarity === null
        ? "."
        : `; ${cosine(lead)} ahead of the next, at least ${cosine(face.margin)} is needed.`);
    case "no_driver_enrolled":
      return "No driver is enrolled.";
    case "below_threshold":
      return `Nobody is close enough: the nearest, driver ${face.candidates[0]?.driver_id ?? "?"}, has a ` +
        `similarity of ${cosine(face.similarity)}, ${needed}.`;
    case "too_close_to_second":
      return `Two drivers are too close to tell apart: ${cosine(face.similarity)} and ` +
        `${cosine(face.second_similarity)}, a lead of ${cosine(face.margin)} is needed.`;
    case "outside_validity":
      return `It is driver ${face.candidates[0]?.driver_id ?? "?"}, with a similarity of ` +
        `${cosine(face.similarity)}, who does not count at this time.`;
    default:
      return sentence(face.reason.replaceAll("_", " "));
  }
}
