"""What is found among 100,000 articles and how soon; what a feed costs, and page 500 beside page 1."""

import os
import random
import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import live, search
from articles.models import Article, Byline, TaggedArticle
from comments import load

NUMBER = int(os.environ.get("BENCH_ARTICLES", "100000"))
pytestmark = pytest.mark.django_db(transaction=True)


def milliseconds(work, *values):
    began = time.perf_counter()
    work(*values)
    return (time.perf_counter() - began) * 1000


def p(part, taken):
    return sorted(taken)[min(len(taken) - 1, int(len(taken) * part))]


def mixed(rng, number):
    """Questions as people ask them: one word, several, the beginning of one, a phrase, with a minus, a slip, a name."""
    for n in range(number):
        words = load.some_text(rng, 12, 14).rstrip(".").lower().split()
        rare = rng.choice(words)
        yield (
            rare,
            f"{rare} {words[1]}",
            f"{words[0]} {words[1]} {words[2]}",
            rare[:4],
            f'"{words[3]} {words[4]}"',
            f"{rare} -{words[5]}",
            rare[:-2] + rare[-1:] + "q",
            f"load author {n % 20} {rare}",
        )[n % 8]


def like(q):
    """The plain search that this one replaced, its newest twenty."""
    found = Article.objects.published()
    for word in q.replace('"', "").split():
        found = found.filter(
            Q(headline__icontains=word)
            | Q(standfirst__icontains=word)
            | Q(body_text__icontains=word)
            | Q(pk__in=Byline.objects.filter(author__name__icontains=word).values("article"))
            | Q(pk__in=TaggedArticle.objects.filter(tag__name__icontains=word).values("content_object"))
        )
    return found.count(), list(found.newest_first().values("pk")[:20])


def test_search_feeds_and_pages(client, note):
    note("articles", NUMBER)
    note("loading and indexing, s", round(milliseconds(lambda: call_command("make_load", articles=NUMBER, comments=0)) / 1000, 1))  # fmt: skip
    note("index anew, s", round(milliseconds(lambda: call_command("rebuild_search")) / 1000, 1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    questions = list(mixed(random.Random(7), 200))

    def whole(q):
        query = search.parse(q)
        found = search.find(query)
        search.hits(query, found.ids[:20])
        search.facets(found.ids)

    whole("warm")
    taken = [milliseconds(whole, q) for q in questions]
    note("search, 200 mixed questions, ms (median / p95 / worst)", [round(x, 1) for x in (p(0.5, taken), p(0.95, taken), max(taken))])  # fmt: skip
    taken = [milliseconds(lambda q: client.get("/search/", {"q": q}), q) for q in questions[:60]]
    note("its page, 60 of them, ms (median / p95)", [round(x, 1) for x in (p(0.5, taken), p(0.95, taken))])
    taken = [milliseconds(lambda q: client.get("/search/suggestions/", {"q": q}), q) for q in questions[:60]]
    note("suggestions, ms (median / p95)", [round(x, 1) for x in (p(0.5, taken), p(0.95, taken))])
    taken = [milliseconds(like, q) for q in questions[:24]]
    note("LIKE, 24 of them, ms (median / p95)", [round(x, 1) for x in (p(0.5, taken), p(0.95, taken))])

    for kind in ("rss", "atom", "json"):
        with CaptureQueriesContext(connection) as queries:
            taken = [milliseconds(client.get, f"/feeds/{kind}/") for _ in range(5)]
        note(f"feed of 50, {kind}, ms (queries)", [round(p(0.5, taken), 1), len(queries) // 5])
    for address in ("/topics/load-1/", "/tags/load-tag-1/", "/authors/load-author-1/"):
        first, late = [], []
        last = 500 if "topics" in address else 80
        for _ in range(9):  # in turn: a busy moment of the machine meets both
            first.append(milliseconds(client.get, address))
            late.append(milliseconds(client.get, f"{address}?page={last}"))
        note(f"{address} page 1 and {last}, ms (ratio)", [round(p(0.5, first), 1), round(p(0.5, late), 1), round(p(0.5, late) / p(0.5, first), 2)])  # fmt: skip
    article = Article.objects.filter(published_at__lt=timezone.now() - timedelta(days=30)).first()
    note(
        "related articles, ms",
        round(p(0.5, [milliseconds(lambda: live.related(article)) for _ in range(9)]), 1),
    )
