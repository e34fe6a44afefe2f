"""What readers ask for most often is found by an index, on either database, and never by reading all comments."""

from datetime import timedelta
from itertools import product

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Q
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from comments import desk, load
from comments.conversation import Conversation, count
from comments.forms import DeskFilterForm
from comments.models import Comment, Hold, Report
from tests.plans import analyze, indexes, is_covered, reads_whole, sorts

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(article, make_article):
    writer = load.Writer(1, texts=20)
    for each in (article, *(make_article(f"Another {n}") for n in range(3))):
        writer.conversation(each.pk, 150)
    writer.finish()
    analyze()
    return Conversation(Article.objects.get(pk=article.pk))


def test_readers_queries_search_an_index(talk):
    reply = Comment.objects.visible().filter(article=talk.article, depth=1).last()
    asked = {
        "comment_oldest": talk.first_page,
        "comment_threads": talk.page,
        "comment_newest": lambda: talk.first_page("newest"),
        "comment_recommended": lambda: talk.first_page("recommended"),
        "comment_of_article": lambda: (count(talk.article), talk.place_of(reply)),
    }
    for name, ask in asked.items():
        with CaptureQueriesContext(connection) as queries:
            ask()
        used = [
            each
            for query in queries
            if "comments_comment" in query["sql"]
            for each in indexes(query["sql"], "comments_comment")
        ]
        assert used and None not in used, name
        if connection.vendor == "sqlite":  # the other chooses anew with each size
            assert name in used
    # the look itself sees a query that reads everything
    assert None in indexes("SELECT * FROM comments_comment WHERE html = 'x'", "comments_comment")


QUEUES = ("held", "reported", "new", "spam", "likely", "decided", "all")
ORDERS = ("priority", "oldest", "newest")


@pytest.fixture
def queues(talk):
    """The desk's `_found` as its form asks it, among comments of which some wait, were reported, or decided."""
    mo, now = User(is_superuser=True, is_staff=True), timezone.now()
    held = Comment.objects.held()
    Hold.objects.bulk_create(Hold(comment_id=pk, rule="links") for pk in held.values_list("pk", flat=True))
    held.update(spam_score=0.9)
    shown = Comment.objects.filter(status="visible", pk__in=range(0, 10**6, 5))
    shown.update(reported_at=now, seen_at=None)
    Report.objects.bulk_create(
        Report(comment_id=pk, reason="spam", browser=f"b{pk}") for pk in shown.values_list("pk", flat=True)
    )
    down = Comment.objects.filter(status="rejected")
    for n, pk in enumerate(down.values_list("pk", flat=True)):
        Comment.objects.filter(pk=pk).update(decided_at=now - timedelta(minutes=n))
    Comment.objects.filter(status="visible", pk__in=range(1, 10**6, 25)).update(status="spam")
    analyze(by_order=True)

    def asked(query):
        chosen = DeskFilterForm(QueryDict(query)).read()
        with CaptureQueriesContext(connection) as queries:
            found = list(desk._found(mo, chosen)[0].values_list("pk", flat=True)[:26])
        return found, [query["sql"] for query in queries if "comments_comment" in query["sql"]]

    return asked


def says(comment, *beginnings):
    words = f"{comment.comment} {comment.user_name}".lower().split()
    return all(any(word.startswith(each) for word in words) for each in beginnings)


def test_each_queue_and_filter_is_read_along_an_index(queues, talk, monkeypatch):
    for queue, order in product((*QUEUES, "reported&since=2026-01-01"), ORDERS):
        found, asked = queues(f"queue={queue}&order={order}")
        assert found, queue
        assert not sorts(asked[-1]), (queue, order)
        if queue != "all":  # the table itself is in the order of its numbers
            assert not reads_whole(asked[-1], "comments_comment"), (queue, order)
    person = Comment.objects.held().exclude(commenter=None).first().commenter_id
    meant = {
        f"article={talk.article.pk}": Q(article=talk.article),
        f"topic={talk.article.topic_id}": Q(article__topic=talk.article.topic_id),
        f"person={person}": Q(commenter=person),
        "rule=links": Q(holds__rule="links"),
        "reason=spam": Q(reports__reason="spam"),
        "since=2026-01-01&until=2026-01-02": Q(submit_date__date__range=("2026-01-01", "2026-01-02")),
        "since=2026-01-02": Q(submit_date__date__gte="2026-01-02"),
        "q=lantern+tid": Q(pk__in=[c.pk for c in Comment.objects.all() if says(c, "lantern", "tid")]),
    }
    for few in (2000, 2):  # what is rare is named, what is not is asked of each row
        monkeypatch.setattr(desk, "FEW", few)
        for queue, narrowed in product(("held", "new", "decided"), meant):
            found, asked = queues(f"queue={queue}&order=oldest&{narrowed}")
            right = desk._in_queue(Comment.objects.all(), queue).filter(meant[narrowed])
            right = right.order_by("decided_at" if queue == "decided" else "pk")
            assert found == list(right.values_list("pk", flat=True)[:26]), (queue, narrowed)
            for sql in asked:
                assert not reads_whole(sql, "comments_comment"), (queue, narrowed, sql)

    # and what waits is counted
    with CaptureQueriesContext(connection) as queries:
        found = desk.counts(User(is_superuser=True, is_staff=True))
    assert found == {
        "held": Comment.objects.filter(status="held").count(),
        "reported": Comment.objects.filter(status="visible").exclude(reported_at=None).count(),
        "new": Comment.objects.filter(status="visible", seen_at=None).count(),
        "likely": Comment.objects.filter(status="held", spam_score=0.9).count(),
    }
    for query in queries:
        assert not reads_whole(query["sql"], "comments_comment")
        if connection.vendor == "sqlite":  # the other looks which rows are there still
            assert is_covered(query["sql"], "comments_comment")
    monkeypatch.setattr(desk, "COUNTED_TO", 3)
    assert desk.counts(User(is_superuser=True, is_staff=True))["held"] == "3+"
