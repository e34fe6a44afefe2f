/* Light, dark, or as the system says: the reader's choice, kept in this browser only. The page is the same for
   everyone, so this runs before anything is painted, and shows the buttons once they are there. */
(() => {
  const root = document.documentElement;
  const colours = document.querySelectorAll('meta[name="theme-color"]');
  const systemMedia = [...colours].map((meta) => meta.media);
  let theme = "auto";
  try {
    theme = localStorage.getItem("theme") ?? "auto";
  } catch {
    // storage is switched off: the choice lasts as long as the page
  }

  const apply = () => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
    colours.forEach((meta, i) => {
      const isLight = systemMedia[i].includes("light");
      meta.media = root.dataset.theme ? (isLight === (theme === "light") ? "all" : "not all") : systemMedia[i];
    });
  };
  apply();

  document.addEventListener("DOMContentLoaded", () => {
    const choice = document.querySelector("[data-theme-choice]");
    if (!choice) return;
    const buttons = [...choice.querySelectorAll("button")];
    const press = () => {
      for (const button of buttons) {
        button.setAttribute("aria-pressed", String(button.value === (root.dataset.theme ?? "auto")));
      }
    };
    choice.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      theme = button.value;
      try {
        localStorage.setItem("theme", theme);
      } catch {
        // as above
      }
      apply();
      press();
    });
    press();
    choice.hidden = false;
  });
})();
