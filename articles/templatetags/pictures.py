import re
from urllib.parse import urljoin

from django import template
from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from articles import photos

register = template.Library()

PANORAMA = 1.9  # wider than this, a picture in the text breaks out of its column


def _picture(photo, shape, sizes, *, alt, attributes, is_on_paper=False):
    """`<picture>` with the AVIFs that are there and a JPEG for everybody else; what it looks like, blurred, below it.

    The blur is a drawing of 12 fields whose colours are attributes: our policy allows neither a style attribute nor
    an image in a data: address, and a file of its own would come no sooner than the picture.
    """
    jpegs, avifs = photos.renditions(photo, shape), photos.renditions(photo, shape, "avif")
    if not jpegs:
        return ""
    source = format_html(
        '<source type="image/avif" srcset="{}" sizes="{}">', photo._srcset(avifs), sizes
    ) if avifs else ""  # fmt: skip
    largest = jpegs[-1]
    html = format_html(
        '<picture>{}<img src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}"{}></picture>',
        source, photo._middle(jpegs).url, photo._srcset(jpegs), sizes, largest.width, largest.height, alt, attributes,
    )  # fmt: skip
    blur = "" if is_on_paper else placeholder(photo.placeholder)
    return format_html('<span class="pic">{}{}</span>', blur, html)


def placeholder(colours):
    """The drawing of `Photo.placeholder`: columns, rows, and three hexadecimal digits for each field."""
    if not re.fullmatch(r"[34]{2}[0-9a-f]{36}", colours):
        return ""
    columns, rows = int(colours[0]), int(colours[1])
    fields = (colours[2 + 3 * n : 5 + 3 * n] for n in range(columns * rows))
    drawn = format_html_join(
        "", '<path fill="#{}" d="M{} {}h1v1h-1z"/>', ((c, n % columns, n // columns) for n, c in enumerate(fields))
    )  # fmt: skip
    return format_html(
        '<svg class="pic__blur" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        columns, rows, drawn,
    )  # fmt: skip


@register.simple_tag
def card_image(photo, sizes, is_first=False):
    """The picture of a story in a list. It is an ornament there: the headline beside it names the story.

    `is_first` is for the one picture of a page that everybody sees at once: it is loaded before the others.
    """
    attributes = mark_safe(' fetchpriority="high"' if is_first else ' loading="lazy" decoding="async"')
    return _picture(photo, "3:2", sizes, alt="", attributes=attributes)


@register.simple_tag
def crop(photo, shape, width):
    """The Rendition of `photos.crop`."""
    return photos.crop(photo, shape, width)


SIZES = {  # as static/css/figure.css and layout.css lay them out
    # 99 in a hundred: phones of 412 CSS pixels at densities of 1.75 and 2.625 need 721 and 1081 pixels
    "hero": "(min-width: 84rem) 63rem, (min-width: 72rem) calc(100vw - 21rem), (min-width: 48rem) 92vw, 99vw",
    "wide": "(min-width: 84rem) 63rem, (min-width: 72rem) calc(100vw - 21rem), 92vw",
    "tall": "(min-width: 84rem) 22.5rem, (min-width: 72rem) calc(100vw - 61.5rem), (min-width: 48rem) 17rem, 92vw",
    "gallery": "(min-width: 48rem) 19rem, (min-width: 36rem) 46vw, 92vw",
    "plain": "(min-width: 48rem) 38rem, 92vw",
}


ROW_SIZES = {  # as static/css/story.css lays out the stories of a row in so many columns
    2: "(min-width: 64rem) 37rem, (min-width: 40rem) 45vw, 92vw",
    3: "(min-width: 64rem) 24rem, (min-width: 40rem) 30vw, 10rem",
    4: "(min-width: 64rem) 18rem, (min-width: 40rem) 45vw, 10rem",
}


@register.filter
def row_sizes(columns):
    return ROW_SIZES.get(columns, "92vw")


@register.simple_tag
def figure_image(photo, place, target):
    """The picture of a figure. Only the hero is loaded at once; on paper, all are: a lazy picture is not printed."""
    focal = format_html(
        ' data-focal-x="{}" data-focal-y="{}"', tenths(photo.focal_x), tenths(photo.focal_y)
    )  # fmt: skip
    if place == "hero":
        loading = mark_safe(' fetchpriority="high"')
    else:
        loading = mark_safe("" if target == "print" else ' loading="lazy" decoding="async"')
    if place == "gallery" and target != "print":
        return _gallery_tile(photo, focal + loading)
    sizes = SIZES[place if place in SIZES else shape(photo)]
    if place == "hero" and photo.is_portrait:
        # not higher than 85 in a hundred of the window (static/css/figure.css), so no wider than that times its ratio
        sizes = f"min(99vw,{85 * photo.width / photo.height:.4g}vh)"
    return _picture(
        photo, "whole", sizes, alt=photo.alt_text, attributes=focal + loading, is_on_paper=target == "print"
    )


def _gallery_tile(photo, attributes):
    """The 3:2 crop of a photo, leading to the whole of it, which static/js/gallery.js shows in its viewer."""
    shape = "3:2" if photo.cards else "whole"  # photos of before have no crop until the worker has been
    wholes = photos.renditions(photo)
    tile = _picture(photo, shape, SIZES["gallery"], alt=photo.alt_text, attributes=attributes)
    if not tile:
        return ""
    label = f"See the whole photo: {photo.alt_text}" if photo.alt_text else "See the whole photo"
    return format_html(
        '<a class="gallery__open" href="{}" aria-label="{}" data-srcset="{}" data-avif="{}" data-width="{}" data-height="{}">{}</a>',
        wholes[-1].url, label, photo.srcset, photo.avif_srcset, wholes[-1].width, wholes[-1].height, tile,
    )  # fmt: skip


@register.filter
def shape(photo):
    """How a picture stands in the text: "tall" beside it, "wide" beyond its column, else "plain"."""
    if photo.is_portrait:
        return "tall"
    return "wide" if photo.height and photo.width / photo.height >= PANORAMA else "plain"


@register.filter
def tenths(part):
    """A part of one, in tenths, as static/css/figure.css names the focal points: 0.24 is 2."""
    return round(part * 10)


@register.filter
def described(photo):
    """What a picture shows and whose it is, in one line."""
    return photos.described(photo)


@register.filter
def absolute(address):
    """An address of ours as others must write it."""
    return urljoin(settings.SITE_URL + "/", str(address))
