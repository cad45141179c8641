// Starts the page: which view is shown, keys of the keyboard, colours.

import { askForKey } from "./keys.js";
import { picturesOf } from "./chooser.js";
import { el } from "./dom.js";
import { drivers } from "./drivers.js";
import { enrol } from "./enrol.js";
import { events } from "./events.js";
import { gate } from "./gate.js";
import { health } from "./health.js";
import { help, shortcutsOn } from "./help.js";
import { look } from "./look.js";
import { traffic } from "./traffic.js";
import { vehicles } from "./vehicles.js";

const VIEWS = [
  ["look", "Look", look],
  ["gate", "Gate", gate],
  ["events", "Events", events],
  ["traffic", "Traffic", traffic],
  ["enrol", "Enrol", enrol],
  ["drivers", "Drivers", drivers],
  ["vehicles", "Vehicles", vehicles],
  ["health", "Health", health],
];

const main = document.getElementById("main");
const opened = new Map();
let current = null;

function route() {
  const [name, rest = ""] = location.hash.slice(1).split("/");
  const [id, title, make] = VIEWS.find(([one]) => one === name) ?? VIEWS[0];
  const first = current === null;
  for (const dialog of document.querySelectorAll("dialog")) dialog.close(); // as it asks about the view before
  current?.view.close?.();
  if (!opened.has(id)) opened.set(id, make());
  current = { id, view: opened.get(id) };
  const heading = el("h1", { tabindex: "-1" }, title);
  main.replaceChildren(heading, current.view.node);
  document.title = `${title} – Gatehouse`;
  for (const link of document.querySelectorAll("#views a")) {
    if (link.dataset.view === id) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  current.view.open?.(rest);
  if (!first) heading.focus();
}

function navigation() {
  return VIEWS.map(([id, title], place) => el("li", {},
    el("a", { href: `#${id}`, "data-view": id, "aria-keyshortcuts": place + 1 }, title)));
}

function onkey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !shortcutsOn()) return;
  if (event.target.matches("input, select, textarea") || document.querySelector("dialog")) return;
  const place = Number(event.key) - 1;
  const does = VIEWS[place] ? () => { location.hash = `#${VIEWS[place][0]}`; } : {
    "?": () => help(VIEWS.map(([, title]) => title)),
    "/": current.view.search,
    o: current.view.chooser?.open,
    c: current.view.chooser?.camera,
  }[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}

function take(event, transfer) {
  const files = picturesOf(transfer);
  const chooser = current.view.chooserAt?.(event.target) ?? current.view.chooser;
  if (!files.length || !chooser || document.querySelector("dialog")) return;
  event.preventDefault();
  chooser.take(files);
}

function colours() {
  const choice = document.getElementById("colours");
  choice.value = document.documentElement.dataset.colours ?? "";
  choice.addEventListener("change", () => {
    if (choice.value) document.documentElement.dataset.colours = choice.value;
    else delete document.documentElement.dataset.colours;
    localStorage.setItem("gatehouse.colours", choice.value);
  });
}

document.getElementById("views").append(...navigation());
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address names the view
  main.focus();
});
document.getElementById("help").addEventListener("click", () => help(VIEWS.map(([, title]) => title)));
document.getElementById("key").addEventListener("click", () =>
  askForKey("The key that this page sends with every request, where the service asks for one."));
document.addEventListener("keydown", onkey);
document.addEventListener("paste", (event) => take(event, event.clipboardData));
document.addEventListener("drop", (event) => { document.body.classList.remove("dragging"); take(event, event.dataTransfer); });
document.addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("dragging"); });
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dragging");
});
window.addEventListener("hashchange", route);
colours();
route();
