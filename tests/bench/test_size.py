"""Pages that are not kept, on a small site and on the same one after it has grown to 100,000 articles and 1,000,000 comments:
the processor's time of one request through Django's handler and in the database, in the unit of a constant view."""

import os
import statistics
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from articles.models import Article, Tag, TaggedArticle
from comments import lines, load
from newsroom import edition, pieces
from tests.bench.test_pages import EACH, ask, urlpatterns  # noqa: F401  a fixture, and its addresses

pytestmark = pytest.mark.django_db(transaction=True)
ARTICLES = int(os.environ.get("BENCH_ARTICLES", "100000"))
COMMENTS = int(os.environ.get("BENCH_COMMENTS", "1000000"))
TIMES = 15


def cpu_seconds():
    """The processor's time of this process and of PostgreSQL's process that answers it (on this machine, Linux)."""
    taken = time.process_time()
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        pid = connection.connection.info.backend_pid
        taken += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    return taken


def cold(ask, address, *, for_the_first_time):  # noqa: F811
    """How many times the constant view a page costs in a new edition: a median."""
    taken = {EACH: [], address: []}
    for number in range(TIMES + 1):
        for asked, row in taken.items():
            edition.leap()
            if for_the_first_time:
                pieces.forget()
                lines.forget()
            edition.current()  # what any first request of an edition costs
            began = cpu_seconds()
            ask(asked)
            if number:  # the first time is not counted
                row.append(cpu_seconds() - began)
    constant, page = map(statistics.median, taken.values())
    return page / constant


def test_cold_pages_of_a_large_site_beside_those_of_a_small_one(large, ask, note):  # noqa: F811
    call_command("make_load", articles=1000, comments=900, verbosity=0)
    hundred = Article.objects.get(slug="load-1-500")
    writer = load.Writer(99)
    writer.conversation(hundred.pk, 100)
    writer.finish()
    # a list that is full on the small site as well
    tag = Tag.objects.get(slug="load-tag-1")
    for article in Article.objects.filter(slug__startswith="load-1-")[:60]:
        TaggedArticle.objects.get_or_create(content_object=article, tag=tag)
    addresses = {
        "front page": "/",
        "article, a comment": Article.objects.get(slug="load-1-700").get_absolute_url(),
        "article, 100 comments": hundred.get_absolute_url(),
        "its comments": f"{hundred.get_absolute_url()}comments/",
        "topic": "/topics/load-1/",
        "tag": "/tags/load-tag-1/",
        "author": "/authors/load-author-1/",
        "authors": "/authors/",
        "feed": "/feeds/rss/",
        "feed of a tag": "/tags/load-tag-1/feeds/rss/",
        "archive": "/archive/",
    }

    def all_of_them():
        return {
            (what, first): cold(ask, address, for_the_first_time=first)
            for what, address in addresses.items()
            for first in (False, True)
        }

    small = all_of_them()
    began = time.monotonic()
    call_command("make_load", articles=ARTICLES - 1000, comments=COMMENTS - 1000, seed=2, verbosity=0)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as its own daemon does after so much was written
    note("articles, comments, seconds of loading", [ARTICLES, COMMENTS, round(time.monotonic() - began)])
    for (what, first), cost in all_of_them().items():
        before = small[what, first]
        when = "for the first time" if first else "an edition later"
        note(
            f"{what}, {when}: small / large, times the constant view (ratio)",
            f"{before:.1f} / {cost:.1f} ({cost / before:.2f})",
        )
