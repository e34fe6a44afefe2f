"""The browser of the browser tests: which one is there, and how it is started.

Run as a script with `--install`, it brings one where none is there: Debian's by apt when root, else Playwright's own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# the one without a window first: it shows the same pages with a third of the work
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def executable():
    """Return the path of a Chromium on this machine, or None where only Playwright may have one of its own."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


def _playwright_has_one():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def _run(*command, **environment):
    return subprocess.run(command, env=os.environ | environment, stdout=subprocess.DEVNULL).returncode == 0


def install():
    if shutil.which(_NAMES[0]) or "CHROMIUM" in os.environ:
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing Debian's chromium for the browser tests …", flush=True)
        _run("apt-get", "update", "-qq")
        for name in _NAMES[:2]:
            if (
                _run("apt-get", "install", "-y", "-qq", name, DEBIAN_FRONTEND="noninteractive")
                and executable()
            ):
                return
    if executable() or _playwright_has_one():
        return
    print("Installing Playwright's Chromium for the browser tests …", flush=True)
    if not _run(sys.executable, "-m", "playwright", "install", "chromium"):
        sys.exit(
            "The browser tests need a Chromium: install one (Debian: apt-get install chromium), or set CHROMIUM to its path."
        )


if __name__ == "__main__":
    if "--install" in sys.argv:
        install()
    print(executable() or "Playwright's own")
