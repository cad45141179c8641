// Pictures from a camera of this machine.

import { button, el, say } from "./dom.js";
import { show } from "./dialogs.js";
import { count } from "./words.js";

/** Whether the browser gives pages a camera: it does over HTTPS and on this machine. */
export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

/**
 * Takes pictures until the person is done.
 * @param {boolean} many Whether more than one may be taken.
 * @returns {Promise<File[]>}
 */
export async function takePictures(many) {
  const taken = [];
  let stream = null;
  let over = false;
  await show("Camera", (close) => {
    const video = el("video", { autoplay: true, playsinline: true, "aria-label": "Camera picture" });
    video.muted = true;
    const state = el("p", { role: "status" }, "Waiting for the camera …");
    const shutter = button("Take picture", async () => {
      taken.push(await snapshot(video, taken.length + 1));
      if (!many) close();
      state.textContent = `${count(taken.length, "picture")} taken`;
    }, { class: "main", disabled: true });
    open(video).then((opened) => {
      stream = opened;
      if (over) stop(stream);
      state.textContent = "Ready";
      shutter.disabled = false;
      shutter.focus();
    }, (failure) => { state.textContent = refusal(failure); });
    const done = button(many ? "Done" : "Cancel", () => close());
    return el("div", {}, video, state, el("p", { class: "actions" }, shutter, done));
  });
  over = true;
  stop(stream);
  if (taken.length) say(`${count(taken.length, "picture")} taken`);
  return taken;
}

async function open(video) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false, video: { width: { ideal: 1920 }, height: { ideal: 1080 }, facingMode: "environment" },
  });
  video.srcObject = stream;
  await new Promise((resolve) => video.addEventListener("loadeddata", resolve, { once: true }));
  return stream;
}

function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

function snapshot(video, number) {
  const canvas = el("canvas", { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(
    (blob) => resolve(new File([blob], `camera-${number}.jpg`, { type: "image/jpeg" })),
    "image/jpeg", 0.93));
}

function refusal(failure) {
  if (failure.name === "NotAllowedError") return "The browser was not allowed to use the camera.";
  if (failure.name === "NotFoundError") return "This machine has no camera.";
  return `The camera cannot be used: ${failure.message}`;
}
