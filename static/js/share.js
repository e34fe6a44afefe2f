/* data-share: what only a browser can do for the links that pass an article on. The device's own sheet, the reader's
   own Mastodon server, and, where the site counts, one number more. */
const SERVER = "mastodon-server"; // in localStorage, and nowhere else

function remembered() {
  try {
    return localStorage.getItem(SERVER);
  } catch {
    return null; // storage is switched off
  }
}

for (const share of document.querySelectorAll("[data-share]")) {
  const sheet = share.querySelector("[data-share-sheet]");
  const given = { title: document.title, text: sheet.dataset.text, url: sheet.dataset.url };
  if (navigator.share && navigator.canShare?.(given)) {
    sheet.closest("[hidden]").removeAttribute("hidden");
    sheet.addEventListener("click", () => navigator.share(given).catch(() => {})); // put away again: nothing to say
  }

  const mastodon = share.querySelector('[data-target="mastodon"]');
  const server = mastodon && remembered();
  if (server) {
    const text = encodeURIComponent(`${sheet.dataset.text} ${sheet.dataset.url}`);
    const change = document.createElement("a");
    change.href = mastodon.href;
    change.rel = "nofollow";
    change.textContent = "Another Mastodon server";
    mastodon.href = `https://${server}/share?text=${text}`;
    mastodon.rel = "noopener noreferrer nofollow";
    mastodon.title = server;
    const item = document.createElement("li");
    item.append(change);
    mastodon.closest("li").after(item);
  }

  if (share.dataset.counted) {
    share.addEventListener("click", (event) => {
      const pressed = event.target.closest("[data-target], [data-copy-link], [data-share-sheet]");
      if (!pressed) return;
      const target = pressed.dataset.target ?? ("copyLink" in pressed.dataset ? "copy" : "device");
      fetch(share.dataset.counted, {
        method: "POST",
        body: new URLSearchParams({ target }),
        credentials: "omit",
        keepalive: true,
      }).catch(() => {});
    });
  }
}
