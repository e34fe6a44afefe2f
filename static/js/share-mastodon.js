/* data-mastodon-server: the field keeps what was typed into it, in this browser only. */
const SERVER = "mastodon-server";
const field = document.querySelector("[data-mastodon-server]");

try {
  field.value ||= localStorage.getItem(SERVER) ?? "";
  field.form.addEventListener("submit", () => {
    const host = field.value.trim().toLowerCase().replace(/^https?:\/\//, "").replace(/\/.*$/, "").replace(/^.*@/, "");
    if (/^([a-z0-9-]+\.)+[a-z0-9-]{2,}$/.test(host)) localStorage.setItem(SERVER, host);
  });
} catch {
  // storage is switched off: the field is empty every time
}
