// How drivers are called that events name by a number.

import { askJson } from "./api.js";
import { el } from "./dom.js";
import { called } from "./words.js";

const AT_ONCE = 4;
const GONE = 404;

let known = new Map();
let running = 0;
const waiting = [];

/** Forgets what drivers were called: they may be called something else since. */
export function forgetNames() {
  known = new Map();
}

/**
 * A link to a driver, which has the number until the name is known: for good where the key may not
 * read drivers. Of a driver who was erased it says so, and leads nowhere.
 * @param {number} id
 */
export function driverLink(id) {
  const link = el("a", { href: `#drivers/${id}` }, `Driver ${id}`);
  const node = el("span", {}, link);
  if (!known.has(id)) known.set(id, inTurn(() => lookUp(id)));
  known.get(id).then((found) => {
    if (found.gone) node.replaceChildren(`Driver ${id}`, el("small", {}, " erased"));
    else if (found.name) link.textContent = found.name;
  });
  return node;
}

async function lookUp(id) {
  try {
    return { name: called(await askJson(`v1/drivers/${id}`)) };
  } catch (error) {
    return { gone: error.status === GONE };
  }
}

/** Asks for few drivers at once, so that a table of many is no burst. */
async function inTurn(work) {
  if (running >= AT_ONCE) await new Promise((resolve) => { waiting.push(resolve); });
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}
