// Answers that become files of the person.

const KEPT_MS = 300; // a browser has begun to save by then

/**
 * Saves an answer as a file, under the name that it gives itself.
 * @param {Response} answer
 * @param {string} otherwise Its name where it gives none.
 */
export async function saveAs(answer, otherwise) {
  const named = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "");
  const address = URL.createObjectURL(await answer.blob());
  Object.assign(document.createElement("a"), { href: address, download: named?.[1] ?? otherwise }).click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
