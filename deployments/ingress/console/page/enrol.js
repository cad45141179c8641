// Enrolling a driver by photos.

import { askJson } from "./api.js";
import { detailFields } from "./details.js";
import { button, el, problem, say } from "./dom.js";
import { photoTray } from "./photos.js";
import { called, count } from "./words.js";

/** The view. */
export function enrol() {
  const details = detailFields();
  const result = el("div", {});
  const send = el("button", { class: "main", disabled: true }, "Enrol the driver");
  const tray = photoTray(() => { send.disabled = tray.size === 0; });
  const form = el("form", { class: "split", onsubmit: (event) => { event.preventDefault(); submit(); } },
    el("div", { class: "panel" },
      el("h2", {}, "Photos"),
      el("p", { class: "soft" }, "Several photos of one person, taken apart from each other: well lit, " +
        "sharp, looking into the camera."),
      tray.node),
    el("div", { class: "stack" },
      el("div", { class: "panel" }, el("h2", {}, "Driver"), details.node, el("p", { class: "actions" }, send)),
      result));
  let key = newKey();
  form.addEventListener("input", () => { key = newKey(); });

  async function submit(allowTwin = false) {
    const body = new FormData();
    tray.fill(body);
    for (const [name, value] of Object.entries(details.values())) {
      if (value !== null) body.append(name, value);
    }
    await sending(async () => {
      const path = allowTwin ? "v1/drivers?allow_twin=true" : "v1/drivers";
      const made = await askJson(path, { method: "POST", body, headers: { "Idempotency-Key": key } });
      tray.judge(made.photos);
      enrolled(made.driver, made.photos);
    });
  }

  async function addTo(driverId) {
    const body = new FormData();
    tray.fill(body);
    await sending(async () => {
      const made = await askJson(`v1/drivers/${driverId}/faces`, { method: "POST", body });
      tray.judge(made.photos);
      enrolled(made.driver, made.photos);
    });
  }

  async function sending(work) {
    send.disabled = true;
    result.replaceChildren(el("p", { class: "note" }, "The photos are being judged …"));
    try {
      await work();
    } catch (error) {
      tray.judgeRefused(error);
      result.replaceChildren(problem(error, ...waysOut(error)));
    } finally {
      key = newKey();
      send.disabled = tray.size === 0;
    }
  }

  function waysOut(error) {
    const driverId = error.details?.driver_id;
    if (error.code !== "already_enrolled" || driverId === undefined) return [];
    return [
      button(`Add the photos to driver ${driverId}`, () => addTo(driverId)),
      button("Enrol as another person all the same", () => submit(true), { class: "bad" }),
      el("a", { href: `#drivers/${driverId}` }, `See driver ${driverId}`),
    ];
  }

  function enrolled(driver, photos) {
    const good = photos.filter((one) => one.outcome === "taken").length;
    const text = `${called(driver)} is driver ${driver.id}: ` +
      `${good} of ${count(photos.length, "photo")} taken, ${count(driver.face_count, "face")} enrolled.`;
    const again = button("Enrol another driver", () => {
      tray.clear();
      details.clear();
      result.replaceChildren();
      details.first.focus();
    });
    result.replaceChildren(el("div", { class: "note good" },
      el("p", {}, text),
      el("p", { class: "actions" }, again, el("a", { href: `#drivers/${driver.id}` }, "See the driver"))));
    say(text);
  }

  return { node: form, chooser: tray.chooser };
}

/** A request that is sent again after a lost answer enrols nobody twice. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
