"""The desk among 1,000 comments and among many (MODERATION_AT, 1,000,000): five in a hundred held. What a decision, a queue, a
filter and a search cost at both sizes, and how many queries."""

import os
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Topic
from comments.load import Writer
from comments.models import Comment, Hold
from tests.bench.test_size import cpu_seconds

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = (1_000, int(os.environ.get("MODERATION_AT", "1000000")))
ASKED = {
    "held": "", "by time": "?order=oldest", "reported": "?queue=reported", "new": "?queue=new", "spam": "?queue=spam",
    "likely": "?queue=likely", "decided": "?queue=decided", "a rule": "?rule=links", "an article": "?article={article}",
    "a topic": "?topic={topic}", "a person": "?queue=all&person={person}", "a day": "?since=2026-01-01",
    "a search": "?queue=all&q=lantern+treaty", "a search among the held": "?q=lantern+treaty",
}  # fmt: skip
DECISIONS = 60


@pytest.fixture
def topic(large):
    return Topic.objects.create(name="Seas", slug="seas")


def grow(topic, size):
    """Write comments until there are `size`, on an article for each two thousand."""
    while (there := Comment.objects.count()) < size:
        n = Article.objects.count()
        article = Article.objects.create(
            headline=f"Tides {n}", standfirst="s", body="<p>b</p>", topic=topic,
            published_at=timezone.now() - timedelta(hours=1),
        )  # fmt: skip
        writer = Writer(n)
        for number in range(min(2_000, size - there)):
            writer.add(article.pk, status="held" if number % 20 == 0 else None if number % 50 else "spam")
        writer.finish()
    held = list(Comment.objects.held().filter(holds=None).values_list("pk", flat=True))
    Hold.objects.bulk_create(
        [Hold(comment_id=pk, rule="links", value=3, limit=2) for pk in held], batch_size=5000
    )
    now = timezone.now()
    visible = Comment.objects.filter(status="visible").values("pk")
    Comment.objects.filter(pk__in=list(visible.values_list("pk", flat=True)[: size // 200])).update(
        reported_at=now
    )
    Comment.objects.filter(status="rejected").update(decided_at=now)
    with connection.cursor() as cursor:
        # as its own daemon does after so much was written
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def at(times, share):
    return sorted(times)[int(share * (len(times) - 1))]


def test_the_desk_at_two_sizes(large, client, note, topic):
    client.force_login(User.objects.create_superuser("mo"))
    cost, queries, decided = {}, {}, {}
    for size in SIZES:
        grow(topic, size)
        place = {
            "article": Article.objects.last().pk, "topic": topic.pk,
            "person": Comment.objects.exclude(commenter=None).first().commenter_id,
        }  # fmt: skip
        for name, query in ASKED.items():
            address = "/moderation/" + query.format(**place)
            client.get(address)
            times = []
            for _ in range(3):
                started = time.perf_counter()
                with CaptureQueriesContext(connection) as asked:
                    assert client.get(address).status_code == 200
                times.append(1000 * (time.perf_counter() - started))
            cost[name, size], queries[name, size] = at(times, 0.5), len(asked)
        waiting = list(Comment.objects.held().by_priority()[:DECISIONS])
        times, busy = [], []
        for number, comment in enumerate(waiting):
            verb = ("approve", "reject", "spam")[number % 3]
            data = {verb: comment.pk, f"stamp-{comment.pk}": comment.stamp, f"reason-{comment.pk}": "abuse"}
            started, worked = time.perf_counter(), cpu_seconds()
            answer = client.post("/moderation/", data, headers={"accept": "application/json"})
            times.append(1000 * (time.perf_counter() - started))
            busy.append(1000 * (cpu_seconds() - worked))
            assert answer.json()["done"] == [comment.pk]
        decided[size] = at(times[5:], 0.5), at(times[5:], 0.95), at(busy[5:], 0.95)
    small, large_size = SIZES
    note("comments", f"{small:,} and {large_size:,}")
    for n, what in enumerate(("the median", "95 in 100 within", "processor’s time of 95 in 100")):
        few, many = decided[small][n], decided[large_size][n]
        note(f"a decision, {what}", f"{few:.1f} ms and {many:.1f} ms ({many / few:.2f} ×)")
    for name in ASKED:
        note(
            name,
            f"{cost[name, small]:.0f} ms and {cost[name, large_size]:.0f} ms, {queries[name, small]} and {queries[name, large_size]} queries",
        )
