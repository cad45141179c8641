// Calls of the service's API.

import { askForKey, key } from "./keys.js";

const ROOT = new URL("../../", import.meta.url);

/** An answer that is an error, with the service's own sentence. */
export class ApiError extends Error {
  constructor(message, { status = 0, code = "", requestId = "", details = {} } = {}) {
    super(message);
    Object.assign(this, { status, code, requestId, details });
  }
}

/** The address of a path below the service's root. */
export const address = (path) => new URL(path, ROOT).href;

/**
 * Asks the service; where it wants an API key, asks the person for one and asks again.
 * @param {string} path Without a leading slash.
 * @param {{method?: string, body?: BodyInit, headers?: Object, signal?: AbortSignal}} options
 * @returns {Promise<Response>} An answer that is no error.
 * @throws {ApiError}
 */
export async function ask(path, { headers = {}, ...options } = {}) {
  for (;;) {
    const sent = key();
    const answer = await reach(path, {
      ...options,
      headers: sent ? { ...headers, Authorization: `Bearer ${sent}` } : headers,
    });
    if (answer.ok) return answer;
    const error = await errorOf(answer);
    if (answer.status !== 401) throw error;
    if (key() === sent && !(await askForKey(error.message))) throw error;
  }
}

/** Asks for JSON. */
export async function askJson(path, options) {
  return (await ask(path, options)).json();
}

/** Sends JSON and reads the answer. */
export async function sendJson(method, path, value, headers = {}) {
  const body = JSON.stringify(value);
  return askJson(path, { method, body, headers: { ...headers, "Content-Type": "application/json" } });
}

async function reach(path, options) {
  try {
    return await fetch(address(path), { ...options, credentials: "omit" });
  } catch (failure) {
    if (failure.name === "AbortError") throw failure;
    throw new ApiError("The service cannot be reached. Is it running, and is this machine online?");
  }
}

async function errorOf(answer) {
  const status = answer.status;
  const headerId = answer.headers.get("x-request-id") ?? "";
  const text = await answer.text();
  try {
    const { error } = JSON.parse(text);
    if (typeof error === "string") return new ApiError(error, { status, requestId: headerId });
    return new ApiError(error.message, {
      status, code: error.code, requestId: error.request_id ?? headerId, details: error.details ?? {},
    });
  } catch {
    const said = text.slice(0, 200) || answer.statusText;
    return new ApiError(`The service answered ${status}: ${said}`, { status, requestId: headerId });
  }
}
