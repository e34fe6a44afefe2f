"""What is said to search engines: sitemaps (sitemaps.org 0.9 with Google's image and news extensions), robots.txt, and
IndexNow through the queue of the worker.

The articles are cut by their number, 5,000 to a file: a file keeps its address and its articles, and neither it nor the
index becomes dearer with what is published.
"""

import io
import json
import logging
import urllib.error
import urllib.request
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F, OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.xmlutils import SimplerXMLGenerator

from articles.feeds import xml_safe
from articles.models import Announcement, Article, Author, Page, Topic
from articles.templatetags.pictures import absolute
from articles.views import public
from newsroom import claims

logger = logging.getLogger(__name__)

A_FILE = 5_000
NEWS_FOR = timedelta(days=2)  # Google takes no older ones
MOST_NEWS = 1_000
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
IMAGE = "http://www.google.com/schemas/sitemap-image/1.1"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


class _Xml(SimplerXMLGenerator):
    def element(self, name, text):
        self.addQuickElement(name, xml_safe(text))


def _answer(root, namespaces, write):
    out = io.StringIO()
    xml = _Xml(out, "utf-8")
    xml.startDocument()
    xml.startElement(root, {"xmlns": SITEMAP} | {f"xmlns:{name}": uri for name, uri in namespaces.items()})
    write(xml)
    xml.endElement(root)
    return HttpResponse(out.getvalue(), content_type="application/xml; charset=utf-8")


def _moment(at):
    return timezone.localtime(at).isoformat(timespec="seconds")


@public
def index(request):
    """Which files there are. Two queries."""
    parts = (
        Article.objects.published()
        .order_by()
        .annotate(part=F("pk") / A_FILE)
        .values_list("part", flat=True)
        .distinct()
    )

    def write(xml):
        for name in ["/sitemap-lists.xml", *(f"/sitemap-articles-{part}.xml" for part in sorted(parts))]:
            xml.startElement("sitemap", {})
            xml.element("loc", absolute(name))
            xml.endElement("sitemap")

    return _answer("sitemapindex", {}, write)


@public
def articles(request, part):
    """The live articles whose numbers lie in this part, with their photos. Two queries."""
    found = (
        Article.objects.published()
        .filter(pk__gte=part * A_FILE, pk__lt=(part + 1) * A_FILE)
        .only("slug", "published_at", "updated_at", "hero")
        .select_related("hero")
        .prefetch_related("placements__photo")
        .order_by("pk")
        if part < 2**40
        else []
    )
    found = list(found)
    if not found:
        raise Http404

    def write(xml):
        for article in found:
            photos = {article.hero_id: article.hero} if article.hero else {}
            photos |= article.placed_photos()
            xml.startElement("url", {})
            xml.element("loc", absolute(article.get_absolute_url()))
            xml.element(
                "lastmod", _moment(article.updated_at if article.is_updated else article.published_at)
            )
            for photo in photos.values():
                if photo.is_shown:
                    xml.startElement("image:image", {})
                    xml.element("image:loc", absolute(photo.renditions[-1].url))
                    xml.endElement("image:image")
            xml.endElement("url")

    return _answer("urlset", {"image": IMAGE}, write)


@public
def lists(request):
    """The front page, the topics and the authors that have something published, and the pages about us."""
    published = Article.objects.published()
    newest = published.filter(topic=OuterRef("pk")).newest_first().values("published_at")[:1]
    topics = Topic.objects.annotate(newest=Subquery(newest)).exclude(newest=None)
    found = [("/", None)]
    found += [(topic.get_absolute_url(), topic.newest) for topic in topics]
    authors = Author.objects.published().order_by("pk")
    found += [(author.get_absolute_url(), None) for author in authors.only("slug")[:40_000]]
    found += [(page.get_absolute_url(), page.modified_at) for page in Page.objects.defer("body")]

    def write(xml):
        for path, changed_at in found:
            xml.startElement("url", {})
            xml.element("loc", absolute(path))
            if changed_at:
                xml.element("lastmod", _moment(changed_at))
            xml.endElement("url")

    return _answer("urlset", {}, write)


@partial(public, kept=False)  # each moment two days ago ends
def news(request):
    """The Google News sitemap: what came out in the last two days, a thousand at most. May be empty."""
    fresh = Article.objects.published().filter(published_at__gt=timezone.now() - NEWS_FOR)
    fresh = fresh.newest_first().only("headline", "slug", "published_at")[:MOST_NEWS]

    def write(xml):
        for article in fresh:
            xml.startElement("url", {})
            xml.element("loc", absolute(article.get_absolute_url()))
            xml.startElement("news:news", {})
            xml.startElement("news:publication", {})
            xml.element("news:name", settings.SITE_NAME)
            xml.element("news:language", news_language())
            xml.endElement("news:publication")
            xml.element("news:publication_date", _moment(article.published_at))
            xml.element("news:title", article.headline)
            xml.endElement("news:news")
            xml.endElement("url")

    return _answer("urlset", {"news": NEWS}, write)


def news_language():
    """The language as Google News wants it: two or three letters, but for Chinese."""
    code = get_language().lower()
    return code if code in ("zh-cn", "zh-tw") else code.split("-")[0]


@public
def robots(request):
    """What is not for them. The search stays open to them: its results say noindex themselves."""
    closed = ["/account/", "/moderation/", "/preview/"]
    if settings.ADMIN_PATH == "admin":  # an address that was chosen is not told to everybody
        closed.insert(0, "/admin/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), ""]
    lines += [f"Sitemap: {absolute(path)}" for path in ("/sitemap.xml", "/news-sitemap.xml")]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


# --- IndexNow -----------------------------------------------------------------------------------------------------
@public
def indexnow_key(request, key):
    """The file by which IndexNow knows that the site is ours; there is none while the setting is empty."""
    if not settings.INDEXNOW_KEY or key != settings.INDEXNOW_KEY:
        raise Http404
    return HttpResponse(key, content_type="text/plain; charset=utf-8")


def to_announce(article, at=None):
    """Ask the worker to tell search engines of the address of `article`, now or `at`; nothing without the setting."""
    if settings.INDEXNOW_KEY:
        Announcement.objects.create(path=article.get_absolute_url(), due_at=at or timezone.now())


def announce():
    """Tell of what is due, in one request; how many addresses were told. What failed waits for its next time."""
    due = list(Announcement.objects.due().order_by("pk")[:500]) if settings.INDEXNOW_KEY else []
    taken = [
        a for a in due if Announcement.objects.due().filter(pk=a.pk).update(claimed_at=claims.claimed_now())
    ]
    if not taken:
        return 0
    ids = [a.pk for a in taken]
    try:
        _post(list(dict.fromkeys(absolute(a.path) for a in taken)))
    except OSError as error:  # urllib's errors are ones
        attempts = taken[0].attempts + 1
        given_up = timezone.now() if attempts >= Announcement.MOST_ATTEMPTS else None
        Announcement.objects.filter(pk__in=ids).update(
            attempts=attempts, claimed_at=None, done_at=given_up, last_error=f"{error}"[:200],
            due_at=timezone.now() + timedelta(minutes=2**attempts),
        )  # fmt: skip
        logger.warning("Search engines were not told of %s addresses: %s", len(ids), error)
        return 0
    Announcement.objects.filter(pk__in=ids).update(done_at=timezone.now(), last_error="")
    return len(ids)


def _post(addresses):
    """Hand `addresses` over by the protocol (indexnow.org/documentation). Raises OSError when it is not accepted."""
    key = settings.INDEXNOW_KEY
    told = {
        "host": urlsplit(settings.SITE_URL).netloc,
        "key": key,
        "keyLocation": absolute(f"/{key}.txt"),
        "urlList": addresses,
    }
    request = urllib.request.Request(  # noqa: S310 the address is the operator's
        settings.INDEXNOW_URL,
        data=json.dumps(told).encode(),
        headers={"Content-Type": "application/json; charset=utf-8"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=15) as answer:  # noqa: S310
        if answer.status not in (200, 202):
            raise urllib.error.HTTPError(
                settings.INDEXNOW_URL, answer.status, "not accepted", answer.headers, None
            )
