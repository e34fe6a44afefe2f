from urllib.parse import urljoin

import segno
from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, to_locale

from sharing import json_ld
from sharing.targets import targets, text_of

register = template.Library()


def _whole(path):
    return urljoin(settings.SITE_URL + "/", path)


def ways(article):
    """Return the targets of an article, its text and its whole address."""
    url = _whole(article.get_absolute_url())
    page = reverse("sharing:share", args=[article.slug])
    pages = {"mastodon": reverse("sharing:mastodon", args=[article.slug]), "signal": f"{page}#copy"}
    text = text_of(article)
    return targets(text, url, pages), text, url


@register.inclusion_tag("sharing/_share_links.html")
def share_links(article, place):
    """The ways to pass an article on. `place` tells several lists on one page apart: "top", "end"; "all" folds none."""
    found, text, url = ways(article)
    shown = len(found) if place == "all" else settings.SHARE_SHOWN
    return {
        "shown": found[:shown],
        "more": found[shown:],
        "url": url,
        "text": text,
        "place": place,
        "article": article,
        "counted": reverse("sharing:counted", args=[article.slug]) if settings.SHARE_COUNTS else "",
        "letters": settings.SHARE_LETTERS,
    }


_LETTER = mark_safe(
    '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><rect x="3" y="5.5" width="18" height="13" rx="1"/>'
    '<path d="m3.5 7 8.5 6.5L20.5 7"/></svg>'
)


@register.simple_tag
def target_links(targets):
    """Each of `targets` as an item of a list. There are two dozen on the page of an article: too many for a template each."""
    return format_html_join(
        "",
        '<li><a href="{}" data-target="{}" rel="{}">{}{}</a></li>\n',
        (
            (
                target.address,
                target.name,
                "noopener noreferrer nofollow" if target.is_elsewhere else "nofollow",
                _LETTER if target.name == "mail" else "",
                target.label,
            )
            for target in targets
        ),
    )


@register.simple_tag
def short_address(article):
    """The address of an article that is short enough to type."""
    return _whole(reverse("sharing:short", args=[article.code]))


@register.simple_tag
def qr_code(address, label):
    """A QR code of `address` as an svg element: drawn here, no style, no script, dark on light in every theme."""
    svg = segno.make(address, error="m", micro=False).svg_inline(
        border=4, dark="#13202b", light="#ffffff", svgclass="qr", lineclass=None, omitsize=True, title=label
    )
    return mark_safe(svg.replace("<svg ", '<svg role="img" ', 1))  # segno escapes the title


@register.simple_tag(takes_context=True)
def article_json_ld(context, article, hero):
    return json_ld.script(json_ld.article(article, hero, context["site"]))


@register.simple_tag(takes_context=True)
def author_json_ld(context, author):
    return json_ld.script(json_ld.author(author, context["site"]))


@register.simple_tag(takes_context=True)
def site_json_ld(context):
    return json_ld.script(json_ld.website(context["site"]))


@register.inclusion_tag("sharing/_card.html")
def card_meta(article, hero, site):
    """How other sites show an article: Open Graph and the cards of X. `hero` is the photo that readers see, or None."""
    from sharing import cards  # drawing needs more than showing does

    language = to_locale(get_language())
    return {
        "article": article,
        "site": site,
        "address": _whole(article.get_absolute_url()),
        "card": cards.shown(article, hero),
        "authors": [_whole(author.get_absolute_url()) for author in article.writers],
        "locale": language,
        "x_account": settings.X_ACCOUNT,
    }
