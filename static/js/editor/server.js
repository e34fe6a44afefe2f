/** Talking to the desk's own addresses: JSON in, a sentence out when something is wrong. */

import { element } from "editor/dom";

let csrfCookie = "csrftoken";

/** Set the name of the CSRF cookie, which depends on how the site is served. */
export function useCsrfCookie(name) {
  csrfCookie = name;
}

/**
 * Return the CSRF token that is valid now. Logging in again in another tab changes it, so the one that the page came
 * with is only the fallback.
 */
export function csrfToken() {
  const start = `${csrfCookie}=`;
  const cookie = document.cookie.split("; ").find((part) => part.startsWith(start));
  return cookie?.slice(start.length) || document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
}

const SENTENCES = {
  0: "The server cannot be reached. Please check the connection and try again.",
  401: "You are logged out. Log in again in another tab, then try again here: nothing you typed is lost.",
  403: "You may not do this, or you were logged out meanwhile. Log in again in another tab, then try again here.",
  413: "The server takes no file of this size.",
};

function sentence(status, answer) {
  return answer?.error || SENTENCES[status] || `The server could not do this (${status}). Please try again later.`;
}

/** Ask `url` and return the JSON of the answer; `data` (FormData) makes it a POST. Throws Error with a sentence. */
export async function ask(url, { data = null, signal = null } = {}) {
  const options = { headers: { Accept: "application/json" }, credentials: "same-origin", signal };
  if (data) Object.assign(options, { method: "POST", body: data });
  if (data) options.headers["X-CSRFToken"] = csrfToken();
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(SENTENCES[0]);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok || !answer) throw new Error(sentence(response.status, answer));
  return answer;
}

/** POST `data` and report how much of it is on its way: `progress` gets a number from 0 to 1. fetch() cannot. */
export function send(url, data, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    request.addEventListener("error", () => reject(new Error(SENTENCES[0])));
    request.addEventListener("load", () => {
      if (request.status < 300 && request.response) resolve(request.response);
      else reject(new Error(sentence(request.status, request.response)));
    });
    request.send(data);
  });
}

/** Keep the token of `form` valid: the one it was rendered with is refused after a log-in in another tab. */
export function refreshTokenOnSubmit(form) {
  form.addEventListener("submit", () => {
    const field = form.querySelector("[name=csrfmiddlewaretoken]");
    if (field) field.value = csrfToken();
    else form.append(element("input", { type: "hidden", name: "csrfmiddlewaretoken", value: csrfToken() }));
  });
}
