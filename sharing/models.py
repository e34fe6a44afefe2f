"""What is kept of passing on: card pictures, counts without persons, and the letters that readers had us send."""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from newsroom import claims


class CardQuerySet(models.QuerySet):
    def due(self):
        """Those that a worker is to draw now, except what one took in the last minutes."""
        free = claims.is_free("claimed_at", Card.CLAIMED_FOR)
        return self.filter(free, made_at=None, attempts__lt=Card.MOST_ATTEMPTS).order_by("pk")


class Card(models.Model):
    """The picture that an article is shown by where its address is passed on, drawn by the worker.

    It is of one state of the article: `key` says which (`sharing.cards.key_of`). Where the key is another than the
    article's now, the card is not shown and its file is not served.
    """

    CLAIMED_FOR = timedelta(minutes=10)
    MOST_ATTEMPTS = 3

    article = models.OneToOneField("articles.Article", models.CASCADE, related_name="card")
    key = models.CharField(max_length=40, blank=True)  # what it is drawn from
    seen_at = models.DateTimeField(null=True)  # the article's modified_at when the key was last looked at
    name = models.CharField(max_length=80, blank=True)  # in the storage, by its content; empty: none is drawn
    made_at = models.DateTimeField(null=True)  # empty: a worker is to draw it
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = CardQuerySet.as_manager()

    class Meta:
        indexes = [
            # the queue of the worker
            models.Index(fields=["id"], name="card_due", condition=Q(made_at=None)),
            # whose picture an address names
            models.Index(fields=["name"], name="card_name"),
        ]

    def __str__(self):
        return self.name or f"Card {self.pk}"


class ShareCount(models.Model):
    """How often an article was passed on to one target on one day: a number, and nothing of whoever did it."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="share_counts")
    day = models.DateField()
    target = models.CharField(max_length=20)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "article", "target"]
        constraints = [
            models.UniqueConstraint(
                fields=["article", "day", "target"], name="one_count_of_a_day_and_target"
            ),
        ]

    def __str__(self):
        return f"{self.article}, {self.day}, {self.target}: {self.count}"

    @classmethod
    def add(cls, article, target):
        """Count one more. Of many at once none is lost: the row is increased where it lies."""
        row = {"article": article, "day": timezone.localdate(), "target": target}
        if cls.objects.filter(**row).update(count=F("count") + 1):
            return
        try:
            with transaction.atomic():
                cls.objects.create(**row, count=1)
        except IntegrityError:  # the first of the day came twice at once
            cls.objects.filter(**row).update(count=F("count") + 1)


class Letter(models.Model):
    """That a reader had an article sent to somebody: what the limits count. The address itself is not kept here."""

    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="letters")
    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="+")
    recipient = models.CharField(max_length=64)  # sharing.letters.hash_of
    from_address = models.CharField(max_length=32)  # hashes with the key of a day
    from_network = models.CharField(max_length=32)
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # the limits: by person, by recipient, by address, by network, each within a day; forgetting the old
            models.Index(fields=["sender", "sent_at"], name="letter_sender"),
            models.Index(fields=["recipient", "sent_at"], name="letter_recipient"),
            models.Index(fields=["from_address", "sent_at"], name="letter_address"),
            models.Index(fields=["from_network", "sent_at"], name="letter_network"),
            models.Index(fields=["sent_at"], name="letter_old"),
        ]

    def __str__(self):
        return f"{self.article}, {self.sent_at:%Y-%m-%d}"


class NoLetters(models.Model):
    """An address that wants no letters, for ever. It is known by its hash only."""

    recipient = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "addresses that want no letters"

    def __str__(self):
        return self.recipient[:12]
