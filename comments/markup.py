"""What a comment may hold: plain text with a little Markdown, turned into clean HTML once, when it is written."""

import hashlib
import re
import unicodedata

import nh3
from django.utils.html import escape
from markdown_it import MarkdownIt

# Markup of this kind nests or backtracks: beyond the limit the text is shown as it was typed.
_MOST_MARKS = 200
_MARKS = re.compile(r"[\[\]*_>]")

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True, "maxNesting": 10})
_markdown.enable("linkify")
_markdown.disable(
    [
        "code",
        "fence",
        "hr",
        "reference",
        "html_block",
        "heading",
        "lheading",
        "backticks",
        "image",
        "html_inline",
    ]
)


def _leads_to_the_web(address):
    """Whether a link is one: anything else stays the text that was typed."""
    return address.lower().startswith(("http://", "https://"))


_markdown.validateLink = _leads_to_the_web

_LEADS_NOWHERE = re.compile(r"<a rel=\"[^\"]*\">(.*?)</a>", re.DOTALL)  # “[words]()”

_cleaner = nh3.Cleaner(
    tags={"p", "br", "em", "strong", "a", "blockquote", "ul", "ol", "li"},
    attributes={"a": {"href"}, "*": set()},  # else a title is taken
    url_schemes={"http", "https"},
    attribute_filter=lambda tag, name, value: value if name != "href" or _leads_to_the_web(value) else None,
    link_rel="nofollow ugc noopener",
)


def tidy(text):
    """Return `text` as it is stored: one kind of line break, at most one empty line in a row, no control characters."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return re.sub(r"\n[ \t]*\n(?:[ \t]*\n)+", "\n\n", text).strip()


def render(text):
    """Return the HTML of a comment: paragraphs, emphasis, links, quotes and lists, and nothing else."""
    if len(_MARKS.findall(text)) > _MOST_MARKS:
        return _as_typed(text)
    html = _cleaner.clean(_markdown.render(text)).strip()
    return _LEADS_NOWHERE.sub(r"\1", html)


def _as_typed(text):
    paragraphs = [p.strip("\n") for p in re.split(r"\n[ \t]*\n", text) if p.strip()]
    return "\n".join(f"<p>{escape(p).replace(chr(10), '<br>')}</p>" for p in paragraphs)


def link_addresses(html):
    """The addresses that rendered HTML links to, in order."""
    return re.findall(r'<a href="([^"]*)"', html)


def fold(text):
    """Return `text` reduced to what a person reads: without case, accents, spacing, punctuation and look-alike forms."""
    text = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in text if c.isalnum())


def content_hash(text):
    """The same for two texts that differ only in case, spacing, accents or punctuation."""
    folded = fold(text) or "".join(text.split())
    return hashlib.sha256(folded.encode("utf-8", "replace")).hexdigest()
