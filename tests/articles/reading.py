"""What a reader finds in a page: read out of its HTML by the marks that do not change."""

import re
from html import unescape
from html.parser import HTMLParser

_TITLE = re.compile(r'class="(?:story|latest)__title"[^>]*><a href="[^"]*">(.*?)</a>')
_WITHIN_WORDS = re.compile(r"</?(?:a|bdi|em|mark|strong)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")


def text_of(html):
    return unescape(" ".join(_TAG.sub(" ", _WITHIN_WORDS.sub("", html)).split()))


def headlines(response):
    """The headlines of the stories on a page, in their order."""
    return [text_of(title) for title in _TITLE.findall(response.content.decode())]


def between(response, start, end):
    """The HTML of a page between two pieces of it."""
    html = response.content.decode()
    return html[html.index(start) + len(start) :].split(end, 1)[0]


def items(html):
    """The list items of a piece of HTML, as text."""
    return [text_of(item) for item in re.findall(r"<li\b.*?</li>", html, re.DOTALL)]


class _Elements(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def elements(response):
    """Every element of a page as (name, attributes), as a browser reads them."""
    return _Elements(response.content.decode()).found


def _is_data(script):
    """A block of data for search engines, which no browser runs."""
    return script == {"type": "application/ld+json"}


def what_may_run(response):
    """What of a page could run or look like something that its own files do not say: should be empty."""
    return [
        (tag, attributes)
        for tag, attributes in elements(response)
        if tag in ("style", "iframe", "object", "embed", "base")
        or (
            tag == "script"
            and not attributes.get("src", "").startswith("/static/")
            and not _is_data(attributes)
        )
        or any(name == "style" or name.startswith("on") for name in attributes)
        or any(
            attributes.get(name, "/").split(":")[0] not in ("http", "https", "mailto", "sms")
            and not attributes[name].startswith(("/", "#", "?"))
            for name in ("href", "src", "action")
            if name in attributes
        )
    ]
