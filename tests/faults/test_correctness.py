"""While many read, what was changed is what the next reader gets: in every process, and on every machine.

Each answer is noted with the moments at which it was asked for and there. From the moment at which the answer to a
take-down, a correction or a withdrawal arrived, no read that began later shows the old state; an approval shows from the
end of the time in which it can be called back, and not before.
"""

import itertools
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.articles.at_the_desk import _Fields
from tests.faults.conftest import run
from tests.faults.site import BENCH, Crowd, Site, wait_for

COMMENTS, MODERATORS, READERS = (200, 8, 16) if BENCH else (6, 3, 4)
UNDO = 1  # UNDO_SECONDS of the site
PREPARE = f"""
import json, secrets
from datetime import timedelta
from django.utils import timezone
from articles.models import Article, Author, Byline
from comments.models import Comment, Commenter
tides = Article.objects.get(slug="tides")
article = Article(headline="Moving tides 0", slug=secrets.token_hex(4), standfirst="x", body="<p>x</p>", topic=tides.topic)
article.save()
Byline.objects.create(article=article, author=Author.objects.get())
article.publish(at=timezone.now() - timedelta(minutes=5))
person, _ = Commenter.objects.get_or_create(name="Ida", email="moving@example.org")
ids = [Comment.objects.create(article=article, comment=f"mark-{{n}}-", user_name="Ida", status="held", commenter=person).pk
       for n in range({COMMENTS})]
soon = Article(headline="At its second", slug=secrets.token_hex(4), standfirst="x", body="<p>x</p>", topic=tides.topic)
soon.save()
Byline.objects.create(article=soon, author=Author.objects.get())
due = timezone.now() + timedelta(seconds=3)
soon.publish(at=due)
print(json.dumps([article.pk, soon.pk, article.slug, soon.slug, due.timestamp(), ids]))
"""


@dataclass
class Read:
    path: str
    began: float
    ended: float
    status: int
    marks: set
    version: int


@pytest.fixture
def sites(site, around):
    """Two processes of one machine on SQLite; two machines with PostgreSQL and Redis between them."""
    if around.postgresql is None:
        yield [site]
        return
    other = Site(around.environment, around.folder, workers=1)
    try:
        yield [site, other.start_web()]
    finally:
        other.stop()


def test_nobody_who_asks_later_gets_what_was_before(sites, around):
    article, soon, moving, at_its_second, due, ids = json.loads(run(PREPARE, around.environment))
    due -= time.time() - time.monotonic()
    session, turn = around.known["session"], itertools.count()
    moving, at_its_second = f"/articles/{moving}/", f"/articles/{at_its_second}/"
    paths = [moving, f"{moving}comments/", "/", at_its_second]

    def read(_):
        n = next(turn)
        path = paths[n % len(paths)]
        answer = sites[n // len(paths) % len(sites)].get(path)
        versions = re.findall(r"Moving tides (\d+)", answer.text)
        marks = {int(n) for n in re.findall(r"mark-(\d+)-", answer.text)}
        seen.update({(path, mark) for mark in marks}, {(path, answer.status)})
        return Read(
            path,
            answer.began,
            answer.began + answer.seconds,
            answer.status,
            marks,
            min(map(int, versions), default=-1),
        )

    def ask(n, path, data):
        began = time.monotonic()
        answer = sites[n % len(sites)].post(path, data, session)
        assert answer.status == 302, (path, answer.status)
        return began, time.monotonic()

    approved, taken_down, seen = {}, {}, set()

    def moderate(n):
        approved[n] = ask(n, "/moderation/", {"approve": ids[n]})
        wait_for(lambda: {(moving, n), (f"{moving}comments/", n)} <= seen)
        taken_down[n] = ask(n + 1, "/moderation/", {"spam": ids[n]})

    def correct(number):
        change = f"/admin/articles/article/{article}/change/"
        site = sites[number % len(sites)]
        html = site.get(change, Cookie=f"sessionid={session}").text
        form = {k: v for k, v in _Fields(html, "article_form").data.items() if k and "__prefix__" not in k}
        form |= {"headline": f"Moving tides {number}", "_save": "yes"}
        return ask(number, change, {k: v for k, v in form.items() if v != []})

    with Crowd(READERS, read) as crowd:
        with ThreadPoolExecutor(MODERATORS) as desk:
            decided = [desk.submit(moderate, n) for n in range(COMMENTS)]
            corrected = [correct(number) for number in (1, 2)]
            for each in decided:
                each.result()

        def was_read_since(moment, status):
            return any(
                r.began > moment and (r.path, r.status) == (at_its_second, status)
                for r in list(crowd.answers)
            )

        wait_for(lambda: was_read_since(due, 200))
        gone = withdraw(sites[0], soon, session)
        wait_for(lambda: was_read_since(gone[1], 410))
    reads = crowd.answers
    assert crowd.errors == []

    of_marks = [r for r in reads if r.path.startswith(moving)]
    for n in range(COMMENTS):
        (asked, answered), (down, is_down) = approved[n], taken_down[n]
        shown = [r for r in of_marks if n in r.marks]
        assert shown, n
        assert [r for r in shown if r.ended < asked + UNDO or r.began > is_down] == []
        assert [
            r for r in of_marks if r.began > answered + UNDO and r.ended < down and n not in r.marks
        ] == []
    for number, (_, answered) in enumerate(corrected, 1):
        assert [r for r in reads if 0 <= r.version < number and r.began > answered] == []
    of_soon = [r for r in reads if r.path == at_its_second]
    assert {r.status for r in of_soon if r.ended < due} <= {404}
    assert {r.status for r in of_soon if r.began > due and r.ended < gone[0]} == {200}
    assert {r.status for r in of_soon if r.began > gone[1]} == {410}
    assert {r.status for r in reads} == {200, 404, 410}


def withdraw(site, pk, session):
    """Take an article back by the form of the desk. Returns the moments before and after."""
    change = f"/admin/articles/article/{pk}/change/"
    html = site.get(change, Cookie=f"sessionid={session}").text
    form = {
        k: v for k, v in _Fields(html, "article_form").data.items() if k and "__prefix__" not in k and v != []
    }
    began = time.monotonic()
    answer = site.post(change, form | {"withdraw_reason": "It was wrong.", "_withdraw": "yes"}, session)
    assert answer.status == 302, answer.status
    return began, time.monotonic()
