// A picture with what was found on it.

import { el } from "./dom.js";

const LONGEST = 1600; // pixels of the canvas; larger pictures are shown scaled
const COLOURS = { plate: "#ffd34d", driver: "#5fe08f", unknown: "#ff9d5c" };

/**
 * Draws a picture and marks on it.
 * @param {HTMLCanvasElement} canvas
 * @param {ImageBitmap} bitmap
 * @param {Array<{kind: string, text: string, corners: number[][]}>} marks In pixels of the picture.
 * @param {number} chosen Which mark stands out; -1 for none.
 */
export function draw(canvas, bitmap, marks, chosen = -1) {
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = canvas.getContext("2d");
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  // Lines and letters keep their size on the screen, however the canvas is scaled.
  const dot = canvas.clientWidth ? canvas.width / canvas.clientWidth : 1;
  for (const [place, mark] of marks.entries()) {
    const corners = mark.corners.map(([x, y]) => [x * scale, y * scale]);
    outline(pen, corners, COLOURS[mark.kind], dot * (place === chosen ? 4 : 2));
    label(pen, corners, mark.text, COLOURS[mark.kind], dot);
  }
}

/** The corners of a box. */
export const cornersOf = ({ x1, y1, x2, y2 }) => [[x1, y1], [x2, y1], [x2, y2], [x1, y2]];

/** A mark's part of a picture, small enough for a row of a table. */
export function cutOut(bitmap, corners, height) {
  const [left, right] = range(corners.map(([x]) => x), bitmap.width);
  const [top, bottom] = range(corners.map(([, y]) => y), bitmap.height);
  const width = Math.min(4 * height, Math.round(height * (right - left) / (bottom - top)));
  const canvas = el("canvas", { width: 2 * width, height: 2 * height, class: "cut", "aria-hidden": "true" });
  canvas.getContext("2d").drawImage(
    bitmap, left, top, right - left, bottom - top, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function range(values, most) {
  const first = Math.max(0, Math.floor(Math.min(...values)));
  return [first, Math.max(first + 1, Math.min(most, Math.ceil(Math.max(...values))))];
}

function outline(pen, corners, colour, width) {
  pen.beginPath();
  for (const [x, y] of corners) pen.lineTo(x, y);
  pen.closePath();
  pen.lineJoin = "round";
  pen.lineWidth = width * 2;
  pen.strokeStyle = "rgba(0, 0, 0, 0.65)";
  pen.stroke();
  pen.lineWidth = width;
  pen.strokeStyle = colour;
  pen.stroke();
}

function label(pen, corners, text, colour, dot) {
  const size = 14 * dot;
  pen.font = `600 ${size}px ui-monospace, "DejaVu Sans Mono", monospace`;
  const width = pen.measureText(text).width + size;
  const height = 1.5 * size;
  const left = Math.min(...corners.map(([x]) => x));
  const top = Math.min(...corners.map(([, y]) => y));
  const x = Math.max(0, Math.min(left, pen.canvas.width - width));
  const above = top - height - 3 * dot;
  const y = above >= 0 ? above : Math.max(...corners.map((corner) => corner[1])) + 3 * dot;
  pen.fillStyle = colour;
  pen.fillRect(x, Math.min(y, pen.canvas.height - height), width, height);
  pen.fillStyle = "#111";
  pen.textBaseline = "middle";
  pen.fillText(text, x + size / 2, Math.min(y, pen.canvas.height - height) + height / 2);
}
