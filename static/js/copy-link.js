/* data-copy-link: a button that puts its address on the clipboard. It is shown only where there is one. */
const SHOWN_FOR = 2500; // ms

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy-link]")) {
    const label = button.querySelector("[role=status]");
    const idle = label.textContent;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copyLink);
        label.textContent = "Link copied";
      } catch {
        label.textContent = "Not allowed here";
      }
      setTimeout(() => {
        label.textContent = idle;
      }, SHOWN_FOR);
    });
    button.closest("[hidden]")?.removeAttribute("hidden");
  }
}
