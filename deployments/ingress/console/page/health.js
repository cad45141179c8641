// Whether the service works, and what runs.

import { askJson } from "./api.js";
import { cameraPanel } from "./cameras.js";
import { button, el, facts, problem, say, table } from "./dom.js";
import { percent } from "./words.js";

const EVERY_MS = 10_000;

/** The view. */
export function health() {
  const state = el("div", {});
  const cameras = cameraPanel();
  const rest = el("div", { class: "stack" });
  let timer = 0;
  let last = "";

  async function load() {
    clearTimeout(timer);
    await Promise.all([ready(), cameras.load(), inform()]);
    clearTimeout(timer);
    if (state.isConnected) timer = setTimeout(load, EVERY_MS);
  }

  async function ready() {
    const began = performance.now();
    try {
      await askJson("readyz");
      const took = Math.round(performance.now() - began);
      told("good", "Ready", `Every stage works. Answered in ${took} ms.`);
    } catch (error) {
      const stages = Object.entries(error.details?.not_ready ?? {});
      told("bad", "Not ready", error.message, el("ul", {}, stages.map(([name, why]) =>
        el("li", {}, el("strong", {}, name), `: ${why}`))));
    }
  }

  function told(kind, title, text, more = null) {
    state.replaceChildren(el("div", { class: `note ${kind}` }, el("h2", {}, title), el("p", {}, text), more));
    if (title !== last) say(`${title}. ${text}`);
    last = title;
  }

  async function inform() {
    try {
      const [info, gallery] = await Promise.all([askJson("info"), askJson("v1/gallery")]);
      const opened = [...rest.querySelectorAll("details[open]")].map((one) => one.dataset.about);
      rest.replaceChildren(...panels(info, gallery));
      for (const one of rest.querySelectorAll("details")) one.open = opened.includes(one.dataset.about);
    } catch (error) {
      rest.replaceChildren(problem(error));
    }
  }

  return {
    node: el("div", { class: "stack" }, state, cameras.node, rest,
      el("p", { class: "actions" }, button("Look again", load), el("span", { class: "soft" },
        `By itself every ${EVERY_MS / 1000} seconds.`))),
    open: load,
    close: () => {
      clearTimeout(timer);
      cameras.close();
    },
  };
}

function panels(info, gallery) {
  const kinds = new Map(gallery.shards.map((one) => [one.shard, one]));
  return [
    el("div", { class: "split even" },
      panel("Gallery", facts([
        ["Drivers", gallery.drivers],
        ["Faces", gallery.faces],
        ["Not searchable yet", gallery.without_vector],
        ["Face model", gallery.model_id],
        ["Database", info.database],
      ])),
      panel("Versions", facts([
        ["Gatehouse", info.version], ["Python", info.python], ["Ray", info.ray],
      ]), el("details", { "data-about": "libraries" },
        el("summary", {}, "Libraries"), facts(Object.entries(info.libraries))))),
    panel("Index replicas", info.indexes.length
      ? table("Index replicas", ["Shard", "Drivers", "Up to change", "Kind", "Recall"], info.indexes.map((one) => [
        one.shard, one.drivers, one.sequence, one.kind, recall(one, kinds.get(one.shard)),
      ]))
      : el("p", {}, "No replica told about itself.")),
    panel("Models", info.models.length
      ? table("Models", ["Task", "Model", "Licence", "SHA-256"], info.models.map((one) => [
        one.task, one.id, one.licence, one.sha256 && el("code", { title: one.sha256 }, one.sha256.slice(0, 12)),
      ]))
      : el("p", {}, "No model told about itself.")),
    el("details", { class: "panel", "data-about": "settings" },
      el("summary", {}, "Settings that decide about answers"),
      el("pre", { tabindex: "0" }, JSON.stringify(info.settings, null, 2))),
  ];
}

const panel = (title, ...content) => el("div", { class: "panel" }, el("h2", {}, title), ...content);

const recall = (index, shard) =>
  (index.kind === "exact" ? "exact" : shard?.recall ? percent(shard.recall) : null);
