// A driver's photos before and after they are judged.

import { chooser } from "./chooser.js";
import { button, el } from "./dom.js";
import { rejected, sentence } from "./words.js";

/**
 * A tray of photos to send.
 * @param {function(): void} onchange Told when photos come or go.
 */
export function photoTray(onchange) {
  let photos = [];
  const list = el("ul", { class: "photos", "aria-label": "Photos" });
  const from = chooser("photos", true, (files) => {
    for (const file of files) photos.push(shown(file));
    list.append(...photos.slice(-files.length).map((one) => one.node));
    onchange();
  });

  function shown(file) {
    const address = URL.createObjectURL(file);
    const outcome = el("p", { class: "soft" }, "Not sent yet");
    const photo = { file, outcome, address };
    photo.node = el("li", {},
      el("img", { src: address, alt: "" }),
      el("div", {}, el("p", { class: "name" }, file.name), outcome),
      button("Remove", () => { remove(photo); from.node.querySelector("button").focus(); onchange(); }, {
        class: "plain", "aria-label": `Remove ${file.name}`,
      }));
    return photo;
  }

  function remove(photo) {
    photos = photos.filter((one) => one !== photo);
    photo.node.remove();
    URL.revokeObjectURL(photo.address);
  }

  return {
    node: el("div", {}, from.node, list),
    chooser: from,
    get size() { return photos.length; },
    /** Puts the photos into a form. */
    fill(form) {
      for (const { file } of photos) form.append("images", file, file.name);
    },
    /** Shows what became of each photo, in the order sent. */
    judge(outcomes) {
      for (const [place, told] of outcomes.entries()) {
        const photo = photos[place];
        const good = told.outcome !== "rejected";
        photo.node.className = good ? "good" : "bad";
        photo.outcome.replaceChildren(
          el("strong", {}, good ? "Good" : rejected(told.reason)),
          ...(good ? [] : [": ", sentence(told.message)]));
        photo.outcome.className = "";
      }
    },
    /** Shows what a refused request says of the photos, here where they are seen. */
    judgeRefused(error) {
      if (!error.details?.photos) return;
      this.judge(error.details.photos);
      error.message = error.message.replace("details.photos says", "the list says");
    },
    clear() {
      for (const photo of photos) remove(photo);
      onchange();
    },
  };
}
