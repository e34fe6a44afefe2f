"""What a comment may hold: plain text with a little Markdown, turned into clean HTML once, when it is written."""

import hashlib
import re
import unicodedata
from html import unescape
from itertools import groupby

import nh3
from django.utils.html import escape
from django.utils.safestring import mark_safe
from markdown_it import MarkdownIt

# Markup of this kind nests or backtracks: beyond the limit the text is shown as it was typed.
_MOST_MARKS = 200
_MARKS = re.compile(r"[\[\]*_>]")

_DEEPEST = 10
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True, "maxNesting": _DEEPEST})
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
    tokens = _markdown.parse(text)
    if any(t.type in ("blockquote_open", "list_item_open") and t.level >= _DEEPEST - 1 for t in tokens):
        return _as_typed(text)  # what stands deeper is left out: nobody would see it, nor decide on it
    html = _cleaner.clean(_markdown.renderer.render(tokens, _markdown.options, {})).strip()
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


# what has no width: it parts no word for the eye, so it parts none for the lists
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def comparable(text):
    """Return `text` as the word lists compare it: without case, look-alike forms and letters that have no width."""
    return unicodedata.normalize("NFKC", text.translate(_UNSEEN)).casefold()


_TAG = re.compile(r"(<[^>]*>)")


def marked(html, words=(), pieces=()):
    """Return rendered HTML with what the rules found in it in `<mark>`: `words` where they stand as whole words, `pieces`
    anywhere, and links whose address is one of them. Compared as the word lists compare; no tag or entity is touched.
    """
    pattern = _pattern_of(words, pieces)
    if pattern is None:
        return mark_safe(html)  # what render() made
    parts = _TAG.split(html)
    texts = [[] if part.startswith("<") else _letters(unescape(part)) for part in parts]
    folded, places = [], []
    for part, letters in enumerate(texts):
        for place, letter in enumerate(letters):
            folded.append(comparable(letter))
            places += [(part, place)] * len(folded[-1])
    found = {
        place for match in pattern.finditer("".join(folded)) for place in places[match.start() : match.end()]
    }
    is_found_link = False
    for part, tag in enumerate(parts):
        if tag.startswith("<a "):
            is_found_link = any(
                unescape(address) in pieces or address in pieces for address in link_addresses(tag)
            )
        elif tag == "</a>":
            is_found_link = False
        elif is_found_link:
            found |= {(part, place) for place in range(len(texts[part]))}
    return mark_safe(  # tags are those of render(), and text is escaped
        "".join(
            "".join(
                f"<mark>{escape(''.join(run))}</mark>" if is_found else escape("".join(run))
                for is_found, run in _runs(texts[part], lambda place, part=part: (part, place) in found)
            )
            if texts[part]
            else tag
            for part, tag in enumerate(parts)
        )
    )


def _pattern_of(words, pieces):
    each = [
        rf"(?<!\w){written}(?!\w)" if is_whole else written
        for is_whole, given in ((True, words), (False, pieces))
        for word in sorted(set(given), key=len, reverse=True)
        if (written := r"\s+".join(re.escape(part) for part in comparable(word).split()))
    ]
    return re.compile("|".join(each)) if each else None


def _letters(text):
    """Each letter of `text` with what is written above or below it, or is not seen: they are compared together."""
    letters = []
    for c in text:
        is_of_the_last = ord(c) in _UNSEEN or unicodedata.combining(
            unicodedata.normalize("NFKC", c)[:1] or " "
        )
        if letters and is_of_the_last:
            letters[-1] += c
        else:
            letters.append(c)
    return letters


def _runs(letters, is_found):
    return [
        (key, [letter for _, letter in run])
        for key, run in groupby(enumerate(letters), key=lambda pair: is_found(pair[0]))
    ]


_ROW_ENDS = re.compile(r"</p>|</li>|<br>")
_LETTERS_A_ROW = 26


def rows(html):
    """Roughly how many rows of a narrow screen the words of rendered HTML take: rather too many than too few."""
    texts = [unescape(_TAG.sub("", part)).strip() for part in _ROW_ENDS.split(html)]
    return sum(
        1.5 + _width(text) // _LETTERS_A_ROW for text in texts if text
    )  # half a row is between two paragraphs


def _width(text):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def content_hash(text):
    """The same for two texts that differ only in case, spacing, accents or punctuation."""
    folded = fold(text) or "".join(text.split())
    return hashlib.sha256(folded.encode("utf-8", "replace")).hexdigest()
