// One driver: details, faces, and the end of both.

import { ApiError, ask, askJson, sendJson } from "./api.js";
import { comparison } from "./compare.js";
import { detailFields } from "./details.js";
import { confirm } from "./dialogs.js";
import { button, el, facts, problem, say } from "./dom.js";
import { faceGrid } from "./faces.js";
import { merging } from "./merge.js";
import { photoTray } from "./photos.js";
import { called, count, moment, validity } from "./words.js";

/**
 * The view of one driver.
 * @param {number} id
 */
export function oneDriver(id) {
  const path = `v1/drivers/${id}`;
  const node = el("div", { class: "stack" }, el("p", { class: "soft" }, "Loading …"));
  const result = el("div", {});
  const head = el("div", { class: "panel" });
  const edited = el("div", { class: "panel" });
  const faces = faceGrid(id, refresh);
  const add = el("button", { type: "button", class: "main", onclick: addPhotos, disabled: true }, "Add the photos");
  const tray = photoTray(() => { add.disabled = tray.size === 0; });
  const back = el("p", {}, el("a", { href: "#drivers" }, "← All drivers"));
  let driver = null;
  const compared = comparison(id, () => called(driver));
  const merged = merging(id, () => driver, async (now, text) => {
    await refresh(now, text);
    await faces.load();
  });

  /** Loads everything anew; what the person typed and did not save is lost. */
  async function load() {
    try {
      show(await askJson(path));
      node.replaceChildren(back, result, el("div", { class: "split" },
        el("div", { class: "stack" }, head, edited, merged.node),
        el("div", { class: "stack" }, faces.node,
          el("div", { class: "panel" }, el("h2", {}, "Add photos"), tray.node,
            el("p", { class: "actions" }, add)),
          compared.node)));
      await faces.load();
    } catch (error) {
      node.replaceChildren(back, problem(error));
    }
  }

  function show(loaded) {
    driver = loaded;
    head.replaceChildren(
      el("h2", {}, called(driver)),
      facts([
        ["Id", driver.id],
        ["Counts now", driver.valid ? "Yes" : "No"],
        ["Valid", validity(driver)],
        ["Faces", driver.face_count],
        ["Enrolled", moment(driver.created_at)],
        ["Changed", `${moment(driver.updated_at)}, version ${driver.version}`],
      ]),
      el("p", { class: "actions" }, button("Erase the driver", erase, { class: "bad" })));
    const details = detailFields(driver);
    edited.replaceChildren(el("h2", {}, "Details"), el("form", {
      onsubmit: (event) => { event.preventDefault(); save(details.values()); },
    }, details.node, el("p", { class: "actions" }, el("button", { class: "main" }, "Save"))));
  }

  const tag = () => ({ "If-Match": `"${driver.version}"` });

  async function doing(work) {
    result.replaceChildren();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const stale = error.status === 412;
      result.replaceChildren(problem(error, ...(stale ? [button("Load it again", load)] : [])));
      result.scrollIntoView({ block: "nearest" });
    }
  }

  function done(text) {
    result.replaceChildren(el("p", { class: "note good" }, text));
    say(text);
  }

  const save = (values) => doing(async () => {
    show(await sendJson("PATCH", path, values, tag()));
    done("Saved.");
  });

  async function refresh(changed, text) {
    show(changed ?? await askJson(path));
    done(text);
  }

  function addPhotos() {
    return doing(async () => {
      const body = new FormData();
      tray.fill(body);
      try {
        const { driver: now, photos } = await askJson(`${path}/faces`, { method: "POST", body });
        tray.judge(photos);
        const taken = photos.filter((one) => one.outcome === "taken").length;
        await refresh(now, `${taken} of ${count(photos.length, "photo")} added.`);
        await faces.load();
      } catch (error) {
        tray.judgeRefused(error);
        throw error;
      }
    });
  }

  async function erase() {
    const sure = await confirm("Erase the driver",
      `${called(driver)}, driver ${id}, is erased with ${count(driver.face_count, "face")} and all ` +
      "pictures. This cannot be undone.", `Erase driver ${id}`);
    if (!sure) return;
    await doing(async () => {
      await ask(path, { method: "DELETE", headers: tag() });
      say(`Driver ${id} is erased.`);
      location.hash = "#drivers";
    });
  }

  load();
  return {
    node,
    chooser: tray.chooser,
    /** Where pictures go that are dropped on something. */
    chooserAt: (target) => (compared.node.contains(target) ? compared.chooser : tray.chooser),
  };
}
