"""An upgrade: the database is migrated forth and back while readers, an editor and commenters are at work.

The migrations add columns to articles, bylines and comments and alter one that the search waits for (`next_version/`): triggers go
and come back, lists and numbers are counted anew, and the index of the search is written anew. The code of before goes on serving.
"""

import itertools
import json
import re
import subprocess
import sys
import time

import pytest
from django.conf import settings

from tests.articles.at_the_desk import _Fields
from tests.faults.conftest import run
from tests.faults.site import ARTICLE, BENCH, Crowd, Posters, Site, wait_for

ROUNDS, ARTICLES, READERS = (10, 2000, 4) if BENCH else (1, 60, 2)
PATIENT = {"DATABASE_TIMEOUT": "20"}
BEFORE = {
    app: max(file.stem for file in (settings.BASE_DIR / app / "migrations").glob("0*.py"))
    for app in ("articles", "comments")
}
PREPARE = f"""
from articles.models import Article
from comments.management.commands.make_load import make_articles
made = make_articles({ARTICLES}, {{seed}})
Article.objects.filter(pk=made[0]).update(headline="Changing headline 0")
Article.objects.get(pk=made[0]).tags.add("Upgrades")
print(made[0])
"""
# what is kept in rows of its own, beside what counting and looking gives
CHECK = """
import json
from collections import Counter
from datetime import UTC
from django.db import connection
from django.db.models import F
from articles import search, search_index
from articles.models import Article, Byline, TaggedArticle, Tally
from comments.models import Comment, Tally as Standing
kept = {(t.topic_id, t.month): t.articles for t in Tally.objects.filter(articles__gt=0)}
standing = Article.objects.filter(withdrawn_at=None).exclude(published_at=None).values_list("topic", "published_at")
lists = kept == Counter((topic, at.astimezone(UTC).strftime("%Y-%m")) for topic, at in standing)
links = [
    (link.listed_at, since)
    for model, to in ((Byline, "article"), (TaggedArticle, "content_object"))
    for link in model.objects.select_related(to)
    for since in [None if getattr(link, to).withdrawn_at else getattr(link, to).published_at]
]
numbers = {(t.article_id, t.thread): t.visible for t in Standing.objects.filter(visible__gt=0, thread=0)}
comments = numbers == {(article, 0): n for article, n in Counter(Comment.objects.filter(status="visible").values_list("article", flat=True)).items()}
def index():
    with connection.cursor() as cursor:
        columns = "rowid, headline, standfirst, byline, tags, captions, body" if connection.vendor == "sqlite" else "article_id, vector"
        cursor.execute(f"SELECT {columns} FROM articles_searchtext ORDER BY 1")
        # the words of two tags have no order between them
        return [(id, *(sorted(re.split(r"\\n", text)) for text in texts)) for id, *texts in cursor.fetchall()]
import re
before = index()
if connection.vendor == "postgresql":  # the places of words depend on that order as well: what matters is which there are
    def index():
        with connection.cursor() as cursor:
            cursor.execute("SELECT article_id, tsvector_to_array(vector) FROM articles_searchtext ORDER BY 1")
            return cursor.fetchall()
    before = index()
search_index.rebuild()
print(json.dumps({"lists": lists, "links": all(is_so == since for is_so, since in links), "comments": comments,
                  "index": before == index(), "searched": len(before) == Article.objects.count()}))
"""


@pytest.fixture
def site(around):
    """One that waits for the database as long as the settings say: SQLite copies whole tables."""
    site = Site(around.environment | PATIENT, around.folder)
    try:
        yield site.start_web()
    finally:
        site.stop()


def migrate(around, *arguments):
    return subprocess.Popen(
        [sys.executable, "manage.py", "migrate", "-v0", *arguments],
        cwd=settings.BASE_DIR, stderr=subprocess.PIPE, text=True,
        env=around.environment | PATIENT | {"DJANGO_SETTINGS_MODULE": "tests.faults.next_version.settings"},
    )  # fmt: skip


def test_an_upgrade_is_noticed_by_nobody(site, around):
    changing = int(run(PREPARE.format(seed=time.monotonic_ns() % 10**9), around.environment))
    session = around.known["session"]
    (slug,) = around.database.rows(f"SELECT slug FROM articles_article WHERE id = {changing}")[0]
    turn = itertools.count()
    saved = {0: (0, 0)}  # number: when it was asked for, when it was answered
    at_desk = f"/admin/articles/article/{changing}/change/"

    def read(_):
        n = next(turn)
        path = [
            f"/articles/{slug}/", f"/search/?q=changing&page={n}", "/search/suggestions/?q=changing", "/tags/upgrades/",
            ARTICLE, "/archive/", "/authors/load-author-1/", "/",
        ][n % 8]  # fmt: skip
        answer = site.get(path)
        shown = re.findall(r"(?:<mark>)?Changing(?:</mark>)? headline (\d+)", answer.text)
        return path, answer, [int(number) for number in shown]

    def edit(_):
        number = max(saved) + 1
        html = site.get(at_desk, Cookie=f"sessionid={session}").text
        form = {
            k: v
            for k, v in _Fields(html, "article_form").data.items()
            if k and "__prefix__" not in k and v != []
        }
        begun = time.monotonic()
        form |= {"headline": f"Changing headline {number}", "_save": "yes"}
        answer = site.post(at_desk, form, session)
        if answer.status == 302:
            saved[number] = begun, time.monotonic()
        return at_desk, answer, []

    with Posters(site, 2) as posters, Crowd(READERS, read) as readers, Crowd(1, edit) as editor:
        wait_for(lambda: len(saved) > 1 and posters.acknowledged and len(readers.answers) > 8)
        for _ in range(ROUNDS):
            for arguments in ([], ["articles", BEFORE["articles"]], ["comments", BEFORE["comments"]]):
                process = migrate(around, *arguments)
                _, complaint = process.communicate(timeout=300)
                assert process.returncode == 0, complaint
        before = len(saved), len(posters.acknowledged), len(readers.answers)
        wait_for(
            lambda: (
                len(saved) > before[0]
                and len(posters.acknowledged) > before[1]
                and len(readers.answers) > before[2] + 8
            )
        )

    assert readers.errors == editor.errors == posters.errors == []
    assert {
        (re.sub(r"\d+$", "N", path), answer.status)
        for path, answer, _ in readers.answers
        if answer.status != 200
    } == set()
    assert [answer.status for _, answer, _ in editor.answers if answer.status != 302] == []
    assert set(posters.statuses) == {302}
    assert sorted(posters.acknowledged) == posters.stored(around.database)
    for path, answer, shown in readers.answers:
        answered = [number for number, (_, at) in saved.items() if at < answer.began]
        assert all(number >= max(answered) for number in shown), (path, shown, max(answered))
    # on the page of the article it stands each time
    assert all(shown for path, _, shown in readers.answers if path == f"/articles/{slug}/")
    assert json.loads(run(CHECK, around.environment)) == dict.fromkeys(
        ["lists", "links", "comments", "index", "searched"], True
    )
