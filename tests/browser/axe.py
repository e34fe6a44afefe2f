"""What axe-core finds on a page. Loaded once a page; colours alone are asked again in the other theme."""

from pathlib import Path

import axe_playwright_python

_SOURCE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
# it would fetch imported sheets for a rule of its own, which our policy refuses; and only what is wrong is of interest
_OPTIONS = {"preload": False, "resultTypes": ["violations"]}
# a colour that changes slowly is neither the one nor the other for a moment
_SETTLED = """() => new Promise(requestAnimationFrame).then(
  () => document.getAnimations().forEach((animation) => animation.finish()))"""


def found_by_axe(page, *, dark_too=False):
    """Return what axe finds as (rule, element) pairs; with `dark_too`, also the contrasts of the dark theme."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SOURCE)
    page.evaluate(_SETTLED)
    found = _run(page, _OPTIONS)
    if dark_too:
        page.emulate_media(color_scheme="dark")
        page.evaluate(_SETTLED)
        found += _run(page, _OPTIONS | {"runOnly": {"type": "rule", "values": ["color-contrast"]}})
        page.emulate_media(color_scheme="light")
    return found


def _run(page, options):
    violations = page.evaluate(
        "(options) => axe.run(document, options).then((all) => all.violations)", options
    )
    return [(rule["id"], node["html"]) for rule in violations for node in rule["nodes"]]
