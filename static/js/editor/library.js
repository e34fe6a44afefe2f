/**
 * The photo library as the editor knows it: facts of the photos that are placed, kept up to date.
 *
 * Facts of a photo: id, name (of its file), caption, credit, alt, decorative, awaiting, missing (words), width, height,
 * url and thumbnail (null while awaiting), can_change, change_url.
 */

import { askAboutDuplicates } from "editor/duplicates";
import { ask, send } from "editor/server";

const known = new Map();
const listeners = new Set();
const asked = new Set();
let addresses = { photos: "" };

/** Say where the library answers, and what is known of it already. */
export function openLibrary({ photosUrl, facts }) {
  addresses = { photos: photosUrl };
  for (const photo of facts) known.set(photo.id, photo);
}

/** Return the facts of a photo, or undefined while they are unknown; `null` when the library has no such photo. */
export function factsOf(id) {
  return known.get(id);
}

/** Call `listener(ids)` whenever facts were learned. Returns a function that stops it. */
export function onFacts(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function learn(photos) {
  for (const photo of photos) known.set(photo.id, photo);
  const ids = new Set(photos.map((photo) => photo.id));
  for (const listener of [...listeners]) listener(ids);
}

/** Ask for the facts of photos that came in from elsewhere (pasted from another article, restored from a draft). */
export async function inquire(ids) {
  const wanted = ids.filter((id) => !known.has(id) && !asked.has(id));
  if (!wanted.length) return;
  wanted.forEach((id) => asked.add(id));
  try {
    const { photos } = await ask(`${addresses.photos}?${new URLSearchParams(wanted.map((id) => ["id", id]))}`);
    const found = new Set(photos.map((photo) => photo.id));
    for (const id of wanted) if (!found.has(id)) known.set(id, null);
    learn(photos);
    for (const listener of [...listeners]) listener(new Set(wanted));
  } catch {
    // the next change of the text asks again
  } finally {
    wanted.forEach((id) => asked.delete(id));
  }
}

/** Search the library. Returns `{ photos, next }`; `next` is the page after this one, or null. */
export async function searchLibrary(words, { page = 1, signal = null } = {}) {
  const answer = await ask(`${addresses.photos}?${new URLSearchParams({ q: words, page })}`, { signal });
  learn(answer.photos);
  return answer;
}

/**
 * Add a picture file to the library and return the facts of the new photo, or of the one that the library has already
 * and that is meant. Throws Error with a sentence.
 */
export function uploadPhoto(file, progress = () => {}) {
  return store(addresses.photos, file, progress, "Keep both");
}

/** Save credit, alternative text and `decorative` of a photo of the library. */
export async function savePhoto(id, values) {
  const data = new FormData();
  for (const [name, value] of Object.entries(values)) data.append(name, value);
  const { photo } = await ask(`${addresses.photos}${id}/`, { data });
  learn([photo]);
  return photo;
}

/**
 * Give a photo that waits for its picture the file, and return its facts; or those of another photo, which the library
 * has already and which is meant in its place. Throws Error with a sentence.
 */
export function givePicture(id, file, progress = () => {}) {
  return store(`${addresses.photos}${id}/picture/`, file, progress, "Use this file all the same");
}

async function store(address, file, progress, keep, duplicates = "ask") {
  const name = file.name || "picture";
  const data = new FormData();
  data.append("image", file, name);
  data.append("duplicates", duplicates);
  const answer = await send(address, data, progress);
  if (answer.photo) {
    learn([answer.photo]);
    return answer.photo;
  }
  learn(answer.duplicates);
  const meant = await askAboutDuplicates(name, answer.duplicates, keep);
  if (meant === "keep") return store(address, file, progress, keep, "keep");
  if (!meant) throw new Error(`“${name}” was not stored.`);
  return meant;
}

/** Return a sentence that says what a photo lacks before it may be published, or "". The words are the server's. */
export function lacks(photo) {
  if (photo === null) return "This photo is not in the library any more. Please remove it here.";
  return photo?.missing.length ? `Missing: ${photo.missing.join(", ")}.` : "";
}
