// Stored pictures, which only whoever has a key may see: loaded when they come into sight.

import { ask } from "./api.js";
import { el } from "./dom.js";

const FORBIDDEN = 403;

const loads = new WeakMap();
const sight = new IntersectionObserver((entries) => {
  for (const { target } of entries.filter((one) => one.isIntersecting)) {
    sight.unobserve(target);
    load(target, loads.get(target));
  }
});

/**
 * A picture of the service.
 * @param {string|null} path Null where none is kept.
 * @param {string} alt Empty where words beside it say the same.
 */
export function stored(path, alt, properties = {}) {
  const image = el("img", { class: "face", alt, ...properties });
  if (path) {
    loads.set(image, path);
    sight.observe(image);
  }
  return image;
}

async function load(image, path) {
  try {
    image.src = URL.createObjectURL(await (await ask(path)).blob());
    image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  } catch (error) {
    const why = error.status === FORBIDDEN ? "This key may not see pictures." : error.message;
    image.replaceWith(el("span", { class: "missing" }, [image.alt, why].filter(Boolean).join(": ")));
  }
}
