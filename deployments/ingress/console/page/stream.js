// Server-sent events, read by hand: a browser's own EventSource can send no key.

import { ask } from "./api.js";

const AGAIN_MS = 1000;
const LATER_MS = 5000; // after an error
const NO_KEY = 401;

/**
 * Follows a stream until it is given up, and comes back to it where it ended; not without the API
 * key that the person was just asked for: that would be asking again and again.
 * @param {string} path
 * @param {AbortSignal} signal
 * @param {{told: function(Object): void, state: function(Error|null): void}} listener Told of every
 *   event, and of what is wrong with the stream; null while it is open.
 */
export async function follow(path, signal, { told, state }) {
  let known = null; // the first time: from now on
  while (!signal.aborted) {
    let pause = AGAIN_MS;
    try {
      const answer = await ask(path, { headers: known ? { "Last-Event-ID": known } : {}, signal });
      state(null);
      for await (const { id, data } of messages(answer.body)) {
        known = id || known;
        if (data) told(JSON.parse(data));
      }
    } catch (error) {
      if (signal.aborted) return;
      state(error);
      if (error.status === NO_KEY) return;
      pause = LATER_MS;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function* messages(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value.replaceAll("\r", "");
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) yield fieldsOf(block);
  }
}

function fieldsOf(block) {
  const fields = { id: "", data: "" };
  for (const line of block.split("\n")) {
    const [, name, value] = /^(id|data): ?(.*)$/.exec(line) ?? [];
    if (name) fields[name] += value;
  }
  return fields;
}
