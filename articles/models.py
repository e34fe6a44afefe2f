"""What the publication publishes: articles with their topics, authors, photos and placements."""

import itertools
from datetime import timedelta
from pathlib import PurePath

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models, transaction
from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator, slugify
from taggit.managers import TaggableManager
from taggit.models import ItemBase, TagBase

from articles import body, photos
from newsroom import claims
from sharing.addresses import new_code

_JOINERS = "\u200c\u200d"  # letters of Persian and Hindi, and many emoji, hang on them


def one_line(text):
    """Return `text` without line breaks, control characters and space at its ends; its words are left alone."""
    kept = (c for c in text or "" if c.isprintable() or c.isspace() or c in _JOINERS)
    return " ".join("".join(kept).split()).strip(_JOINERS + " ")


def free_slug(text, taken, *, fallback):
    """Return a slug for `text` for which `taken(slug)` is false, numbered where needed."""
    base = slugify(text)[:90].rstrip("-") or fallback
    return next(
        slug
        for slug in itertools.chain([base], (f"{base}-{n}" for n in itertools.count(2)))
        if not taken(slug)
    )


class TagQuerySet(models.QuerySet):
    def get_by_natural_key(self, name):  # a tag is named so by Django's serialization
        return self.get(name=name)

    def of(self, articles):
        """The tags of `articles`, most used first, each with how many of them have it as `article_count`."""
        return (
            self.filter(tagged_articles__content_object__in=articles)
            .annotate(article_count=Count("tagged_articles"))
            .order_by("-article_count", "name")
        )


class Tag(TagBase):
    """What an article is about, beside its topic. Case does not matter: “Sanctions” is “sanctions”."""

    objects = TagQuerySet.as_manager()

    class Meta(TagBase.Meta):
        verbose_name = "tag"
        verbose_name_plural = "tags"
        ordering = ["name"]

    def slugify(self, tag, i=None):
        slug = slugify(tag) or slugify(tag, allow_unicode=True) or "tag"
        return slug if i is None else f"{slug}-{i}"

    def get_absolute_url(self):
        return reverse("articles:tag", args=[self.slug])

    def rename(self, name):
        """Give it another name and the address that goes with it; the former address leads here.

        Raises ValidationError where another tag has that name: they are to be merged instead.
        """
        name = one_line(name)
        if not name:
            raise ValidationError("A tag has a name.")
        if other := Tag.objects.filter(name__iexact=name).exclude(pk=self.pk).first():
            raise ValidationError(f"There is a tag “{other}” already. Merge the two instead.")
        with (
            transaction.atomic()
        ):  # a name without its address, or an address that leads nowhere, must not stay
            former, self.name = self.slug, name
            wanted = self.slugify(name)
            taken = Tag.objects.exclude(pk=self.pk)
            self.slug = next(
                slug
                for slug in itertools.chain([wanted], (f"{wanted}-{n}" for n in itertools.count(2)))
                if not taken.filter(slug=slug).exists()
            )
            FormerTagSlug.objects.filter(slug=self.slug).delete()
            self.save(update_fields=["name", "slug"])
            if former != self.slug:
                FormerTagSlug.objects.update_or_create(slug=former, defaults={"tag": self})

    def merge(self, others):
        """Take the articles and the addresses of `others`, which go."""
        others = [tag for tag in others if tag.pk != self.pk]
        gone = [tag.pk for tag in others]
        with transaction.atomic():  # an article must not lose a tag half-way
            has_it = TaggedArticle.objects.filter(tag=self).values("content_object")
            moved = (
                TaggedArticle.objects.filter(tag__in=gone)
                .exclude(content_object__in=has_it)
                .values_list("content_object", flat=True)
            )
            rows = [TaggedArticle(tag=self, content_object_id=pk) for pk in dict.fromkeys(moved)]
            TaggedArticle.objects.bulk_create(rows, batch_size=1000)
            FormerTagSlug.objects.filter(tag__in=gone).update(tag=self)
            Tag.objects.filter(pk__in=gone).delete()
            for tag in others:
                FormerTagSlug.objects.update_or_create(slug=tag.slug, defaults={"tag": self})


class FormerTagSlug(models.Model):
    """An address that a tag had, or one that was merged into it: it answers 301."""

    slug = models.CharField(max_length=100, unique=True)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="former_slugs")

    def __str__(self):
        return self.slug


class TaggedArticle(ItemBase):
    """That an article has a tag."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="tagged_articles")
    content_object = models.ForeignKey("Article", models.CASCADE, related_name="tagged")
    listed_at = models.DateTimeField(null=True, editable=False)  # kept by a trigger: see articles.listing

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["content_object", "tag"], name="an_article_has_a_tag_once"),
        ]
        indexes = [
            models.Index(
                fields=["tag", "-listed_at", "-content_object"],
                name="tagged_newest",
                condition=Q(listed_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.content_object}: {self.tag}"


class Topic(models.Model):
    """A section of the publication. An article has one."""

    class Colour(models.TextChoices):
        MAGENTA = "magenta", "Magenta"
        SEA = "sea", "Sea blue"
        MOSS = "moss", "Moss green"
        OCHRE = "ochre", "Ochre"
        RUST = "rust", "Rust"
        SLATE = "slate", "Slate"

    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    description = models.TextField(blank=True, help_text="One or two sentences, shown above its list.")
    position = models.PositiveSmallIntegerField(default=0, help_text="Order in the navigation, lowest first.")
    colour = models.CharField(max_length=10, choices=Colour, default=Colour.MAGENTA)
    latitude = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
        help_text="For the globe.",
    )
    longitude = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )

    class Meta:
        ordering = ["position", "name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("articles:topic", args=[self.slug])


class AuthorQuerySet(models.QuerySet):
    def published(self):
        """Those with a byline on an article that stands at this moment, by name."""
        standing = Byline.objects.filter(author=OuterRef("pk"), listed_at__lte=timezone.now())
        return self.filter(Exists(standing)).order_by("name", "pk")


class Author(models.Model):
    """Someone who has a byline. No user account is needed; one may be linked."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=100, unique=True, blank=True)
    bio = models.TextField("biography", blank=True)
    portrait = models.ForeignKey("Photo", models.PROTECT, null=True, blank=True, related_name="portrays")
    public_email = models.EmailField(blank=True, help_text="Shown to readers. Leave empty to show none.")
    links = models.TextField(
        blank=True, help_text="One a line: a name, a space, an address. “Website https://example.org”"
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="author",
        help_text="The log-in of this writer, if there is one.",
    )  # fmt: skip

    objects = AuthorQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.name, self.bio = one_line(self.name), one_line(self.bio)
        if not self.slug:
            self.slug = free_slug(
                self.name,
                lambda slug: Author.objects.filter(slug=slug).exclude(pk=self.pk).exists(),
                fallback="author",
            )
        super().save(*args, **kwargs)

    def clean(self):
        for line in self.links.splitlines():
            if line.strip() and not body.link(line.split()[-1]).startswith(("http://", "https://")):
                raise ValidationError(
                    {"links": f"“{line.strip()}” does not end with an address such as https://example.org."}
                )

    def get_absolute_url(self):
        return reverse("articles:author", args=[self.slug])

    @property
    def link_list(self):
        """The contact links as (label, address) pairs; a line without a label is shown by its host."""
        pairs = []
        for line in self.links.splitlines():
            *label, address = line.split() or [""]
            address = body.link(address)
            if address.startswith(("http://", "https://")):
                pairs.append((" ".join(label) or address.split("/")[2], address))
        return pairs

    @property
    def initials(self):
        names = self.name.split()
        return "".join(name[0] for name in (names[:1] + names[1:][-1:])).upper()


# --- photos -------------------------------------------------------------------------------------------------------
class PhotoQuerySet(models.QuerySet):
    def shown(self):
        """What readers may see: it has its picture, and nobody's right to it has ended."""
        return self.exclude(image="").exclude(made={}).exclude(rights_end_on__lt=timezone.localdate())

    def expired(self):
        return self.filter(rights_end_on__lt=timezone.localdate())

    def rights_ending(self, days=14):
        """Those that readers see today and will not see any more in `days` days, the soonest first."""
        today = timezone.localdate()
        return self.filter(rights_end_on__range=(today, today + timedelta(days=days))).order_by(
            "rights_end_on", "pk"
        )

    def used(self):
        """Those in an article, in a gallery, or beside the name of an author."""
        return self.filter(self._in_use())

    def unused(self):
        return self.exclude(self._in_use())

    @staticmethod
    def _in_use():
        here = OuterRef("pk")
        return (
            Q(Exists(ArticlePhoto.objects.filter(photo=here)))
            | Q(Exists(GalleryPhoto.objects.filter(photo=here)))
            | Q(Exists(Author.objects.filter(portrait=here)))
        )

    def without_renditions(self):
        """Those whose renditions are not all made yet, the failed among them."""
        return self.exclude(image="").filter(made_at=None)

    def failed(self):
        """Those whose renditions could not be made; `failure` says why."""
        return self.without_renditions().exclude(failed_at=None)

    def due(self):
        """Those whose renditions a worker is to make now, except what one took in the last minutes."""
        free = claims.is_free("claimed_at", Photo.CLAIMED_FOR)
        return self.without_renditions().filter(free, failed_at=None).order_by("pk")

    def awaiting(self):
        return self.filter(image="")

    def without_credit(self):
        return self.filter(credit="")

    def without_alternative(self):
        return self.filter(alt="", decorative=False)

    def matching(self, words):
        """Photos in whose words (caption, credit, keywords, alternative text …) or file name each of `words` stands."""
        photos = self
        for word in words.split():
            photos = photos.filter(
                Q(caption__icontains=word)
                | Q(credit__icontains=word)
                | Q(alt__icontains=word)
                | Q(headline__icontains=word)
                | Q(keywords__icontains=word)
                | Q(copyright__icontains=word)
                | Q(file_name__icontains=word)
            )
        return photos


class Photo(models.Model):
    """A picture of the library with what must never get lost: caption, credit, alternative text.

    It may exist before its file does, as imports bring it: editors see it “awaiting its picture”, readers never do.
    """

    class CreditKind(models.TextChoices):
        """Where a picture comes from; the words of the last four stand before the credit that readers see."""

        STAFF = "staff", "Staff"
        AGENCY = "agency", "Agency"
        COURTESY = "courtesy", "Courtesy of"
        ARCHIVE = "archive", "File photo"
        ILLUSTRATION = "illustration", "Illustration"
        GENERATED = "generated", "Generated by AI"

    CLAIMED_FOR = timedelta(minutes=10)  # a worker that died is given up after that
    MOST_ATTEMPTS = 3

    image = models.ImageField("picture", upload_to=photos.original_name, blank=True, max_length=120)
    caption = models.TextField(blank=True, help_text="As readers see it. Line breaks are kept.")
    credit = models.CharField(max_length=200, blank=True, help_text="Who made it: “Ana Ruiz / Parallel”.")
    credit_kind = models.CharField(
        "kind of credit", max_length=12, choices=CreditKind, blank=True,
        help_text="“Generated by AI” and the like are told to readers.",
    )  # fmt: skip
    headline = models.CharField(
        max_length=250, blank=True, help_text="What the agency called it. For the search."
    )
    keywords = models.TextField(blank=True, help_text="Separated by commas. For the search.")
    taken_on = models.DateField("date taken", null=True, blank=True)
    copyright = models.CharField(
        max_length=300, blank=True, help_text="Written into every file that readers get."
    )
    source_url = models.CharField(
        "source address", max_length=500, blank=True, validators=[URLValidator(["http", "https"])],
        help_text="Where it came from: https://…",
    )  # fmt: skip
    rights_note = models.TextField(blank=True, help_text="What was agreed. Readers do not see it.")
    rights_end_on = models.DateField(
        "rights end on", null=True, blank=True,
        help_text="The last day on which readers see it. Its editors are told 14 and 3 days before.",
    )  # fmt: skip
    alt = models.TextField(
        "alternative text",
        blank=True,
        help_text="What the picture shows, for those who do not see it. Not the caption again.",
    )
    decorative = models.BooleanField(
        default=False,
        help_text="The picture says nothing that the text does not: it needs no alternative text.",
    )
    focal_x = models.FloatField(
        "focal point, across", default=0.5, validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="What must stay in a crop: 0 is the left edge, 1 the right.",
    )  # fmt: skip
    focal_y = models.FloatField(
        "focal point, down", default=0.5, validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text="0 is the top, 1 the bottom.",
    )  # fmt: skip
    file_name = models.CharField(max_length=200, blank=True, editable=False)
    width = models.PositiveIntegerField(default=0, editable=False)
    height = models.PositiveIntegerField(default=0, editable=False)
    measured = models.CharField(
        max_length=120, blank=True, editable=False
    )  # the file that width and height are of
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    sha256 = models.CharField(max_length=64, blank=True, editable=False)  # of the original
    look = models.BigIntegerField(null=True, editable=False)  # its perceptual hash: see photos.duplicates_of
    placeholder = models.CharField(
        max_length=120, blank=True, editable=False
    )  # colours: see photos.placeholder
    # its renditions: what they are to be, what there is (photos.Made), and how far the worker is
    recipe = models.CharField(max_length=60, blank=True, editable=False)
    made = models.JSONField(default=dict, editable=False)
    made_at = models.DateTimeField(null=True, editable=False)  # when all of them were there
    claimed_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    failed_at = models.DateTimeField(null=True, editable=False)
    failure = models.CharField(max_length=300, blank=True, editable=False)  # why, as a sentence

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        indexes = [
            models.Index(fields=["-uploaded_at", "-id"], name="photo_newest"),  # the library, newest first
            models.Index(fields=["sha256"], name="photo_same_file"),  # photos.duplicates_of
            # the queue of the worker, and how long it is
            models.Index(fields=["id"], name="photo_without_renditions", condition=Q(made_at=None)),
            # whose rights end soon
            models.Index(
                fields=["rights_end_on"], name="photo_rights_end", condition=Q(rights_end_on__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(focal_x__range=(0, 1), focal_y__range=(0, 1)),
                name="focal_point_is_in_the_picture",
            ),
            models.CheckConstraint(
                condition=Q(image="") | Q(width__gt=0, height__gt=0), name="a_photo_with_a_file_has_a_size"
            ),
        ]

    def __str__(self):
        return Truncator(one_line(self.caption)).chars(80) or self.file_name or f"Photo {self.pk}"

    def save(self, *args, **kwargs):
        """Check and measure a new file, store it and make its first renditions: whichever way it came in.

        Raises ValidationError when the file is not a picture that we take, or the disk is full; then nothing is left
        of it. Costs about a second for a picture of 24 megapixels; the worker makes the other renditions.
        """
        stored, changed = None, set()
        try:
            if self.image and not self.image._committed:
                photos.check_upload(self.image.file)
                self.file_name = PurePath(self.image.name).name[:200]
                photos.store_original(self)
                stored = self.image.name
            if self.image.name and self.image.name != self.measured:
                changed |= {
                    "image",
                    "file_name",
                    "width",
                    "height",
                    "measured",
                    "sha256",
                    "look",
                    "placeholder",
                }
                if stored:
                    facts = photos.check_upload(self.image.file)
                else:
                    with self.image.storage.open(self.image.name) as file:
                        facts = photos.check_upload(file)
                changed |= set(photos.take_facts(self, facts))
                self.measured = self.image.name
            changed |= self._follow_recipe()
            if (fields := kwargs.get("update_fields")) is not None:
                kwargs["update_fields"] = {*fields, *changed}
            super().save(*args, **kwargs)
        except BaseException:
            if stored:
                for rendition in self._all_made():
                    photos.forget(rendition.name)
                photos.forget(stored)
            raise

    def _follow_recipe(self):
        """Put it into the queue of the worker where its renditions are to be others; return the changed fields."""
        recipe = photos.recipe(self) if self.image else ""
        if recipe == self.recipe:
            return set()
        self.recipe = recipe
        if self.image:
            photos.make_first(self)
        else:
            self.made = {}
        self._queue()
        return {"recipe", "made", "made_at", "claimed_at", "attempts", "failed_at", "failure"}

    def _queue(self):
        self.made_at = self.claimed_at = self.failed_at = None
        self.attempts, self.failure = 0, ""

    def _all_made(self):
        return [
            rendition
            for shape in ("whole", *photos.CROPS)
            for format in photos.TYPES
            for rendition in photos.renditions(self, shape, format)
        ]

    def clean(self):
        if self.image and not self.image._committed:
            try:
                photos.check_upload(self.image.file)
            except ValidationError as error:
                raise ValidationError({"image": error}) from error
        if gaps := self._new_gaps():
            stands = Q(placements__photo=self) | Q(gallery_placements__gallery__photos=self)
            shown = Article.objects.filter(stands, withdrawn_at=None).exclude(published_at=None)
            if shown.exists():
                raise ValidationError(
                    f"It stands in an article that is live or scheduled: it cannot lack {in_a_row(gaps)}."
                )

    def _new_gaps(self):
        """What it would lack once it is saved, and does not lack now."""
        before = Photo.objects.filter(pk=self.pk).first() if self.pk else None
        return [words for words in self.missing() if words not in before.missing()] if before else []

    @property
    def is_awaiting(self):
        return not self.image

    @property
    def is_expired(self):
        return self.rights_end_on is not None and self.rights_end_on < timezone.localdate()

    @property
    def is_shown(self):
        """Whether readers may see it now: `PhotoQuerySet.shown()` for one row."""
        return bool(self.image) and bool(self.made) and not self.is_expired

    @property
    def credit_line(self):
        """The credit as readers see it in every output, with its kind where that tells them something."""
        kinds = self.CreditKind
        if self.credit_kind not in (kinds.COURTESY, kinds.ARCHIVE, kinds.ILLUSTRATION, kinds.GENERATED):
            return self.credit
        label = self.get_credit_kind_display()
        if self.credit.casefold().startswith(label.casefold()):
            return self.credit
        return f"{label} {self.credit}" if self.credit_kind == kinds.COURTESY else f"{label}: {self.credit}"

    @property
    def has_alternative(self):
        return bool(self.alt.strip()) or self.decorative

    @property
    def is_ready(self):
        return not self.missing()

    def missing(self):
        """Return what it lacks before it may be published, as words: “its picture”, “a credit”."""
        return [
            words
            for is_missing, words in (
                (self.is_awaiting, "its picture"),
                (not self.credit.strip(), "a credit"),
                (not self.has_alternative, "an alternative text (or the mark “decorative”)"),
            )
            if is_missing
        ]

    @property
    def alt_text(self):
        """What goes into alt="": empty where the picture is decorative."""
        return "" if self.decorative else one_line(self.alt)

    @property
    def is_portrait(self):
        return self.height > self.width * 1.1

    @property
    def renditions(self):
        """The JPEGs of the whole picture that are there, narrowest first."""
        return photos.renditions(self)

    @property
    def cards(self):
        return photos.cards(self)

    @staticmethod
    def _srcset(renditions):
        return ", ".join(f"{r.url} {r.width}w" for r in renditions)

    @property
    def srcset(self):
        return self._srcset(self.renditions)

    @property
    def avif_srcset(self):
        return self._srcset(photos.renditions(self, "whole", "avif"))

    @property
    def card_srcset(self):
        return self._srcset(self.cards)

    @property
    def card_avif_srcset(self):
        return self._srcset(photos.renditions(self, "3:2", "avif"))

    @staticmethod
    def _middle(renditions):
        return next((r for r in renditions if r.width >= 720), renditions[-1] if renditions else None)

    @property
    def plain(self):
        """The rendition for those who take no srcset: middle-sized."""
        return self._middle(self.renditions)

    @property
    def src(self):
        return self.plain.url if self.plain else ""

    @property
    def card_src(self):
        card = self._middle(self.cards)
        return card.url if card else ""

    @property
    def thumbnail(self):
        """A small picture for the desk."""
        if not self.cards:
            words = "Awaiting its picture" if not self.image else "Its renditions are being made"
            return format_html('<span class="awaiting">{}</span>', words)
        card = self.cards[0]
        return format_html(
            '<img class="thumbnail" src="{}" width="{}" height="{}" alt="" loading="lazy">',
            card.url,
            card.width,
            card.height,
        )

    # - verbs -
    def replace(self, file, by=None):
        """Show `file` from now on wherever this photo is placed; its words stay, and fill up from the file.

        Raises ValidationError for what is no picture that we take, and then changes nothing.
        """
        photos.check_upload(file)
        self.image, self.measured = file, ""
        if by is not None:
            self.uploaded_by = by
        self.save()

    def retry(self):
        """Let the worker try again what failed."""
        self._queue()
        self.save(update_fields=["made_at", "claimed_at", "attempts", "failed_at", "failure"])


class GalleryQuerySet(models.QuerySet):
    def with_photos(self):
        """With all that its figures show: 2 queries, whatever the number of photos."""
        return self.prefetch_related(Prefetch("placements", GalleryPhoto.objects.select_related("photo")))


class Gallery(models.Model):
    """Photos in an order, each with a caption: shown as one in the text (`<figure data-gallery="ID">`)."""

    title = models.CharField(max_length=120, help_text="Shown above it.")
    photos = models.ManyToManyField(Photo, through="GalleryPhoto", related_name="galleries")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = GalleryQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name_plural = "galleries"

    def __str__(self):
        return self.title

    def missing(self):
        """What keeps an article that shows it from readers, in words that follow “It”."""
        placed = list(self.placements.all())
        if not placed:
            return ["has no photos"]
        return [
            f"has a photo (“{one.photo}”) without {in_a_row(one.photo.missing())}"
            for one in placed
            if one.photo.missing()
        ]

    def placed(self):
        """Its photos as GalleryPhoto rows, in their order, those left out that readers may not see."""
        return [placed for placed in self.placements.all() if placed.photo.is_shown]


class GalleryPhoto(models.Model):
    """That a photo stands in a gallery, and where; an empty caption takes the library's."""

    gallery = models.ForeignKey(Gallery, models.CASCADE, related_name="placements")
    photo = models.ForeignKey(Photo, models.PROTECT, related_name="gallery_placements")
    position = models.PositiveSmallIntegerField(default=0)
    caption = models.TextField(blank=True, help_text="Left empty, the caption of the library is shown.")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["gallery", "photo"], name="a_gallery_shows_a_photo_once"),
        ]

    def __str__(self):
        return f"{self.gallery}, place {self.position}: {self.photo}"


# --- articles -----------------------------------------------------------------------------------------------------
class ArticleQuerySet(models.QuerySet):
    def published(self, at=None):
        """The only door to readers: what is live at this moment, or `at` a time."""
        return self.filter(published_at__lte=at or timezone.now(), withdrawn_at=None)

    def scheduled(self):
        return self.filter(published_at__gt=timezone.now(), withdrawn_at=None)

    def drafts(self):
        return self.filter(published_at=None)

    def withdrawn(self):
        return self.filter(withdrawn_at__isnull=False)  # as its index says it

    def newest_first(self):
        return self.order_by("-published_at", "-pk")

    def for_cards(self):
        """With all that a list shows, and without the text: 3 queries, whatever the number of articles."""
        from comments.conversation import with_comment_count  # it is built on the models of this module

        return (
            with_comment_count(self)
            .select_related("topic", "hero")
            .defer("body", "body_text")
            .prefetch_related(Prefetch("bylines", Byline.objects.select_related("author")), "tags")
        )

    def for_page(self):
        """With all that the page of an article shows."""
        from comments.conversation import with_comment_count  # it is built on the models of this module

        return (
            with_comment_count(self)
            .select_related("topic", "hero", "card")
            .prefetch_related(
                Prefetch("bylines", Byline.objects.select_related("author__portrait")),
                Prefetch("placements", ArticlePhoto.objects.select_related("photo")),
                "tags",
                "corrections",
            )
        )

    def matching(self, words):
        """Articles in which each of the words stands somewhere: the plain search of the desk, drafts and all."""
        articles = self
        for word in words.split():
            articles = articles.filter(
                Q(headline__icontains=word)
                | Q(standfirst__icontains=word)
                | Q(body_text__icontains=word)
                | Q(pk__in=Byline.objects.filter(author__name__icontains=word).values("article"))
                | Q(pk__in=TaggedArticle.objects.filter(tag__name__icontains=word).values("content_object"))
            )
        return articles


class NotReady(ValidationError):
    """An article that may not be published yet; `messages` lists what is missing, a sentence each."""


class Article(models.Model):
    """One piece. `published_at` is its state: empty is a draft, future is scheduled, past is live."""

    class Kind(models.TextChoices):
        REPORT = "report", "Report"
        ANALYSIS = "analysis", "Analysis"
        OPINION = "opinion", "Opinion"
        INTERVIEW = "interview", "Interview"
        REVIEW = "review", "Review"
        EDITORIAL = "editorial", "Editorial"

    class Comments(models.TextChoices):
        SITE = "site", "As the site does"
        EVERYONE = "everyone", "Everyone may comment"
        CONFIRMED = "confirmed", "Confirmed addresses only"
        MEMBERS = "members", "Members only"
        CLOSED = "closed", "Closed"

    headline = models.CharField(max_length=300)
    short_headline = models.CharField(
        max_length=90, blank=True, help_text="For lists, cards and sharing, where the headline is too long."
    )
    slug = models.SlugField(
        "address", max_length=100, unique=True, blank=True,
        help_text="Made from the headline when left empty. Former addresses keep leading here.",
    )  # fmt: skip
    kind = models.CharField(
        "type of work", max_length=10, choices=Kind, default=Kind.OPINION, help_text="Readers see this label."
    )
    standfirst = models.TextField(blank=True, help_text="The sentence or two under the headline.")
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="articles")
    tags = TaggableManager(through=TaggedArticle, blank=True, help_text="Separated by commas.")
    authors = models.ManyToManyField(Author, through="Byline", related_name="articles")
    hero = models.ForeignKey(
        Photo, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="hero photo",
        help_text="The large picture above the text.",
    )  # fmt: skip
    hero_caption = models.TextField(blank=True, help_text="Left empty, the caption of the library is shown.")
    body = models.TextField(blank=True)
    body_text = models.TextField(blank=True, editable=False)  # its running text, for search
    word_count = models.PositiveIntegerField(default=0, editable=False)
    published_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: a draft. In the future: scheduled. In the past: live."
    )
    updated_at = models.DateTimeField(
        null=True, blank=True, editable=False,
        help_text="What readers are told; moves only on a change of substance.",
    )  # fmt: skip
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_reason = models.TextField(blank=True, editable=False)
    comment_policy = models.CharField(max_length=10, choices=Comments, default=Comments.SITE)
    related = models.ManyToManyField(
        "self", symmetrical=False, blank=True, verbose_name="related articles",
        help_text="Chosen ones come first; the rest is found by tags and topic.",
    )  # fmt: skip
    search_description = models.CharField(
        max_length=300, blank=True, help_text="For search engines; left empty, the standfirst serves."
    )
    share_text = models.CharField(
        max_length=200, blank=True,
        help_text="What goes along when it is passed on; left empty, the short headline with its label and our name.",
    )  # fmt: skip
    code = models.CharField(
        max_length=12, unique=True, default=new_code, editable=False
    )  # of its short address
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    modified_at = models.DateTimeField(auto_now=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ["-published_at", "-pk"]
        permissions = [
            ("publish_article", "Can publish, schedule and withdraw articles"),
            ("change_any_article", "Can change the articles of others, and published ones"),
            ("curate_front_page", "Can choose the stories of the front page"),
        ]
        indexes = [
            # front page, archive, feeds: live ones, newest first
            models.Index(
                fields=["-published_at", "-id"], name="article_newest", condition=Q(withdrawn_at=None)
            ),
            # the list of a topic
            models.Index(
                fields=["topic", "-published_at", "-id"],
                name="article_topic_newest",
                condition=Q(withdrawn_at=None),
            ),
            # the last withdrawal, which every feed asks for
            models.Index(
                fields=["-withdrawn_at"], name="article_withdrawn", condition=Q(withdrawn_at__isnull=False)
            ),
            # the desk's list of drafts, last touched first
            models.Index(fields=["-modified_at"], name="article_last_touched"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at=None)
                | Q(topic__isnull=False) & ~Q(headline="") & ~Q(slug="") & ~Q(standfirst="") & ~Q(body=""),
                name="what_has_a_date_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(published_at__isnull=False) & ~Q(withdrawn_reason=""),
                name="what_is_withdrawn_was_dated_and_says_why",
            ),
            models.CheckConstraint(
                condition=Q(updated_at=None) | Q(published_at__isnull=False),
                name="only_what_has_a_date_is_updated",
            ),
        ]

    def __str__(self):
        return self.headline

    def get_absolute_url(self):
        return reverse("articles:article", args=[self.slug])

    # - saving -
    def save(self, *args, **kwargs):
        """Save with a clean body, a slug that is free, placements that follow the body, and the former slug kept."""
        self.headline = one_line(self.headline)
        self.short_headline = one_line(self.short_headline)
        self.standfirst = one_line(self.standfirst)
        self.share_text = one_line(self.share_text)
        self.body = body.clean(self.body)
        self.body_text = body.text(self.body)
        self.word_count = body.word_count(self.body_text)
        if not self.slug:
            self.slug = free_slug(self.headline, self._is_slug_taken, fallback="article")
        fields = kwargs.get("update_fields")
        if fields is not None and "body" in fields:
            kwargs["update_fields"] = {*fields, "body_text", "word_count", "modified_at"}
        # the row, its placements and its former address are one thing: a crash between them would lose integrity
        from articles import search  # it is built on the models of this module

        with transaction.atomic():
            if self.pk and (fields is None or "slug" in fields):
                self._keep_former_slug()
            super().save(*args, **kwargs)
            if fields is None or {"body", "hero", "hero_caption"} & set(fields):
                self._derive_placements()
            if self.is_published and (
                fields is None or {"headline", "standfirst", "body", "published_at"} & set(fields)
            ):
                search.learn(self.headline, self.standfirst, self.body_text)

    def _is_slug_taken(self, slug):
        others = Article.objects.exclude(pk=self.pk).filter(slug=slug)
        return others.exists() or FormerSlug.objects.exclude(article=self.pk).filter(slug=slug).exists()

    def _keep_former_slug(self):
        former = (
            Article.objects.filter(pk=self.pk).exclude(slug=self.slug).values_list("slug", flat=True).first()
        )
        if former:
            FormerSlug.objects.filter(article=self, slug=self.slug).delete()
            FormerSlug.objects.get_or_create(slug=former, defaults={"article": self})

    def _derive_placements(self):
        """Bring the placement rows in line with the hero and the figures of the body; write only what differs."""
        wanted = (
            [ArticlePhoto(article=self, photo_id=self.hero_id, position=0, caption=self.hero_caption)]
            if self.hero_id
            else []
        )
        placed = body.placed_photos(self.body)
        known = (
            set(Photo.objects.filter(pk__in={p.id for p in placed}).values_list("pk", flat=True))
            if placed
            else set()
        )
        for position, photo in enumerate((p for p in placed if p.id in known), start=1):
            wanted.append(
                ArticlePhoto(
                    article=self, photo_id=photo.id, position=position,
                    caption=body.inline_text(photo.caption or ""), is_own_caption=photo.caption is not None,
                )
            )  # fmt: skip
        for placement in wanted[:1] if self.hero_id else []:
            placement.is_own_caption = bool(self.hero_caption.strip())

        def facts(rows):
            return [(r.position, r.photo_id, r.caption, r.is_own_caption) for r in rows]

        galleries = body.placed_galleries(self.body)
        galleries = (
            set(Gallery.objects.filter(pk__in=galleries).values_list("pk", flat=True)) if galleries else set()
        )
        was = set(self.gallery_placements.values_list("gallery", flat=True))
        if galleries != was:
            self.gallery_placements.exclude(gallery__in=galleries).delete()
            ArticleGallery.objects.bulk_create(
                ArticleGallery(article=self, gallery_id=pk) for pk in sorted(galleries - was)
            )
        if facts(self.placements.order_by("position")) != facts(wanted):
            self.placements.all().delete()
            ArticlePhoto.objects.bulk_create(wanted)
        self._prefetched_objects_cache = {
            k: v for k, v in getattr(self, "_prefetched_objects_cache", {}).items() if k != "placements"
        }

    def clean(self):
        if self.slug and self._is_slug_taken(self.slug):
            raise ValidationError(
                {"slug": "Another article has or had this address. Please choose another one."}
            )

    # - what it is -
    @property
    def state(self):
        if self.withdrawn_at:
            return "withdrawn"
        if not self.published_at:
            return "draft"
        return "live" if self.published_at <= timezone.now() else "scheduled"

    @property
    def is_published(self):
        return self.state == "live"

    @property
    def is_scheduled(self):
        return self.state == "scheduled"

    @property
    def is_draft(self):
        return self.state == "draft"

    @property
    def is_withdrawn(self):
        return self.state == "withdrawn"

    @property
    def is_updated(self):
        """Whether readers are told of an update."""
        return bool(self.updated_at and self.published_at and self.updated_at > self.published_at)

    @property
    def reading_minutes(self):
        return body.reading_minutes(self.word_count)

    @property
    def list_headline(self):
        return self.short_headline or self.headline

    @property
    def description(self):
        return self.search_description or self.standfirst

    @property
    def writers(self):
        """Those who wrote it, in order: the bylines with the role “by”."""
        return [byline.author for byline in self.bylines.all() if byline.role == Byline.Role.BY]

    @property
    def byline_text(self):
        """The byline as one line of text: “Ana Ruiz and Bo Lind. Photos by Cy Dee”."""
        return ". ".join(
            f"{label} {names}".strip() if role != Byline.Role.BY else names
            for role, label, names in (
                (role, label, in_a_row([b.author.name for b in group]))
                for role, label, group in self.byline_groups
            )
        )

    @property
    def byline_groups(self):
        """The bylines as (role, label, [bylines]), grouped by role, in their order; “by” always first."""
        groups = {}
        for byline in self.bylines.all():
            groups.setdefault(byline.role, []).append(byline)
        return [
            (r, Byline.Role(r).label, groups[r]) for r in sorted(groups, key=lambda r: r != Byline.Role.BY)
        ]

    @property
    def hero_caption_html(self):
        """The caption of the hero where it has its own, else None: the library's follows."""
        return body.inline_from_text(self.hero_caption) if self.hero_caption.strip() else None

    def placed_photos(self):
        """The photos placed in it, hero included, by id; no query after `for_page()`."""
        return {placement.photo_id: placement.photo for placement in self.placements.all()}

    def placed_galleries(self):
        """The galleries in its text by id, with their photos: three queries where there are any, else none."""
        return _galleries_in(self.body)

    def render_body(self, target="page"):
        return body.render(
            self.body, target=target, photos=self.placed_photos(), galleries=self.placed_galleries()
        )

    def follow_library_caption(self, position):
        """Let the photo at `position` (0: the hero, 1 and up: in the text) have the library's caption again."""
        if position == 0:
            self.hero_caption = ""
            return self.save(update_fields=["hero_caption", "modified_at"])
        self.body = body.without_caption(self.body, position, known=self.placed_photos())
        return self.save(update_fields=["body", "modified_at"])

    # - publishing -
    def missing_for_publishing(self, writers=None):
        """Return what is missing before readers may get it, as sentences for the desk; empty when it is ready.

        `writers` stands for the saved bylines where a form holds newer ones.
        """
        if writers is None:
            writers = self.writers if self.pk else []
        missing = [
            sentence
            for is_missing, sentence in (
                (not self.headline.strip(), "The headline is missing."),
                (not self.standfirst.strip(), "The standfirst is missing."),
                (not body.text(self.body).strip(), "The text is missing."),
                (not self.topic_id, "No topic is chosen."),
                (not writers, "The byline names nobody."),
            )
            if is_missing
        ]
        placed = body.placed_photos(self.body)
        library = Photo.objects.in_bulk({p.id for p in placed} | ({self.hero_id} if self.hero_id else set()))
        wanted = ([(self.hero_id, "The hero photo")] if self.hero_id else []) + [
            (p.id, f"Photo {n} in the text") for n, p in enumerate(placed, start=1)
        ]
        for id, where in wanted:
            photo = library.get(id)
            if photo is None:
                missing.append(f"{where} is not in the library any more.")
            elif photo.missing():
                name = f" (“{photo}”)" if photo.caption or photo.file_name else ""
                missing.append(f"{where}{name} lacks {in_a_row(photo.missing())}.")
        galleries = _galleries_in(self.body)
        for id in body.placed_galleries(self.body):
            if id not in galleries:
                missing.append("A gallery in the text is not there any more.")
                continue
            for p in galleries[id].placements.all():
                if p.photo.missing():
                    missing.append(
                        f"“{p.photo}” in the gallery “{galleries[id]}” lacks {in_a_row(p.photo.missing())}."
                    )
        for n, p in enumerate(placed, start=1):
            if p.uncertain:
                missing.append(f"Photo {n} in the text: it is not settled whether its words are a caption.")
        return missing

    def publish(self, at=None):
        """Make it live, now or `at` an aware time; later times schedule it. Publishing again what was withdrawn
        brings it back.

        Raises NotReady, with the list of what is missing, and then changes nothing.
        """
        if missing := self.missing_for_publishing():
            raise NotReady(missing)
        self.published_at = at or timezone.now()
        self.withdrawn_at, self.withdrawn_reason = None, ""
        self.updated_at = None
        self.save(
            update_fields=["published_at", "withdrawn_at", "withdrawn_reason", "updated_at", "modified_at"]
        )
        self._tell_search_engines(self.published_at)

    def unpublish(self):
        """Take a scheduled article back to being a draft. What readers have seen is withdrawn instead."""
        if not self.is_scheduled:
            raise ValidationError(
                "Only a scheduled article can become a draft again. Withdraw what was published."
            )
        self.published_at = self.updated_at = None
        self.save(update_fields=["published_at", "updated_at", "modified_at"])

    def withdraw(self, reason):
        """Take it from readers: its address answers 410 with `reason`, a sentence for them."""
        reason = one_line(reason)
        if not reason:
            raise ValidationError("Please say why: readers who follow a link to it are shown the reason.")
        if not self.is_published:
            raise ValidationError("Only what is live can be withdrawn.")
        self.withdrawn_at, self.withdrawn_reason = timezone.now(), reason
        self.save(update_fields=["withdrawn_at", "withdrawn_reason", "modified_at"])
        self._tell_search_engines()

    def mark_updated(self, at=None):
        """Tell readers that its substance changed, now or `at`."""
        if self.is_published:
            self.updated_at = at or timezone.now()
            self.save(update_fields=["updated_at", "modified_at"])
            self._tell_search_engines()

    def _tell_search_engines(self, at=None):
        from articles.sitemaps import to_announce  # it is built on the models of this module

        to_announce(self, at)


def _galleries_in(html):
    ids = body.placed_galleries(html)
    return Gallery.objects.with_photos().in_bulk(ids) if ids else {}


def in_a_row(words):
    """Join words as a sentence does: “a”, “a and b”, “a, b and c”."""
    words = [str(word) for word in words]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


class Tally(models.Model):
    """How many articles of a topic have a date in a month of UTC and are not withdrawn: see `articles.listing`."""

    topic = models.ForeignKey(Topic, models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    month = models.CharField(max_length=7)  # “2026-11”
    articles = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "month"], name="one_tally_of_a_month")]

    def __str__(self):
        return f"{self.articles} of topic {self.topic_id} in {self.month}"


class Byline(models.Model):
    """That an author made an article, in which role, and in which order they are named."""

    class Role(models.TextChoices):
        BY = "by", "By"
        PHOTOS = "photos", "Photos by"
        ILLUSTRATION = "illustration", "Illustration by"
        TRANSLATION = "translation", "Translated by"
        ADDITIONAL = "additional", "Additional reporting by"

    article = models.ForeignKey(Article, models.CASCADE, related_name="bylines")
    author = models.ForeignKey(Author, models.PROTECT, related_name="bylines")
    role = models.CharField(max_length=12, choices=Role, default=Role.BY)
    position = models.PositiveSmallIntegerField(default=0)
    listed_at = models.DateTimeField(null=True, editable=False)  # kept by a trigger: see articles.listing

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["article", "author", "role"], name="an_author_has_a_role_once"),
        ]
        indexes = [
            models.Index(
                fields=["author", "-listed_at", "-article"],
                name="byline_newest",
                condition=Q(listed_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.get_role_display()} {self.author}"


class ArticlePhoto(models.Model):
    """A placement: derived from the hero (position 0) and the figures of the body (1 and up), never edited by hand.

    The body says order and words; this table says integrity: where a photo is used, and that it cannot be deleted.
    """

    article = models.ForeignKey(Article, models.CASCADE, related_name="placements")
    photo = models.ForeignKey(Photo, models.PROTECT, related_name="placements")
    position = models.PositiveSmallIntegerField()
    caption = models.TextField(blank=True)  # as plain text
    is_own_caption = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["article", "position"], name="a_place_holds_one_photo"),
        ]

    def __str__(self):
        return f"{self.article}, place {self.position}: {self.photo}"


class ArticleGallery(models.Model):
    """That a gallery stands in an article: derived from the body, never edited by hand."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="gallery_placements")
    gallery = models.ForeignKey(Gallery, models.PROTECT, related_name="article_placements")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "gallery"], name="an_article_names_a_gallery_once"),
        ]

    def __str__(self):
        return f"{self.article}: {self.gallery}"


class CorrectionQuerySet(models.QuerySet):
    def for_readers(self):
        """Those of live articles, newest first."""
        return (
            self.filter(article__in=Article.objects.published())
            .select_related("article")
            .order_by("-made_at", "-pk")
        )


class Correction(models.Model):
    """What was wrong in an article, and how it reads now: told to readers, with the day."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="corrections")
    words = models.TextField(
        "correction", help_text="A sentence or two for readers: what was wrong, and what is right."
    )
    made_at = models.DateTimeField("made", default=timezone.now)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["made_at", "pk"]
        indexes = [
            # /corrections/, newest first
            models.Index(fields=["-made_at", "-id"], name="correction_newest"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="a_correction_says_what_was_wrong"),
        ]

    def __str__(self):
        return Truncator(self.words).chars(80)

    def save(self, *args, **kwargs):
        self.words = one_line(self.words)
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return f"{self.article.get_absolute_url()}#correction-{self.pk}"


class FormerSlug(models.Model):
    """An address that an article had: it answers 301."""

    slug = models.SlugField(max_length=100, unique=True)
    article = models.ForeignKey(Article, models.CASCADE, related_name="former_slugs")

    def __str__(self):
        return self.slug


class SearchWord(models.Model):
    """A word that a published article has: for “did you mean” and for the ending of a word that is still typed."""

    LONGEST = 40

    word = models.CharField(max_length=LONGEST, primary_key=True)  # small letters, without accents
    backwards = models.CharField(max_length=LONGEST)

    class Meta:
        # words that end alike (those that begin alike are found by the key)
        indexes = [models.Index(fields=["backwards"], name="search_word_ending")]

    def __str__(self):
        return self.word


class AnnouncementQuerySet(models.QuerySet):
    def due(self):
        """What is to be told now, except what a worker took in the last minutes."""
        free = claims.is_free("claimed_at", Announcement.CLAIMED_FOR)
        return self.filter(free, done_at=None, due_at__lte=timezone.now())


class Announcement(models.Model):
    """That search engines are to be told of a changed address (IndexNow). `articles.sitemaps.announce` empties it."""

    CLAIMED_FOR = timedelta(minutes=10)
    MOST_ATTEMPTS = 8

    path = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)  # told, or given up
    last_error = models.CharField(max_length=200, blank=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        # the queue of the worker
        indexes = [models.Index(fields=["due_at"], name="announcement_due", condition=Q(done_at=None))]

    def __str__(self):
        return self.path


class FrontPageSlot(models.Model):
    """A story that an editor put on the front page: the lowest position leads. Everything else flows by date."""

    article = models.OneToOneField(Article, models.CASCADE, related_name="front_page_slot")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = "front page story"
        verbose_name_plural = "front page"

    def __str__(self):
        return f"{self.position}: {self.article}"


class Page(models.Model):
    """A page about the publication, under /about/. The one with the lowest position is /about/ itself."""

    title = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    body = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "title"]
        verbose_name = "about page"

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.body = body.clean(self.body)
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("articles:page", args=[self.slug])

    def render_body(self):
        return body.render(
            self.body,
            target="page",
            photos=Photo.objects.in_bulk(p.id for p in body.placed_photos(self.body)),
            galleries=_galleries_in(self.body),
        )


class ImportRun(models.Model):
    """One source document that became an article, with the receipt that accounts for each of its lines."""

    source_name = models.CharField(max_length=255)
    source_hash = models.CharField(
        max_length=64, unique=True
    )  # SHA-256 of the bytes: the same again changes nothing
    format = models.CharField(max_length=20)
    receipt = models.JSONField(default=dict)
    article = models.ForeignKey(Article, models.SET_NULL, null=True, blank=True, related_name="import_runs")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return f"{self.source_name} ({self.format})"
