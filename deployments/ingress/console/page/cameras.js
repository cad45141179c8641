// The service's own cameras: how they are getting on, and what they see.

import { ask, askJson } from "./api.js";
import { button, el, problem, say, table } from "./dom.js";
import { count, moment, sentence } from "./words.js";

const EVERY_MS = 2_000;
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;

/** A panel; it is empty where there are no cameras, or where the key may not ask. */
export function cameraPanel() {
  const node = el("div", {});
  const list = el("ul", { class: "cameras", "aria-label": "Pictures of the cameras" });
  const rows = el("div", {});
  const pause = button("Pause the pictures", () => {
    paused = !paused;
    pause.textContent = paused ? "Renew the pictures" : "Pause the pictures";
    say(paused ? "The pictures are paused." : "The pictures are renewed.");
    renew();
  });
  const views = new Map();
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) views.get(target.dataset.camera).seen = isIntersecting;
    renew();
  });
  let timer = 0;
  let paused = false;
  let refused = false;
  let leaving = null;

  /** Asks how the cameras are getting on; from then on the pictures that are looked at are renewed. */
  async function load() {
    if (!leaving) begin();
    const { signal } = leaving;
    try {
      show((await askJson("v1/cameras", { signal })).cameras);
    } catch (error) {
      if (!signal.aborted) node.replaceChildren(...(error.status === FORBIDDEN ? [] : [panel(problem(error))]));
    }
  }

  function begin() {
    leaving = new AbortController();
    refused = false;
    document.addEventListener("visibilitychange", renew, { signal: leaving.signal });
  }

  function show(cameras) {
    const ids = cameras.map((one) => one.id);
    if (String(ids) !== String([...views.keys()])) {
      sight.disconnect();
      views.clear();
      for (const id of ids) views.set(id, picture(id));
      list.replaceChildren(...[...views.values()].map((view) => view.node));
      for (const view of views.values()) sight.observe(view.node);
    }
    for (const camera of cameras) views.get(camera.id).update(camera);
    rows.replaceChildren(overview(cameras));
    if (!cameras.length) node.replaceChildren();
    else if (!list.isConnected) node.replaceChildren(panel(list, el("p", { class: "actions" }, pause), rows));
    renew();
  }

  function renew() {
    clearTimeout(timer);
    if (!leaving || paused || refused || document.hidden) return;
    for (const view of views.values()) if (view.seen) askFor(view);
    timer = setTimeout(renew, EVERY_MS);
  }

  async function askFor(view) {
    const { signal } = leaving;
    try {
      await view.renew(signal);
    } catch (error) {
      if (signal.aborted) return;
      // Nobody is asked for a key every two seconds.
      refused ||= [UNAUTHORIZED, FORBIDDEN].includes(error.status);
      view.fail(error.status === FORBIDDEN ? "This key may not see pictures." : error.message);
    }
  }

  return {
    node,
    load,
    close: () => {
      clearTimeout(timer);
      leaving?.abort();
      leaving = null;
    },
  };
}

/** What one camera sees. */
function picture(id) {
  const image = el("img", { alt: `What camera ${id} sees`, hidden: true });
  const state = el("span", {});
  const taken = el("span", { class: "soft" });
  const node = el("li", { "data-camera": id },
    el("figure", {}, el("div", { class: "view" }, image),
      el("figcaption", {}, el("strong", {}, id), " ", state, " ", taken)));
  let watching = false;
  let asking = false;
  const view = { node, seen: false, update, renew, fail };

  function update(camera) {
    watching = camera.state === "watching";
    state.textContent = sentence(camera.state);
    state.className = camera.state === "failed" ? "bad" : "";
    if (!watching) fail(camera.reason ? sentence(camera.reason) : "");
  }

  async function renew(signal) {
    if (!watching || asking) return;
    asking = true;
    try {
      const answer = await ask(`v1/cameras/${id}/picture`, { signal });
      const shot = await answer.blob();
      if (!watching) return; // it has gone meanwhile
      const before = image.src;
      image.src = URL.createObjectURL(shot);
      if (before) URL.revokeObjectURL(before);
      image.hidden = false;
      taken.textContent = moment(answer.headers.get("last-modified"), "medium");
    } finally {
      asking = false;
    }
  }

  function fail(why) {
    if (image.src) URL.revokeObjectURL(image.src);
    image.removeAttribute("src");
    image.hidden = true;
    taken.textContent = why;
  }

  return view;
}

function overview(cameras) {
  const columns = ["Camera", "State", "Pictures", "Last picture", "Events", "Why"];
  return table("Cameras", columns, cameras.map((one) => [
    one.id,
    el("span", { class: one.state === "failed" ? "bad" : null }, sentence(one.state)),
    `${one.frames_sampled.toLocaleString()} looked at, ${one.frames_dropped.toLocaleString()} too many`,
    one.last_frame_at && moment(one.last_frame_at, "medium"),
    `${count(one.plate_events, "vehicle")}, ${count(one.face_events, "person", "people")}`,
    one.reason && sentence(one.reason),
  ]));
}

const panel = (...content) => el("div", { class: "panel" }, el("h2", {}, "Cameras"), ...content);
