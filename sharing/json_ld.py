"""What search engines read of a page: schema.org as JSON-LD 1.1, in a data block that no browser runs.

The lists of Google (developers.google.com/search/docs/appearance/structured-data/article) recommend author, author.name,
author.url, dateModified, datePublished, headline and image in 16:9, 4:3 and 1:1; all of them are here where the article
has them. Dates carry their zone, and say what the page says.
"""

import json
from urllib.parse import urljoin

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from articles import photos

TYPES = {
    "analysis": "AnalysisNewsArticle",
    "opinion": "OpinionNewsArticle",
    "editorial": "OpinionNewsArticle",
    "review": "ReviewNewsArticle",
    "report": "ReportageNewsArticle",
}  # an interview, and whatever comes later, is a NewsArticle
# pages about the publication, by their slug: the property of NewsMediaOrganization that asks for it
POLICIES = {
    "corrections": "correctionsPolicy",
    "ethics": "ethicsPolicy",
    "principles": "publishingPrinciples",
    "about": "publishingPrinciples",
    "ownership": "ownershipFundingInfo",
    "masthead": "masthead",
    "mission": "missionCoveragePrioritiesPolicy",
    "verification": "verificationFactCheckingPolicy",
    "sources": "unnamedSourcesPolicy",
    "diversity": "diversityPolicy",
    "feedback": "actionableFeedbackPolicy",
    "contact": "actionableFeedbackPolicy",
}
SHAPES = ("16:9", "4:3", "1:1")


def whole(path):
    return urljoin(settings.SITE_URL + "/", str(path))


def script(data):
    """Return `data` as the element that holds it. No headline can end it: < > & and the line ends of JavaScript that
    JSON allows are written as escapes."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return mark_safe(f'<script type="application/ld+json">{text}</script>')


def _moment(at):
    return timezone.localtime(at).isoformat(timespec="seconds")


def _graph(*things):
    return {"@context": "https://schema.org", "@graph": [thing for thing in things if thing]}


# --- the publication ----------------------------------------------------------------------------------------------
def _publisher(site):
    about = {
        "@type": "NewsMediaOrganization",
        "@id": whole("/#publisher"),
        "name": site.name,
        "url": whole("/"),
        "description": site.tagline,
        "logo": {
            "@type": "ImageObject",
            "url": whole(static("icons/mark-512.png")),
            "width": 512,
            "height": 512,
        },
    }
    for page in site.pages:  # the footer has read them already
        if name := POLICIES.get(page.slug):
            about.setdefault(name, whole(page.get_absolute_url()))
    about.setdefault("correctionsPolicy", whole(reverse("articles:corrections")))
    return about


def website(site):
    """The front page: what the site is called, and how it is searched."""
    search = whole(reverse("articles:search"))
    return _graph(
        {
            "@type": "WebSite",
            "@id": whole("/#website"),
            "name": site.name,
            "url": whole("/"),
            "description": site.tagline,
            "inLanguage": get_language(),
            "publisher": {"@id": whole("/#publisher")},
            "potentialAction": {
                "@type": "SearchAction",
                "target": {"@type": "EntryPoint", "urlTemplate": f"{search}?q={{search_term_string}}"},
                "query-input": "required name=search_term_string",
            },
        },
        _publisher(site),
    )


def _crumbs(*steps):
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": n, "name": name, "item": whole(path)}
            for n, (name, path) in enumerate(steps, start=1)
        ],
    }


# --- people -------------------------------------------------------------------------------------------------------
def _person(author):
    person = {
        "@type": "Person",
        "@id": whole(f"{author.get_absolute_url()}#person"),
        "name": author.name,  # the name and nothing else
        "url": whole(author.get_absolute_url()),
    }
    if addresses := [address for _, address in author.link_list]:
        person["sameAs"] = addresses
    return person


def author(author, site):
    """The page of an author."""
    person = _person(author) | {"worksFor": {"@id": whole("/#publisher")}}
    if author.bio:
        person["description"] = author.bio
    if author.portrait and (picture := picture_of(author.portrait, "1:1")):
        person["image"] = picture
    return _graph(
        {
            "@type": "ProfilePage",
            "@id": whole(author.get_absolute_url()),
            "url": whole(author.get_absolute_url()),
            "mainEntity": person,
            "isPartOf": {"@id": whole("/#website")},
        },
        _publisher(site),
        _crumbs((site.name, "/"), (author.name, author.get_absolute_url())),
    )


# --- pictures -----------------------------------------------------------------------------------------------------
def picture_of(photo, shape, caption=""):
    """Return `photo` in a shape (“16:9”) as an ImageObject with its credit, or None where readers may not see it.

    `caption` is that of a placement; empty, the library's serves."""
    if photo is None or not photo.is_shown:
        return None
    crop = photos.crop(photo, shape, 1200)
    if crop is None:
        return None
    picture = {
        "@type": "ImageObject",
        "url": whole(crop.url),
        "contentUrl": whole(crop.url),
        "width": crop.width,
        "height": crop.height,
    }
    if photo.credit.strip():
        picture["creditText"] = photo.credit_line
    if caption := " ".join((caption.strip() or photo.caption).split()):
        picture["caption"] = caption
    if photo.alt_text:
        picture["description"] = photo.alt_text
    if photo.copyright.strip():
        picture["copyrightNotice"] = photo.copyright
    return picture


def _pictures(photo, caption):
    """One of each shape; a photo whose shapes are not made yet stands there once, as it is."""
    found = {}
    for shape in SHAPES:
        if picture := picture_of(photo, shape, caption):
            found.setdefault(picture["url"], picture)
    return list(found.values())


# --- an article ---------------------------------------------------------------------------------------------------
def article(article, hero, site):
    """A live article with its publisher and where it stands; `hero` is its photo, None where readers see none."""
    address = whole(article.get_absolute_url())
    piece = {
        "@type": TYPES.get(article.kind, "NewsArticle"),
        "@id": f"{address}#article",
        "url": address,
        "mainEntityOfPage": {"@type": "WebPage", "@id": address},
        "headline": article.headline,
        "description": article.description,
        "inLanguage": get_language(),
        "datePublished": _moment(article.published_at),
        "dateModified": _moment(article.updated_at if article.is_updated else article.published_at),
        "author": [_person(author) for author in article.writers],
        "publisher": {"@id": whole("/#publisher")},
        "isPartOf": {"@id": whole("/#website")},
        "isAccessibleForFree": True,
        "wordCount": article.word_count,
        "genre": article.get_kind_display(),
    }
    if article.short_headline and article.short_headline != article.headline:
        piece["alternativeHeadline"] = article.short_headline
    if article.topic:
        piece["articleSection"] = article.topic.name
    if tags := [tag.name for tag in article.tags.all()]:
        piece["keywords"] = tags
    if pictures := _pictures(hero, article.hero_caption):
        piece["image"] = pictures
    if corrections := article.corrections.all():
        piece["correction"] = [
            {
                "@type": "CorrectionComment",
                "@id": f"{address}#correction-{correction.pk}",
                "text": correction.words,
                "datePublished": _moment(correction.made_at),
            }
            for correction in corrections
        ]
    if hasattr(article, "comment_count"):
        piece["commentCount"] = article.comment_count
        piece["discussionUrl"] = f"{address}#comments"
    steps = [(site.name, "/")]
    if article.topic:
        steps.append((article.topic.name, article.topic.get_absolute_url()))
    return _graph(piece, _publisher(site), _crumbs(*steps, (article.headline, article.get_absolute_url())))
