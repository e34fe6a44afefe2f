"""The one definition of what the body of an article may contain: read, clean, measure and render it.

Stored body HTML is a small canonical subset. `clean()` brings anything into it, and is idempotent:

    block     p · h2 · h3 · ul/ol of li (p, ul, ol) · blockquote of p · hr · photo · gallery · pull quote
    inline    text · strong · em · a[href] · br
    photo     <figure data-photo="ID"></figure>                         caption inherited from the library
              <figure data-photo="ID"><figcaption>…</figcaption></figure>   a caption of its own, maybe empty
              data-uncertain="caption" marks one that an importer was not sure of; readers never get the mark
    gallery   <figure data-gallery="ID"></figure>                       its title, order and captions are its own
    pull      <aside data-pull><p>words</p><cite>who said it</cite></aside>

Hostile or foreign HTML is first parsed and cleaned by nh3 (ammonia, the HTML5 algorithm); what is left is read into
the blocks below, and only they are ever written out again, so nothing outside of this file's vocabulary can pass.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

import nh3
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

TARGETS = ("page", "preview", "print", "feed", "mail")
WITH_ANCHORS = ("page",)


# --- blocks -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Paragraph:
    html: str  # canonical inline HTML, as in every field called html below


@dataclass(frozen=True)
class Heading:
    level: int  # 2 or 3
    html: str


@dataclass(frozen=True)
class List:
    ordered: bool
    items: tuple  # each item a tuple of Paragraph and List


@dataclass(frozen=True)
class Quote:
    paragraphs: tuple  # of Paragraph


@dataclass(frozen=True)
class Rule:
    pass


@dataclass(frozen=True)
class Photo:
    id: int
    caption: str | None = None  # None: inherited from the library
    uncertain: bool = False


@dataclass(frozen=True)
class Gallery:
    id: int


@dataclass(frozen=True)
class PullQuote:
    words: str
    source: str = ""


# --- reading ------------------------------------------------------------------------------------------------------
_PARAGRAPH_LIKE = {
    "p",
    "div",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "nav",
    "address",
    "center",
    "pre",
}
_PARAGRAPH_LIKE |= {
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "td",
    "th",
    "caption",
    "dl",
    "dt",
    "dd",
    "figcaption",
}
_PARAGRAPH_LIKE |= {"details", "summary", "fieldset", "form", "body", "figure", "aside", "li", "cite"}
_HEADINGS = {"h1": 2, "h2": 2, "h3": 3, "h4": 3, "h5": 3, "h6": 3}
_MARKS = {"b": "strong", "strong": "strong", "i": "em", "em": "em"}
_READ_TAGS = _PARAGRAPH_LIKE | set(_HEADINGS) | set(_MARKS) | {"a", "br", "hr", "ul", "ol", "blockquote"}
_READ_ATTRIBUTES = {
    "a": {"href"},
    "aside": {"data-pull"},
    "figure": {"data-photo", "data-gallery", "data-caption", "data-uncertain"},
}
_DROPPED_WHOLE = {
    "script",
    "style",
    "template",
    "noscript",
    "title",
    "textarea",
    "select",
    "svg",
    "math",
    "iframe",
}
_DROPPED_WHOLE |= {"object", "embed", "audio", "video", "canvas", "xmp", "noembed", "noframes", "plaintext"}
_DEPTH = 40  # deeper than any text that a person wrote; what nests further is kept, flat
# characters that no XML feed may carry, and that no writer types
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\r\n\f]+")


@dataclass
class _Node:
    tag: str
    attributes: dict = field(default_factory=dict)
    children: list = field(default_factory=list)  # of _Node and str


class _Tree(HTMLParser):
    """The well-formed output of nh3 as a tree, at most `_DEPTH` deep."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.root = _Node("body")
        self._open = [self.root]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        node = _Node(tag, dict(attrs))
        self._open[min(len(self._open), _DEPTH) - 1].children.append(node)
        if tag not in ("br", "hr"):
            self._open.append(node)

    def handle_endtag(self, tag):
        if len(self._open) > 1 and self._open[-1].tag == tag:
            self._open.pop()

    def handle_data(self, data):
        self._open[min(len(self._open), _DEPTH) - 1].children.append(data)


def _read(html):
    text = _CONTROL.sub("", html or "")
    safe = nh3.clean(
        text,
        tags=_READ_TAGS,
        clean_content_tags=_DROPPED_WHOLE,
        attributes=_READ_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    return _Tree(safe).root


def parse(html):
    """Return `html`, from wherever it comes, as a list of blocks. What has no place among them is unwrapped."""
    blocks = []
    _blocks(_read(html), blocks)
    return blocks


def _blocks(node, out):
    """Append the blocks under `node` to `out`; loose text between block elements becomes paragraphs."""
    run = []

    def end_run():
        html = _inline(run)
        if html:
            out.append(Paragraph(html))
        run.clear()

    for child in node.children:
        if isinstance(child, str) or child.tag == "br":
            run.append(child)
        elif child.tag in _MARKS or child.tag == "a":
            if _holds_blocks(child):
                # Google Docs wraps everything in <b>: the mark is dropped, the blocks inside are kept
                end_run()
                _blocks(child, out)
            else:
                run.append(child)
        else:
            end_run()
            _block(child, out)
    end_run()


def _block(node, out):
    tag = node.tag
    if tag in _HEADINGS:
        html = _inline(_flat(node))
        if html:
            out.append(Heading(_HEADINGS[tag], html))
    elif tag in ("ul", "ol"):
        items = _items(node)
        if items:
            out.append(List(tag == "ol", items))
    elif tag == "blockquote":
        inside = []
        _blocks(node, inside)
        paragraphs = []
        for block in inside:
            if isinstance(block, Paragraph | Heading):
                paragraphs.append(Paragraph(block.html))
            elif isinstance(block, Quote):
                paragraphs.extend(block.paragraphs)
            else:
                # a list, a photo or a rule inside a quotation: close the quotation around it
                if paragraphs:
                    out.append(Quote(tuple(paragraphs)))
                paragraphs = []
                out.append(block)
        if paragraphs:
            out.append(Quote(tuple(paragraphs)))
    elif tag == "hr":
        out.append(Rule())
    elif tag == "figure" and _photo_id(node):
        out.append(_photo(node))
    elif tag == "figure" and (gallery := _id(node, "data-gallery")):
        out.append(Gallery(gallery))
    elif tag == "aside" and "data-pull" in node.attributes:
        words = _inline(_flat(node, without="cite"))
        source = _inline([part for cite in _all(node, "cite") for part in _flat(cite)])
        if words:
            out.append(PullQuote(words, source))
        elif source:
            out.append(Paragraph(source))
    else:
        _blocks(node, out)


def _items(node):
    """Return the items of a list, each a tuple of its paragraphs and lists."""
    items, loose = [], []

    def end_loose():
        inside = []
        _blocks(_Node("li", {}, loose), inside)
        if item := tuple(_as_item(inside)):
            items.append(item)
        loose.clear()

    for child in node.children:
        if isinstance(child, _Node) and child.tag == "li":
            end_loose()
            inside = []
            _blocks(child, inside)
            if item := tuple(_as_item(inside)):
                items.append(item)
        elif isinstance(child, _Node) and child.tag in ("ul", "ol"):
            # Word and Google Docs nest a list beside its item instead of inside it
            end_loose()
            inside = []
            _block(child, inside)
            items.append((*items.pop(), *inside) if items else tuple(inside))
        else:
            loose.append(child)
    end_loose()
    return tuple(item for item in items if item)


def _as_item(blocks):
    for block in blocks:
        if isinstance(block, Heading):
            yield Paragraph(block.html)
        elif isinstance(block, Quote):
            yield from block.paragraphs
        elif isinstance(block, PullQuote):
            yield Paragraph(block.words)
        elif isinstance(block, Paragraph | List):
            yield block
        # a photo or a rule cannot stand in a list


def _photo_id(node):
    return _id(node, "data-photo")


def _id(node, attribute):
    given = node.attributes.get(attribute) or ""
    return (
        int(given)
        if given.isascii() and given.isdigit() and int(given[:18]) > 0 and len(given) < 19
        else None
    )


def _photo(node):
    caption = None
    if node.attributes.get("data-caption") != "library":
        captions = _all(node, "figcaption")
        if captions:
            caption = _inline([part for figcaption in captions for part in _flat(figcaption)])
    return Photo(_photo_id(node), caption, node.attributes.get("data-uncertain") == "caption")


def _all(node, tag):
    found = []
    for child in node.children:
        if isinstance(child, _Node):
            found += [child] if child.tag == tag else _all(child, tag)
    return found


def _holds_blocks(node):
    return any(
        isinstance(child, _Node)
        and ((child.tag not in _MARKS and child.tag not in ("a", "br")) or _holds_blocks(child))
        for child in node.children
    )


def _flat(node, without=None):
    """The inline content of a block that may only hold inline: block borders inside become line breaks."""
    parts = []
    for child in node.children:
        if isinstance(child, str) or child.tag == "br":
            parts.append(child)
        elif child.tag == without:
            continue
        elif (child.tag in _MARKS or child.tag == "a") and not _holds_blocks(child):
            parts.append(child)
        else:
            inside = _flat(child, without)
            if parts and inside:
                parts.append(_Node("br"))
            parts += inside
    return parts


# --- inline -------------------------------------------------------------------------------------------------------
def _inline(parts):
    """Canonical inline HTML of `parts`: no empty element, no mark in itself, single spaces, no break at an end."""
    html = _SPACE.sub(" ", "".join(_inline_part(part, frozenset()) for part in parts))
    html = re.sub(r" ?<br> ?", "<br>", html)
    previous = None
    while html != previous:  # trimming an end may empty an element that then goes as well
        previous = html
        html = re.sub(r"^((?:<(?:strong|em|a [^>]*)>)*)(?: |<br>)+", r"\1", html)
        html = re.sub(r"(?: |<br>)+((?:</(?:strong|em|a)>)*)$", r"\1", html)
        html = re.sub(r"<(strong|em)></\1>|<a [^>]*></a>", "", html)
    return html


def _inline_part(part, inside):
    if isinstance(part, str):
        return escape(part, quote=False)
    if part.tag == "br":
        return "<br>"
    content = "".join(
        _inline_part(child, inside | {part.tag, _MARKS.get(part.tag)}) for child in part.children
    )
    if not content:
        return ""
    if part.tag == "a":
        href = link(part.attributes.get("href") or "")
        return f'<a href="{escape(href)}">{content}</a>' if href and "a" not in inside else content
    mark = _MARKS.get(part.tag)
    return f"<{mark}>{content}</{mark}>" if mark and mark not in inside else content


_HOST_ONLY = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?:[/?#]\S*)?", re.IGNORECASE)


def link(address):
    """Return `address` as it may stand in an href, or "" when it may not.

    Allowed: http, https, mailto, a path or an anchor of our own. “www.example.org” is completed with https.
    """
    address = re.sub(r"[\s\x00-\x20\x7f]+", "", address)
    if "\\" in address or address.startswith("//"):
        return ""
    if address.startswith(("/", "#")):
        return address
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        return ""
    if scheme in ("http", "https", "mailto"):
        return address
    return f"https://{address}" if _HOST_ONLY.fullmatch(address) else ""


# --- writing ------------------------------------------------------------------------------------------------------
def to_html(blocks):
    """Return the stored form of `blocks`: `to_html(parse(html)) == clean(html)`."""
    return "\n".join(_block_html(block) for block in blocks)


def _block_html(block):
    match block:
        case Paragraph(html):
            return f"<p>{html}</p>"
        case Heading(level, html):
            return f"<h{level}>{html}</h{level}>"
        case List(ordered, items):
            tag = "ol" if ordered else "ul"
            inside = "".join(f"<li>{''.join(map(_block_html, item))}</li>" for item in items)
            return f"<{tag}>{inside}</{tag}>"
        case Quote(paragraphs):
            return f"<blockquote>{''.join(map(_block_html, paragraphs))}</blockquote>"
        case Rule():
            return "<hr>"
        case Photo(id, caption, uncertain):
            mark = ' data-uncertain="caption"' if uncertain else ""
            inside = "" if caption is None else f"<figcaption>{caption}</figcaption>"
            return f'<figure data-photo="{id}"{mark}>{inside}</figure>'
        case Gallery(id):
            return f'<figure data-gallery="{id}"></figure>'
        case PullQuote(words, source):
            cite = f"<cite>{source}</cite>" if source else ""
            return f"<aside data-pull><p>{words}</p>{cite}</aside>"


def clean(html):
    """Return `html`, whatever it is, as the canonical body HTML described at the top of this file."""
    return to_html(parse(html))


def inline_from_text(text):
    """Return plain `text` as inline HTML; its line breaks are kept."""
    return "<br>".join(escape(line.strip(), quote=False) for line in text.strip().splitlines())


def for_editor(html, photos):
    """Return stored `html` as the body editor takes it: an inherited caption is written out and marked as such.

    `photos` maps ids to photos of the library, as from `Photo.objects.in_bulk`.
    """
    parts = []
    for block in parse(html):
        if isinstance(block, Photo) and block.caption is None and block.id in photos:
            caption = inline_from_text(photos[block.id].caption)
            mark = ' data-uncertain="caption"' if block.uncertain else ""
            parts.append(
                f'<figure data-photo="{block.id}" data-caption="library"{mark}>'
                f"<figcaption>{caption}</figcaption></figure>"
            )
        else:
            parts.append(_block_html(block))
    return "\n".join(parts)


# --- measuring ----------------------------------------------------------------------------------------------------
class _Text(HTMLParser):
    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.parts = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag == "br":
            self.parts.append("\n")

    def handle_data(self, data):
        self.parts.append(data)


def inline_text(html):
    """Return inline HTML as plain text; a <br> is a line break."""
    return "".join(_Text(html).parts)


def _texts(blocks):
    for block in blocks:
        match block:
            case Paragraph(html) | Heading(_, html):
                yield inline_text(html)
            case List(_, items):
                for item in items:
                    yield from _texts(item)
            case Quote(paragraphs):
                yield from _texts(paragraphs)


def text(html):
    """Return the running text of a body, a blank line between paragraphs. Captions are not part of it, and neither
    are pull quotes, which repeat it."""
    return "\n\n".join(_texts(parse(html)))


def word_count(plain_text):
    """Count words as a writer does: runs between spaces that hold a letter or a digit (a lone dash is none)."""
    return sum(any(c.isalnum() for c in word) for word in plain_text.split())


def reading_minutes(words):
    """Return how long `words` words take to read, in whole minutes, at least one."""
    return max(1, round(words / settings.READING_WORDS_PER_MINUTE))


def placed_photos(html):
    """Return the photo blocks of a body in their order; the same photo may be there twice."""
    return [block for block in parse(html) if isinstance(block, Photo)]


def without_caption(html, position, known):
    """Return the body with the caption of a photo taken away: it inherits again. It is number `position` (from 1) of
    those whose ids are `known`, as placements count."""
    blocks, n = parse(html), 0
    for at, block in enumerate(blocks):
        if isinstance(block, Photo) and block.id in known:
            n += 1
            if n == position:
                blocks[at] = Photo(block.id)
    return to_html(blocks)


def placed_galleries(html):
    """Return the ids of the galleries of a body, each once, in their order."""
    if "data-gallery" not in html:
        return []
    return list(dict.fromkeys(block.id for block in parse(html) if isinstance(block, Gallery)))


# --- rendering ----------------------------------------------------------------------------------------------------
def render(html, *, target, photos, galleries=None) -> SafeString:
    """Return a stored body as the HTML of one output.

    `target` is one of TARGETS; `photos` maps ids to photos of the library. Only a preview shows a photo that readers
    may not see (awaiting its picture, or past its rights); everywhere else it is left out. One template draws every
    figure. `galleries` maps ids to galleries with their placements and photos at hand (`Article.placed_galleries`). On
    pages a paragraph has an id that links can lead to.
    """
    if target not in TARGETS:
        raise ValueError(f"no such target: {target}")
    parts, anchors = [], Counter()
    for block in parse(html):
        if isinstance(block, Photo):
            photo = photos.get(block.id)
            if photo is not None and (photo.is_shown or target == "preview"):
                parts.append(figure(photo, caption=block.caption, target=target))
        elif isinstance(block, Gallery):
            if gallery := (galleries or {}).get(block.id):
                parts.append(gallery_figures(gallery, target=target))
        elif isinstance(block, PullQuote):
            context = {"words": mark_safe(block.words), "source": mark_safe(block.source), "target": target}
            parts.append(render_to_string("articles/_pull_quote.html", context))
        elif isinstance(block, Paragraph) and target in WITH_ANCHORS:
            anchor = paragraph_anchor(block, anchors)
            parts.append(f'<p id="{anchor}">{block.html}</p>')
        else:
            parts.append(_block_html(block))
    return mark_safe("\n".join(part.strip() for part in parts))  # only blocks that parse() made


def gallery_figures(gallery, *, target="page") -> SafeString:
    """Return a gallery: its photos as figures in their order, those left out that readers may not see."""
    placed = [p for p in gallery.placements.all() if p.photo.is_shown or target == "preview"]
    if not placed:
        return mark_safe("")
    figures = [
        figure(
            p.photo,
            caption=inline_from_text(p.caption) if p.caption.strip() else None,
            target=target,
            place="gallery",
        )
        for p in placed
    ]
    context = {"gallery": gallery, "figures": figures, "target": target}
    return mark_safe(render_to_string("articles/_gallery.html", context).strip())


def paragraph_anchor(paragraph, anchors):
    """Return the id of a paragraph: of its words, so that it stays where other paragraphs come and go. `anchors`, a
    Counter, tells those apart that say the same."""
    digest = hashlib.sha256(inline_text(paragraph.html).encode()).hexdigest()[:8]
    anchors[digest] += 1
    return f"p-{digest}" if anchors[digest] == 1 else f"p-{digest}-{anchors[digest]}"


def figure(photo, *, caption=None, target="page", place="body") -> SafeString:
    """Return the one figure of a placed photo: picture, caption, credit.

    `caption` is inline HTML of this placement, None for the library's; `place` is "hero", "body" or "gallery".
    """
    caption = inline_from_text(photo.caption) if caption is None else caption
    context = {"photo": photo, "caption": mark_safe(caption), "target": target, "place": place}
    html = render_to_string("articles/_figure.html", context)
    return mark_safe(html.strip())  # strip() alone forgets that it is safe
