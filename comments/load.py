"""Comments by the million, for benchmarks: rows written many at once, past every rule and verb."""

import random
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max
from django_comments.models import Comment as StoredComment
from django_comments_xtd.models import XtdComment

from articles.models import Article
from comments import markup
from comments.models import STEP, Comment, Commenter, step
from newsroom.sql import insert

CHUNK = 5000
_STARTED_AT = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = [
    "harbour",
    "tide",
    "ledger",
    "ferry",
    "minister",
    "quota",
    "dam",
    "river",
    "council",
    "gauge",
    "silt",
    "treaty",
    "winter",
    "pilot",
    "market",
    "bridge",
    "reed",
    "quay",
    "letter",
    "witness",
    "budget",
    "border",
    "grain",
    "signal",
    "archive",
    "lantern",
    "window",
    "engine",
    "paper",
    "figure",
    "debate",
    "orchard",
    "custom",
    "tariff",
]
_STATUSES = ["visible"] * 18 + ["held", "rejected"]


def some_text(rng, least=8, most=60):
    words = [rng.choice(WORDS) for _ in range(rng.randint(least, most))]
    return " ".join(words).capitalize() + "."


class Writer:
    """Makes comments of a seed, of so many different texts, and writes them in chunks."""

    def __init__(self, seed, texts=500):
        self.rng = random.Random(seed)  # noqa: S311 the same load again, not a secret
        self.content_type = ContentType.objects.get_for_model(Article)
        self.next_id = (StoredComment.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
        self.texts = [some_text(self.rng) for _ in range(texts)]
        self.html = [markup.render(text) for text in self.texts]
        self.hashes = [markup.content_hash(text) for text in self.texts]
        self.people = self._people()
        self.waiting = []
        self.written = 0

    def _people(self):
        names = [f"{a.capitalize()} {b.capitalize()}" for a in WORDS for b in WORDS if a < b]
        Commenter.objects.bulk_create(
            [Commenter(name=n, email=f"{n.lower().replace(' ', '.')}@load.example") for n in names],
            ignore_conflicts=True,
        )
        return list(Commenter.objects.filter(email__endswith="@load.example").order_by("pk"))

    def add(self, article_id, above=None, status=None):
        """Add one comment, below the comment `above`; returns it. It is written with its chunk."""
        id, n = self.next_id, self.rng.randrange(len(self.texts))
        self.next_id += 1
        person = self.rng.choice(self.people)
        path = (above.path[: STEP * settings.COMMENTS_XTD_MAX_THREAD_LEVEL] if above else "") + step(id)
        status = status or self.rng.choice(_STATUSES)
        at = _STARTED_AT + timedelta(seconds=id)
        comment = Comment(
            id=id, comment_ptr_id=id, stored_id=id, content_type=self.content_type, object_pk=str(article_id),
            site_id=settings.SITE_ID, user_name=person.name, user_email=person.email, comment=self.texts[n],
            submit_date=at, is_public=status == "visible", is_removed=status == "rejected", thread_id=int(path[:STEP]),
            parent_id=int(path[-2 * STEP : -STEP] or id), level=len(path) // STEP - 1, article_id=article_id,
            commenter=person, answers=above, path=path, depth=len(path) // STEP - 1, status=status,
            html=self.html[n], content_hash=self.hashes[n], recommend_count=self.rng.randrange(30), modified_at=at, shown_from=at,
            seen_at=at if status == "visible" else None,
        )  # fmt: skip
        self.waiting.append(comment)
        if len(self.waiting) >= CHUNK:
            self.flush()
        return comment

    def thread(self, article_id, length):
        """One thread of `length` comments, all under one first comment, at every depth."""
        root = self.add(article_id, status="visible")
        recent = [root]
        for _ in range(length - 1):
            above = root if self.rng.random() < 0.3 else self.rng.choice(recent)
            recent = [*recent[-50:], self.add(article_id, above, status="visible")]

    def conversation(self, article_id, length):
        """Threads of different lengths, some comments of them hidden."""
        while length > 0:
            recent = [self.add(article_id)]
            replies = min(length - 1, self.rng.choice([0, 0, 1, 2, 3, 5, 8, 13]))
            for _ in range(replies):
                recent.append(self.add(article_id, self.rng.choice(recent)))
            length -= 1 + replies

    def flush(self):
        with transaction.atomic():  # a comment is a row in each of three tables
            for model in (StoredComment, XtdComment, Comment):
                insert(model, self.waiting)
        self.written += len(self.waiting)
        self.waiting = []

    def finish(self):
        self.flush()
        statements = connection.ops.sequence_reset_sql(no_style(), [StoredComment])
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        return self.written
