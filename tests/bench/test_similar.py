"""Near-duplicates: 2,000 planted pairs with small edits among 20,000 comments; what is found, what is wrong, how long."""

import random
import time

import pytest

from articles.models import Article, Topic
from comments import similar
from comments.load import Writer
from comments.models import Comment, Likeness
from tests.comments.test_similar import edited, words

pytestmark = pytest.mark.django_db


def test_planted_pairs_among_20000(note, make_article):
    rng = random.Random(4)
    article = make_article()
    texts = [words(rng, 10, 60) for _ in range(18_000)]
    planted = rng.sample(range(18_000), 2_000)
    texts += [edited(rng, texts[at]) for at in planted]
    writer = Writer(4)
    for _ in texts:
        writer.add(article.pk, status="held")
    writer.finish()
    comments = list(Comment.objects.order_by("stored"))
    started, worked = time.perf_counter(), time.process_time()
    for comment, text in zip(comments, texts, strict=True):
        comment.comment = text
        similar.remember(comment)
    stored = 1000 * (time.perf_counter() - started) / len(texts)
    in_this_process = 1000 * (time.process_time() - worked) / len(texts)
    worked = time.process_time()
    for text in texts[:5000]:
        similar.bands(similar.signature(text))
    computed = 1000 * (time.process_time() - worked) / 5000

    group_of = dict(Likeness.objects.values_list("comment_id", "group_id"))
    ids = [comment.pk for comment in comments]
    found = sum(group_of[ids[18_000 + n]] == group_of[ids[at]] for n, at in enumerate(planted))
    partner = {ids[18_000 + n]: ids[at] for n, at in enumerate(planted)}
    first = {}
    wrong = 0
    for pk in ids:
        known = first.setdefault(group_of[pk], pk)
        wrong += known != pk and partner.get(pk) != known
    note("planted pairs found", f"{100 * found / 2000:.2f} %")
    note("comments in a wrong group", f"{100 * wrong / len(ids):.3f} %")
    note("signature and bands", f"{computed:.3f} ms a comment")
    note("with look-up and rows", f"{stored:.3f} ms a comment, {in_this_process:.3f} of this process")
    assert Article.objects.count() == 1


@pytest.fixture
def make_article(db):
    from datetime import timedelta

    from django.utils import timezone

    def make_article():
        return Article.objects.create(
            headline="A strait", standfirst="Sand.", body="<p>Sand.</p>",
            topic=Topic.objects.create(name="Seas", slug="seas"),
            published_at=timezone.now() - timedelta(hours=1),
        )  # fmt: skip

    return make_article
