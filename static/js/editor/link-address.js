/** Which addresses a link may have: the same rule as `articles.body.link`, which decides. */

const HOST_ONLY = /^(?:[\w\p{L}-]+\.)+[a-z]{2,}(?:[/?#]\S*)?$/iu;
const MAIL_ONLY = /^[^\s@/:]+@(?:[\w\p{L}-]+\.)+[a-z]{2,}$/iu;

/** Return `text` as an href, completed where that is certain, or "" when it may not be one. */
export function linkAddress(text) {
  const address = text.replace(/[\s\x00-\x20\x7f]+/g, "");
  if (!address || address.includes("\\") || address.startsWith("//")) return "";
  if (/^[/#]/.test(address) || /^(https?|mailto):./i.test(address)) return address;
  if (MAIL_ONLY.test(address)) return `mailto:${address}`;
  return HOST_ONLY.test(address) ? `https://${address}` : "";
}
