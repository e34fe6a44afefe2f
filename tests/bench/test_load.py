"""A mixed load on the real processes: 90 of a hundred read, 5 search, 4 recommend, 1 comments. BENCH_LOAD_SECONDS says how
long (60; 300 for the whole five minutes)."""

import os
import random
import time
from pathlib import Path

import pytest

from tests.faults.conftest import around, run  # noqa: F401  a fixture
from tests.faults.site import ARTICLE, Crowd, Site

pytestmark = pytest.mark.django_db
SECONDS, CLIENTS = int(os.environ.get("BENCH_LOAD_SECONDS", "60")), 32
PREPARE = """
from articles.models import Article
from comments.models import Comment, Commenter
article = Article.objects.get(slug="tides")
person = Commenter.objects.create(name="Bo", email="load@example.org")
print([Comment.objects.create(article=article, comment=f"Said {n}", user_name="Bo", status="visible", commenter=person).pk
       for n in range(30)])
"""
PAGES = [ARTICLE, ARTICLE, "/", f"{ARTICLE}comments/", "/topics/seas/", "/feeds/rss/", "/archive/"]


@pytest.fixture
def site(around):  # noqa: F811
    """Its processes are not replaced after 20,000 requests: what their memory does is to be seen."""
    site = Site(around.environment | {"GUNICORN_CMD_ARGS": "--max-requests 0"}, around.folder)
    try:
        yield site.start_web().start_worker()
    finally:
        site.stop()


def resident(pids):
    """Megabytes of memory of each process."""
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids]
    return [page * os.sysconf("SC_PAGE_SIZE") / 1e6 for page in pages]


def test_a_mixed_load_fails_nobody_loses_nothing_and_keeps_its_memory(site, around, note):  # noqa: F811
    comments = [int(word) for word in run(PREPARE, around.environment).strip("[]").split(",")]
    chance, acknowledged, kinds = random.Random(7), [], []

    def act(number):
        lot, began = chance.random(), time.monotonic()
        if lot < 0.90:
            kind, answer = "read", site.get(chance.choice(PAGES), Accept_Encoding="br")
        elif lot < 0.95:
            kind, answer = (
                "search",
                site.get(f"/search/?q={chance.choice(['tides', 'sand', 'water', 'nothing'])}"),
            )
        elif lot < 0.99:
            kind, answer = "recommend", site.post(f"/comments/{chance.choice(comments)}/recommend/", {})
        else:
            words = f"load {number} {time.monotonic_ns()}"
            kind, answer = "comment", site.comment(words)
            if answer.status == 302:
                acknowledged.append(words)
        kinds.append((kind, answer.status, time.monotonic() - began))

    workers = site.workers()
    for path in PAGES:
        site.get(path)
    with Crowd(CLIENTS, act) as crowd:
        time.sleep(SECONDS * 0.2)
        first = resident(workers)
        time.sleep(SECONDS * 0.8)
        last = resident(workers)
    bad = sorted({(kind, status) for kind, status, _ in kinds if status not in (200, 302)})
    stored = [words for words in around.database.words() if words.startswith("load ")]
    times = sorted(seconds for _, _, seconds in kinds)
    note("requests, in seconds", [len(kinds), SECONDS])
    note(
        "median / p99 / slowest, ms",
        [round(1000 * times[int(len(times) * share)]) for share in (0.5, 0.99, 0.99999)],
    )
    note("errors", [len(crowd.errors), bad])
    note(
        "comments acknowledged / stored / twice",
        [len(acknowledged), len(stored), len(stored) - len(set(stored))],
    )
    note(
        "MB of each web process after a fifth of the time, and at its end",
        [[round(n, 1) for n in row] for row in (first, last)],
    )
    assert crowd.errors == [] and bad == []
    assert sorted(acknowledged) == stored
    assert site.workers() == workers
    assert max(after / before for before, after in zip(first, last, strict=True)) < 1.15
