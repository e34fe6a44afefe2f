"""Card pictures: what other sites and messengers show of an article, drawn by the worker as 1200 × 630 JPEG.

Left the headline on paper, right the photo around its focal point; without a photo the headline on ink. The type is
the site's own, out of static/fonts: what it has no letters for (another script) is not drawn; the plain crop of the
photo serves instead, or without a photo the name of the site in the headline's place. A card is of one state of an
article (`key_of`): once that is another (a headline changed, a photo withdrawn or its rights ended), the card is
neither shown nor served, and the worker draws the next one.
"""

import contextlib
import hashlib
import io
import logging
import unicodedata
from datetime import timedelta
from functools import lru_cache

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from articles import photos
from articles.models import Article
from newsroom import claims
from sharing.json_ld import whole
from sharing.models import Card

logger = logging.getLogger(__name__)

WIDTH, HEIGHT = 1200, 630
RECIPE = "2"  # part of each key: change it when cards shall come out differently
PORTION = 10
LATELY = timedelta(hours=2)  # what changed longer ago is found by the hourly look
PAPER, INK, INK_2, MAGENTA, PINK = "#fdfdfb", "#13202b", "#45535f", "#a3135d", "#f39ac2"
PHOTO_LEFT = 600
_FONTS = settings.BASE_DIR / "static" / "fonts"
_PARTS = ("latin", "latin-ext", "vietnamese")


# --- which card an article is to have -------------------------------------------------------------------------------
def _hero(article):
    hero = article.hero
    return hero if hero and hero.is_shown and photos.renditions(hero) else None


def _facts(article):
    hero = _hero(article)
    return (
        RECIPE, settings.SITE_NAME, article.list_headline, article.kind, article.topic and article.topic.name,
        *((hero.image.name, hero.focal_x, hero.focal_y, hero.credit_line) if hero else ()),
    )  # fmt: skip


def key_of(article):
    """Return the key of the card that `article` is to have now. No query after a join of hero and topic."""
    return hashlib.sha256(repr(_facts(article)).encode()).hexdigest()[:40]


def is_current(card, article):
    return bool(card.name) and card.key == key_of(article)


def stored_name(name):
    return f"cards/{name}.jpg"


def shown(article, hero):
    """Return the picture for the cards of other sites as a dict of url, width, height and alt, or None.

    The drawn card where there is one of the article as it is, else the plain crop of `hero`, the photo that readers
    see. No query after `for_page()`.
    """
    card = getattr(article, "card", None)
    if card and is_current(card, article):
        name = card.name.removeprefix("cards/").removesuffix(".jpg")
        alt = f"“{article.list_headline}”, {settings.SITE_NAME}"
        if hero and (words := photos.described(hero)):
            alt = f"{alt}. {words}"
        return {
            "url": whole(reverse("sharing:card", args=[name])),
            "width": WIDTH,
            "height": HEIGHT,
            "alt": alt[:420],  # the most that X takes
        }
    crop = photos.crop(hero, "16:9", 1200) if hero else None
    return crop and {
        "url": whole(crop.url),
        "width": crop.width,
        "height": crop.height,
        "alt": photos.described(hero)[:420],
    }


# --- the worker -----------------------------------------------------------------------------------------------------
def _look_at(articles):
    """Have the worker draw the cards of those `articles` that have none of how they are now; how many."""
    asked = 0
    for article in articles:
        card = getattr(article, "card", None)
        key = key_of(article)
        if card is None:
            Card.objects.bulk_create(
                [Card(article=article, key=key, seen_at=article.modified_at)], ignore_conflicts=True
            )
            asked += 1
        elif card.key != key:
            asked += Card.objects.filter(pk=card.pk, key=card.key).update(
                key=key, seen_at=article.modified_at, made_at=None, claimed_at=None, attempts=0
            )
        elif card.seen_at != article.modified_at:
            Card.objects.filter(pk=card.pk, key=key).update(seen_at=article.modified_at)
    return asked


def _articles():
    return Article.objects.published().select_related("topic", "hero", "card").defer("body", "body_text")


def draw_due():
    """Draw a portion of what is due; how many were worked off. Safe in many processes: each card is claimed by one."""
    since = timezone.now() - LATELY
    unseen = Q(card=None) | Q(card__seen_at=None) | ~Q(card__seen_at=F("modified_at"))
    lately = Q(modified_at__gte=since) | Q(published_at__gte=since)
    _look_at(_articles().filter(lately, unseen).order_by("-modified_at")[:100])
    done = 0
    for pk in list(Card.objects.due().values_list("pk", flat=True)[:PORTION]):
        done += draw(pk)
    return done


def look_over():
    """Look at all live articles for cards that are not of how they are now (a photo was taken back, the type has
    changed), and forget the pictures of those that are live no more. Costs a second for ten thousand articles."""
    for card in Card.objects.exclude(name="").exclude(article__in=Article.objects.published())[:500]:
        default_storage.delete(card.name)
        Card.objects.filter(pk=card.pk, name=card.name).update(name="", key="", made_at=timezone.now())
    return _look_at(_articles().iterator(chunk_size=2000))


def draw(pk):
    """Draw one card. Returns whether this process did; what fails is tried three times."""
    if (
        not Card.objects.due()
        .filter(pk=pk)
        .update(claimed_at=claims.claimed_now(), attempts=F("attempts") + 1)
    ):
        return False
    card = Card.objects.select_related("article__topic", "article__hero").get(pk=pk)
    article = card.article
    key, name = key_of(article), ""
    try:
        if article.is_published and (picture := picture_of(article)):
            name = _store(picture)
    except Exception:  # a torn rendition, a full disk: the article is shown by its plain crop
        logger.exception("The card of article %s was not drawn", article.pk)
        Card.objects.filter(pk=pk).update(claimed_at=None)
        return False
    Card.objects.filter(pk=pk).update(
        key=key, name=name, seen_at=article.modified_at, made_at=timezone.now(), claimed_at=None
    )
    if card.name and card.name != name and not Card.objects.filter(name=card.name).exists():
        default_storage.delete(card.name)
    return True


def _store(picture):
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=86, progressive=True, optimize=True)
    name = stored_name(hashlib.sha256(out.getvalue()).hexdigest()[:24])
    if not default_storage.exists(name):
        with contextlib.suppress(FileExistsError):  # another process made the same one
            default_storage.save(name, ContentFile(out.getvalue()))
    return name


# --- type -----------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=64)
def _font(family, part, size, axes):
    font = ImageFont.truetype(_FONTS / f"{family}-{part}.woff2", size)
    font.set_variation_by_axes(list(axes))
    return font


class Type:
    """A face of the site in one size. Its letters lie in several files, as they do for browsers."""

    def __init__(self, family, size, weight):
        axes = (weight, min(60, max(18, size))) if family == "newsreader" else (weight,)
        self.size = size
        self.fonts = [_font(family, part, size, axes) for part in _PARTS]

    def _runs(self, text):
        """`text` in pieces that one file has the letters for, as (font, piece)."""
        runs = []
        for character in text:
            font = next((f for f in self.fonts if _has(f, character)), self.fonts[0])
            if character == " " and runs:
                font = runs[-1][0]
            if runs and runs[-1][0] is font:
                runs[-1] = (font, runs[-1][1] + character)
            else:
                runs.append((font, character))
        return runs

    def width(self, text):
        return sum(font.getlength(piece) for font, piece in self._runs(text))

    def draw(self, canvas, x, baseline, text, fill):
        for font, piece in self._runs(text):
            canvas.text((x, baseline), piece, font=font, fill=fill, anchor="ls")
            x += font.getlength(piece)

    def lines(self, text, width):
        """Break `text` into lines of at most `width`; None where a word alone is longer."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if self.width(longer) <= width:
                lines[-1] = longer
            elif self.width(word) > width:
                return None
            else:
                lines.append(word)
        return lines


@lru_cache(maxsize=4096)
def _has(font, character):
    """Whether `font` has a glyph of its own for `character`: else it draws the same box as for what nobody has."""
    if character == " ":
        return True
    return bytes(font.getmask(character)) != bytes(font.getmask("\U0010ffff"))


def drawable(text):
    """Return `text` as it can be drawn, or None where it holds letters that the site's type has not.

    Emoji and other signs that are no letters are left out; they are not in the type either.
    """
    kept = []
    for character in unicodedata.normalize("NFC", text):
        if character.isspace():
            kept.append(" ")
        elif unicodedata.category(character) == "Cf" or 0xFE00 <= ord(character) <= 0xFE0F:
            continue  # joiners and selectors of emoji draw nothing by themselves
        elif any(_has(font, character) for font in Type("newsreader", 40, 500).fonts):
            kept.append(character)
        elif unicodedata.category(character)[0] in "LNPM" and not unicodedata.combining(character):
            return None
    return " ".join("".join(kept).split())


def _set(text, width, height, sizes):
    """Return (type, lines) of `text` in the largest of `sizes` in which it fits the box; shortened in the smallest."""
    for size in sizes:
        face = Type("newsreader", size, 500)
        lines = face.lines(text, width)
        if lines and len(lines) * size * 1.14 <= height:
            return face, lines
    words = text.split()
    while len(words) > 1:
        words.pop()
        lines = face.lines(" ".join(words).rstrip(",.;:–—-") + " …", width)
        if lines and len(lines) * size * 1.14 <= height:
            return face, lines
    while words and face.width(words[0] + "…") > width:
        words[0] = words[0][:-1]
    return face, [words[0] + "…"]


# --- the picture ------------------------------------------------------------------------------------------------------
def picture_of(article):
    """Return the card of `article` as a picture, or None where its plain crop serves better."""
    hero = _hero(article)
    headline = drawable(article.list_headline)
    if not headline and hero:
        return None
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER if hero else INK)
    canvas = ImageDraw.Draw(picture)
    left, right = 64, (PHOTO_LEFT - 48 if hero else WIDTH - 96)
    ink, quiet, accent = (INK, INK_2, MAGENTA) if hero else (PAPER, "#b9c5cc", PINK)
    if hero:
        picture.paste(_crop(hero, (WIDTH - PHOTO_LEFT, HEIGHT)), (PHOTO_LEFT, 0))
    _neatline(canvas, PHOTO_LEFT if hero else WIDTH, ink, PAPER if hero else INK)

    label = Type("libre-franklin", 26, 700)
    words = [article.get_kind_display()]
    if article.topic and (topic := drawable(article.topic.name)):
        words.append(topic)
    x = left
    for n, word in enumerate(words):
        if x + label.width(word) > right:
            break
        label.draw(canvas, x, 104, word, accent if n == 0 else quiet)
        x += label.width(word) + 22

    name = drawable(settings.SITE_NAME)
    if large := headline or name:
        sizes = (66, 60, 54, 48, 43, 38, 34) if hero else (92, 84, 76, 68, 60, 52, 46)
        if not headline:
            sizes = (190, 160, 132, 110, *sizes)
        face, lines = _set(large, right - left, 348, sizes)
        for n, line in enumerate(lines):
            face.draw(canvas, left, 152 + face.size * 0.8 + n * face.size * 1.14, line, ink)

    if headline and name:
        Type("newsreader", 36, 600).draw(canvas, left, HEIGHT - 62, name, ink)
    if hero and (credit := drawable(f"Photo: {hero.credit_line}" if hero.credit_line else "")):
        small = Type("libre-franklin", 17, 450)
        while credit and small.width(credit) > right - left:
            credit = credit[:-2].rstrip() + "…"
        small.draw(canvas, left, HEIGHT - 30, credit, quiet)
    return picture


def _neatline(canvas, width, dark, light):
    """The frame line of the site: pieces of dark and light by turns, along the upper edge."""
    for n, x in enumerate(range(0, width, 40)):
        canvas.rectangle((x, 0, min(x + 40, width) - 1, 9), fill=dark if n % 2 == 0 else light)
    canvas.line((0, 10, width - 1, 10), fill=dark, width=2)


def _crop(photo, size):
    """The part of `photo` around its focal point that fills `size`, out of a JPEG that readers get, too."""
    whole_ones = photos.renditions(photo)
    source = next((r for r in whole_ones if r.width >= 1200), whole_ones[-1])
    ratio = size[0] / size[1]
    box = photos.crop_box(photo, ratio)
    with default_storage.open(source.name) as file, Image.open(file, formats=["JPEG"]) as image:
        image = image.convert("RGB")
    left, top, right, bottom = box
    pixels = (left * image.width, top * image.height, right * image.width, bottom * image.height)
    return image.resize(size, Image.Resampling.LANCZOS, box=pixels)
