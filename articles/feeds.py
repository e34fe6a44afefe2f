"""Feeds of whole articles: RSS 2.0, Atom (RFC 4287), JSON Feed 1.1, for the site, a topic, a tag, an author, and the
comments of an article.

One list of Items is gathered, and each format writes it. A text holds whatever its author pasted: what XML 1.0 does not
allow is taken out before it is written, and so a feed is well-formed always.

A feed costs five queries and one for what it is of, whatever the number of its articles.
"""

import io
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from html import escape
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import rfc2822_date, rfc3339_date
from django.utils.http import http_date, parse_http_date
from django.utils.translation import get_language
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import require_safe

from articles import body, listing
from articles.models import Article, Author, Photo, Tag, Topic
from articles.templatetags.pictures import absolute
from articles.views import public
from comments.models import Comment
from newsroom.pieces import digest, piece

LENGTH = 50  # articles
FORMATS = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}
# application/rss+xml and application/atom+xml make browsers save the file, or show its source; as XML every browser
# shows it by its stylesheet, and every reader takes it
CONTENT_TYPES = {
    "rss": "application/xml; charset=utf-8",
    "atom": "application/xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}

# what no XML 1.0 document may hold (its production 2, Char), not even as a reference
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_safe(text):
    return _FORBIDDEN.sub("", str(text or ""))


@dataclass
class Person:
    name: str
    url: str


@dataclass
class Item:
    url: str
    id: str
    title: str
    summary: str
    html: str
    published_at: datetime
    updated_at: datetime
    people: list
    categories: list = field(default_factory=list)  # (label, scheme)
    photos: list = field(default_factory=list)
    comments_url: str = ""


@dataclass
class Feed:
    title: str
    description: str
    home_url: str
    url: str
    items: list
    updated_at: datetime
    changed_at: datetime  # by which a reader's copy is judged: also what is no news, such as a repaired typo


# --- what is in them ----------------------------------------------------------------------------------------------
def _items(articles):
    return [_item(article) for article in articles]


def _item(article):
    url = absolute(article.get_absolute_url())
    hero = article.hero if article.hero and article.hero.is_shown else None
    photos = [hero] if hero else []
    photos += [p for pk, p in article.placed_photos().items() if p.is_shown and pk != article.hero_id]
    categories = [(article.topic.name, "topics")] if article.topic else []
    return Item(
        url=url,
        id=_lasting_id(article),
        title=article.headline,
        summary=article.standfirst,
        html=piece(partial(_text, article, hero, url), "text in a feed", _facts(article, hero, url)),
        published_at=article.published_at,
        updated_at=article.updated_at if article.is_updated else article.published_at,
        people=[Person(author.name, absolute(author.get_absolute_url())) for author in article.writers],
        categories=categories + [(tag.name, "tags") for tag in article.tags.all()],
        photos=photos,
        comments_url=f"{url}#comments",
    )


def _text(article, hero, url):
    figure = body.figure(hero, caption=article.hero_caption_html, target="feed", place="hero") if hero else ""
    standfirst = f"<p><em>{escape(article.standfirst)}</em></p>" if article.standfirst else ""
    return _absolute_links(f"{standfirst}\n{figure}\n{article.render_body('feed')}", url)


def _facts(article, hero, url):
    """Return a digest of all that `_text` says, or None where it is not known by these rows: with a gallery in it."""
    if "data-gallery" in article.body:
        return None
    photos = [hero] if hero else []
    photos += article.placed_photos().values()
    rows = [[getattr(photo, f.attname) for f in photo._meta.concrete_fields] for photo in photos]
    return digest(url, article.standfirst, article.hero_caption, article.body, rows)


def _lasting_id(article):
    """A tag URI (RFC 4151): the article stays the same one to a reader when its address changes."""
    host = urlsplit(settings.SITE_URL).hostname
    return f"tag:{host},{article.created_at:%Y-%m-%d}:article-{article.pk}"


_LINK = re.compile(r'(<(?:a|img)\b[^>]*? (?:href|src)=")([/#][^"]*)"')


def _absolute_links(html, url):
    """Return canonical `html` with the addresses of its own site whole; an anchor belongs to the article."""
    return _LINK.sub(
        lambda found: f'{found[1]}{url + found[2] if found[2].startswith("#") else absolute(found[2])}"', html
    )


def _changed_at(items, articles):
    """The last moment at which this feed can have become another one, without a text being read again.

    A withdrawal, and the end of somebody's right to a photo, take away what no item tells of any more.
    """
    moments = [a.published_at for a in articles] + [a.modified_at for a in articles]
    moments += (
        Article.objects.withdrawn().order_by("-withdrawn_at").values_list("withdrawn_at", flat=True)[:1]
    )
    for day in Photo.objects.expired().order_by("-rights_end_on").values_list("rights_end_on", flat=True)[:1]:
        moments.append(timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min)))
    return max(moments, default=None) or datetime(1970, 1, 1, tzinfo=UTC)


# --- answers ------------------------------------------------------------------------------------------------------
def _answer(request, kind, articles, *, title, description, home):
    articles = list(articles.newest_first().for_page()[:LENGTH])
    items = _items(articles)
    updated = max((item.updated_at for item in items), default=datetime(1970, 1, 1, tzinfo=UTC))
    feed = Feed(
        title,
        description,
        absolute(home),
        absolute(request.path),
        items,
        updated,
        _changed_at(items, articles),
    )
    return _written(request, kind, feed)


def _written(request, kind, feed):
    if kind == "json":
        response = JsonResponse(json_feed(feed), json_dumps_params={"ensure_ascii": False})
        response["Content-Type"] = CONTENT_TYPES["json"]
    else:
        response = HttpResponse((rss if kind == "rss" else atom)(feed), content_type=CONTENT_TYPES[kind])
    response["Last-Modified"] = http_date(feed.changed_at.timestamp())
    if settings.WEBSUB_HUB:  # a reader may learn of hub and self from the head alone (WebSub, 4)
        response["Link"] = f'<{settings.WEBSUB_HUB}>; rel="hub", <{feed.url}>; rel="self"'
    return response


def _public_feed(view):
    """`public`, and 304 by the moment where a reader names no ETag (RFC 9110, 13.2.2)."""
    page = public(view)

    @require_safe
    def feed(request, *args, **kwargs):
        response = page(request, *args, **kwargs)
        if response.status_code != 200 or "If-None-Match" in request.headers:
            return response
        changed_at = parse_http_date(response["Last-Modified"])
        return get_conditional_response(
            request, etag=response.get("ETag"), last_modified=changed_at, response=response
        )

    return feed


@_public_feed
def site(request, kind):
    return _answer(
        request, kind, Article.objects.published(),
        title=settings.SITE_NAME, description=settings.SITE_TAGLINE, home="/",
    )  # fmt: skip


@_public_feed
def topic(request, slug, kind):
    topic = get_object_or_404(Topic, slug=slug)
    return _answer(
        request, kind, Article.objects.published().filter(topic=topic),
        title=f"{topic.name} | {settings.SITE_NAME}", description=topic.description or topic.name,
        home=topic.get_absolute_url(),
    )  # fmt: skip


@_public_feed
def tag(request, slug, kind):
    tag = Tag.objects.filter(slug=slug).first()
    newest = list(listing.of_tag(tag)[:LENGTH]) if tag else []
    if not newest:
        tag = get_object_or_404(Tag.objects.of(Article.objects.published()), former_slugs__slug=slug)
        return HttpResponsePermanentRedirect(reverse("articles:tag_feed", args=[tag.slug, kind]))
    return _answer(
        request, kind, Article.objects.published().filter(pk__in=newest),
        title=f"{tag.name} | {settings.SITE_NAME}", description=f"Articles about {tag.name}.",
        home=tag.get_absolute_url(),
    )  # fmt: skip


@_public_feed
def author(request, slug, kind):
    author = get_object_or_404(Author, slug=slug)
    newest = list(listing.of_author(author)[:LENGTH])
    if not newest:
        raise Http404
    return _answer(
        request, kind, Article.objects.published().filter(pk__in=newest),
        title=f"{author.name} | {settings.SITE_NAME}", description=f"Articles by {author.name}.",
        home=author.get_absolute_url(),
    )  # fmt: skip


@_public_feed
def comments(request, slug):
    """The newest comments on an article that readers see, as Atom."""
    article = Article.objects.published().filter(slug=slug).first()
    if article is None:
        raise Http404
    url = absolute(article.get_absolute_url())
    shown = Comment.objects.visible_of(article).order_by("-submit_date", "-pk")[:LENGTH]
    items = [
        Item(
            url=absolute(reverse("comments:comment", args=[comment.pk])),
            id=f"{_lasting_id(article)}/comment-{comment.pk}",
            title=f"{comment.user_name} on “{article.list_headline}”",
            summary="",
            html=_absolute_links(comment.html, url),
            published_at=comment.submit_date,
            updated_at=comment.edited_at or comment.submit_date,
            people=[Person(comment.user_name, "")],
        )
        for comment in shown
    ]
    updated = max((item.updated_at for item in items), default=article.published_at)
    title = f"Comments on “{article.headline}” | {settings.SITE_NAME}"
    # a comment that was taken away leaves no moment behind: only the ETag answers for it
    feed = Feed(
        title, article.standfirst, f"{url}#comments", absolute(request.path), items, updated, timezone.now()
    )
    return _written(request, "atom", feed)


@public
def explained(request):
    """What feeds are and where they are: for those who come upon one with a browser."""
    return render(request, "articles/feeds.html", {"topics": Topic.objects.all(), "formats": FORMATS})


# --- writing ------------------------------------------------------------------------------------------------------
class _Xml(SimplerXMLGenerator):
    def element(self, name, text="", **attributes):
        named = {key.replace("__", ":").rstrip("_"): xml_safe(value) for key, value in attributes.items()}
        self.addQuickElement(name, xml_safe(text), named)


def _document():
    out = io.StringIO()
    xml = _Xml(out, "utf-8", short_empty_elements=True)
    xml.startDocument()
    xml.processingInstruction("xml-stylesheet", f'href="{escape(static("css/feed.css"))}" type="text/css"')
    return out, xml


def _media(xml, photo):
    """A picture of an item by Media RSS, with its caption, credit and alternative text as they are."""
    picture = photo.renditions[-1]
    xml.startElement(
        "media:content",
        {"url": absolute(picture.url), "medium": "image", "type": "image/jpeg",
         "width": str(picture.width), "height": str(picture.height)},
    )  # fmt: skip
    if photo.alt_text:
        xml.element("media:title", photo.alt_text, type="plain")
    if photo.caption:
        xml.element("media:description", photo.caption, type="plain")
    if photo.credit:
        xml.element("media:credit", photo.credit)
    xml.endElement("media:content")


def rss(feed):
    """RSS 2.0 with the whole text in content:encoded, and each author by name in a dc:creator."""
    out, xml = _document()
    xml.startElement(
        "rss",
        {"version": "2.0", "xmlns:atom": "http://www.w3.org/2005/Atom", "xmlns:dc": "http://purl.org/dc/elements/1.1/",
         "xmlns:content": "http://purl.org/rss/1.0/modules/content/", "xmlns:media": "http://search.yahoo.com/mrss/"},
    )  # fmt: skip
    xml.startElement("channel", {})
    xml.element("title", feed.title)
    xml.element("link", feed.home_url)
    xml.element("description", feed.description)
    xml.element("language", get_language())
    if feed.items:
        xml.element("lastBuildDate", rfc2822_date(feed.updated_at))
    xml.element("atom:link", rel="self", href=feed.url, type="application/rss+xml")
    if settings.WEBSUB_HUB:
        xml.element("atom:link", rel="hub", href=settings.WEBSUB_HUB)
    for item in feed.items:
        xml.startElement("item", {})
        xml.element("title", item.title)
        xml.element("link", item.url)
        xml.element("description", item.summary)
        for person in item.people:
            xml.element("dc:creator", person.name)
        for label, _ in item.categories:
            xml.element("category", label)
        if item.comments_url:
            xml.element("comments", item.comments_url)
        xml.element("guid", item.id, isPermaLink="false")
        xml.element("pubDate", rfc2822_date(item.published_at))
        if item.updated_at != item.published_at:
            xml.element("atom:updated", rfc3339_date(item.updated_at))
        xml.element("content:encoded", item.html)
        for photo in item.photos:  # after the text: some programs take the first text that they meet
            _media(xml, photo)
        xml.endElement("item")
    xml.endElement("channel")
    xml.endElement("rss")
    return out.getvalue()


def atom(feed):
    """Atom with the whole text as HTML; `updated` moves only on a change of substance (RFC 4287, 4.2.15)."""
    out, xml = _document()
    xml.startElement(
        "feed",
        {"xmlns": "http://www.w3.org/2005/Atom", "xmlns:media": "http://search.yahoo.com/mrss/", "xml:lang": get_language()},
    )  # fmt: skip
    xml.element("title", feed.title)
    xml.element("subtitle", feed.description)
    xml.element("id", feed.url)
    xml.element("updated", rfc3339_date(feed.updated_at))
    xml.element("link", rel="alternate", type="text/html", href=feed.home_url)
    xml.element("link", rel="self", type="application/atom+xml", href=feed.url)
    if settings.WEBSUB_HUB:
        xml.element("link", rel="hub", href=settings.WEBSUB_HUB)
    _atom_person(xml, Person(settings.SITE_NAME, settings.SITE_URL))  # for an entry that names nobody
    for item in feed.items:
        xml.startElement("entry", {})
        xml.element("title", item.title)
        xml.element("id", item.id)
        xml.element("link", rel="alternate", type="text/html", href=item.url)
        xml.element("published", rfc3339_date(item.published_at))
        xml.element("updated", rfc3339_date(item.updated_at))
        for person in item.people:
            _atom_person(xml, person)
        for label, scheme in item.categories:
            xml.element("category", term=label, scheme=f"{settings.SITE_URL}/{scheme}/", label=label)
        if item.summary:
            xml.element("summary", item.summary)
        xml.element("content", item.html, type="html")
        for photo in item.photos:
            _media(xml, photo)
        xml.endElement("entry")
    xml.endElement("feed")
    return out.getvalue()


def _atom_person(xml, person):
    xml.startElement("author", {})
    xml.element("name", person.name)
    if person.url:
        xml.element("uri", person.url)
    xml.endElement("author")


def json_feed(feed):
    """JSON Feed 1.1 (jsonfeed.org/version/1.1) as a dict."""
    found = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "description": feed.description,
        "home_page_url": feed.home_url,
        "feed_url": feed.url,
        "language": get_language(),
        "items": [_json_item(item) for item in feed.items],
    }
    if settings.WEBSUB_HUB:
        found["hubs"] = [{"type": "WebSub", "url": settings.WEBSUB_HUB}]
    return found


def _json_item(item):
    found = {
        "id": item.id,
        "url": item.url,
        "title": xml_safe(item.title),
        "summary": xml_safe(item.summary),
        "content_html": xml_safe(item.html),
        "date_published": rfc3339_date(item.published_at),
        "authors": [{"name": person.name, "url": person.url} for person in item.people],
        "tags": [label for label, _ in item.categories],
    }
    if item.updated_at != item.published_at:
        found["date_modified"] = rfc3339_date(item.updated_at)
    if item.photos:
        found["image"] = absolute(item.photos[0].renditions[-1].url)
    return found
