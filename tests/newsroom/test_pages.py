"""Pages for everyone are kept whole, and what changed is gone from the next answer."""

import contextlib
import gzip
import os
import re
import shutil
import subprocess
import sys
import threading
from datetime import datetime, time, timedelta
from time import monotonic

import brotli
import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.models.signals import post_migrate, pre_migrate
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date

from articles.models import Article, Author, Byline, Photo, Topic
from comments import moderation
from comments.models import Comment, Commenter, Policy
from newsroom import edition, pages

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def kept(settings):
    settings.PAGE_CACHE = True
    settings.UNDO_SECONDS = 10
    caches["pages"].clear()


@pytest.fixture
def article(transactional_db):
    topic = Topic.objects.create(name="Rivers", slug="rivers")
    article = Article.objects.create(
        headline="A dam", slug="a-dam", standfirst="Who pays.", body="<p>Water.</p>" * 40, topic=topic,
        published_at=timezone.now() - timedelta(hours=2),
    )  # fmt: skip
    Byline.objects.create(article=article, author=Author.objects.create(name="Ana Ruiz"))
    return article


ADDRESS = "/articles/a-dam/"


@pytest.fixture
def asked(django_assert_num_queries):
    """`asked(n)` asserts that the client's page cost n queries."""
    return django_assert_num_queries


def page(client, address=ADDRESS, **headers):
    return client.get(address, headers=headers).content.decode()


def test_the_second_reader_costs_one_query_and_gets_the_same_bytes(client, article, asked):
    first = client.get(ADDRESS)
    with asked(1):
        second = client.get(ADDRESS)
    assert (second.content, second.status_code) == (first.content, 200)
    kept_headers = {name: value for name, value in second.items() if name != "X-Request-ID"}
    assert kept_headers == {name: value for name, value in first.items() if name != "X-Request-ID"}
    assert second["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert second["Vary"] == "Accept-Encoding"
    assert "default-src 'none'" in second["Content-Security-Policy"]
    assert not second.cookies


PAGES = [
    "/", ADDRESS, f"{ADDRESS}comments/", f"{ADDRESS}comments/?sort=newest", f"{ADDRESS}print/", f"{ADDRESS}comments/feed/",
    "/topics/rivers/", "/authors/", "/authors/ana-ruiz/", "/archive/", "/corrections/", "/search/", "/feeds/",
    "/feeds/rss/", "/feeds/atom/", "/feeds/json/", "/sitemap.xml", "/robots.txt", "/about/privacy/",
]  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_each_page_for_everyone_is_kept(client, article, asked, address):
    comment_on(article, status="visible")
    first = client.get(address)
    with asked(1):
        unchanged = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, first["Vary"], unchanged.status_code) == (200, "Accept-Encoding", 304)


@pytest.mark.threat("T6")
def test_what_was_made_for_who_is_logged_in_is_given_to_a_stranger_and_tells_nothing(
    client, article, django_user_model
):
    known = Client()
    known.force_login(django_user_model.objects.create_superuser("xyzzyx", first_name="Xyzzyx"))
    made = {address: known.get(address) for address in PAGES}
    assert number_kept() == len(PAGES)
    given = {address: client.get(address) for address in PAGES}
    caches["pages"].clear()
    for address in PAGES:
        assert made[address].content == given[address].content == Client().get(address).content, address
        assert "xyzzyx" not in given[address].content.decode().lower()
        assert not made[address].cookies and not given[address].cookies


@pytest.mark.parametrize(
    "address", ["/about/comments/", "/news-sitemap.xml", f"{ADDRESS}?q=dam", f"{ADDRESS}?page=2"]
)
def test_who_has_a_page_that_is_not_kept_is_answered_304_as_well(client, article, address):
    first = client.get(address)
    unchanged = client.get(address, headers={"If-None-Match": f'"other", {first["ETag"]}'})
    changed = client.get(address, headers={"If-None-Match": '"other"'})
    assert [answer.status_code for answer in (first, unchanged, changed)] == [200, 304, 200]


def test_it_is_stored_compressed(client, article):
    plain = client.get(ADDRESS)
    for encoding, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        packed = client.get(ADDRESS, headers={"Accept-Encoding": encoding})
        assert packed["Content-Encoding"] == encoding
        assert unpack(packed.content) == plain.content
        assert len(packed.content) == int(packed["Content-Length"]) < len(plain.content) / 2
    assert "Content-Encoding" not in client.get(ADDRESS, headers={"Accept-Encoding": "br;q=0, zstd"})


def test_who_has_it_is_answered_304_in_every_encoding(client, article):
    for accepted in ("", "gzip", "gzip, br"):
        first = client.get(ADDRESS, headers={"Accept-Encoding": accepted})
        again = client.get(
            ADDRESS, headers={"Accept-Encoding": accepted, "If-None-Match": f'W/{first["ETag"]}, "other"'}
        )
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    changed = client.get(ADDRESS, headers={"If-None-Match": '"other"'})
    assert changed.status_code == 200


def test_all_processes_and_machines_with_the_same_code_keep_a_page_under_one_key(tmp_path, settings):
    machine = tmp_path / "machine"
    for folder in ("articles", "comments", "newsroom", "sharing", "templates"):
        shutil.copytree(settings.BASE_DIR / folder, machine / folder, copy_function=shutil.copyfile)

    def key(folder, seed):
        code = "import django; django.setup(); from newsroom import pages; print(pages._release())"
        said = {
            "DATA_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "newsroom.settings",
            "PYTHONHASHSEED": str(seed),
        }
        return subprocess.run(
            [sys.executable, "-c", code], cwd=folder, env=os.environ | said, check=True, capture_output=True, text=True
        ).stdout  # fmt: skip

    here = key(settings.BASE_DIR, 1)
    assert [key(settings.BASE_DIR, 2), key(machine, 3)] == [here] * 2
    page = machine / "templates" / "articles" / "article.html"
    page.write_text(page.read_text().replace("<", " <", 1))
    assert key(machine, 3) != here


def test_head_and_get_share_what_is_kept(client, article, asked):
    head = client.head(ADDRESS)
    with asked(1):
        got = client.get(ADDRESS)
    assert (head.content, head["ETag"], head["Content-Length"]) == (b"", got["ETag"], str(len(got.content)))


@pytest.mark.parametrize("header", [
    {"Range": "bytes=0-9"}, {"If-Range": '"x"', "Range": "bytes=5-"}, {"Cookie": "sessionid=made-up-for-this; theme=dark"},
    {"Accept-Language": "fr"}, {"User-Agent": "another"}, {"Authorization": "Basic eDp5"}, {"Host": "testserver:8443"},
    {"Host": "TestServer"}, {"X-Forwarded-Host": "evil.test"}, {"If-None-Match": '"another"'},
], ids=str)  # fmt: skip
def test_however_it_is_asked_for_a_page_is_kept_once_and_whole(client, article, settings, asked, header):
    settings.ALLOWED_HOSTS = ["testserver"]
    odd = client.get(ADDRESS, headers=header)
    with asked(1):
        plain = client.get(ADDRESS)
    assert (odd.status_code, odd.content, odd["ETag"]) == (200, plain.content, plain["ETag"])
    assert number_kept() == 1


def test_a_page_says_when_it_became_another_and_is_not_the_same_by_a_date_alone(client, article):
    """Two editions may come in one second."""
    noon = (timezone.now() + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    with time_machine.travel(noon, tick=False) as clock:
        assert client.get(ADDRESS)["Last-Modified"] == http_date(noon.timestamp())
        clock.shift(60)
        edition.leap()  # and the page is the same
        assert client.get(ADDRESS)["Last-Modified"] == http_date(noon.timestamp())
        change_headline(article)
        changed = client.get(ADDRESS)
        assert changed["Last-Modified"] == http_date(noon.timestamp() + 60)
        change_by_update(article)
        asked_by_date = client.get(ADDRESS, headers={"If-Modified-Since": changed["Last-Modified"]})
        assert (asked_by_date.status_code, b"Nobody pays." in asked_by_date.content) == (200, True)


@pytest.mark.threat("T6")
@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "messages", "reader", "device"])
@pytest.mark.parametrize(
    "value", ["", "x", "1234567", "12345678", "e" * 32, "!" * 32, "e" * 64, "e" * 5000], ids=len
)
def test_whatever_is_sent_as_a_cookie_no_page_for_everyone_answers_with_one(client, article, name, value):
    client.cookies[name] = value
    made, kept = client.get(ADDRESS), client.get(ADDRESS)
    for answer in (made, kept):
        assert (answer.status_code, answer["Vary"], dict(answer.cookies)) == (200, "Accept-Encoding", {})


def test_nginx_and_the_application_know_the_same_marks_of_networks(settings):
    assert pages._NOISE.pattern in (settings.BASE_DIR / "deploy" / "nginx.conf").read_text()


def change_headline(article):
    article.headline = "Another dam"
    article.save()


def change_by_update(article):
    Article.objects.update(standfirst="Nobody pays.")


def change_author(article):
    Author.objects.update(name="Bo Lind")


def change_topic(article):
    article.topic.name = "Lakes"
    article.topic.save()


def add_tag(article):
    article.tags.add("Water")


def withdraw(article):
    article.withdraw("The figures were wrong.")


def close_comments(article):
    policy = Policy.current()
    policy.who_may_post = "closed"
    policy.save()


@pytest.mark.parametrize(
    "change",
    [change_headline, change_by_update, change_author, change_topic, add_tag, withdraw, close_comments],
    ids=lambda change: change.__name__.replace("_", " "),
)
def test_what_was_changed_is_in_the_next_answer(client, article, change):
    before = page(client)
    change(article)
    caches_answer = page(client)
    assert caches_answer != before
    caches["pages"].clear()
    assert page(client) == caches_answer


def test_while_the_database_is_migrated_what_was_changed_is_in_the_next_answer(client, article, asked):
    page(client)
    edition.before_migrations()
    try:
        for headline in ("A dam that moves", "A dam that broke"):
            Article.objects.update(headline=headline)
            assert headline in page(client)
        edition.before_migrations()  # it broke off, and is begun again
        Article.objects.update(headline="A dam again")
        assert "A dam again" in page(client)
    finally:
        edition.after_migrations()
    assert "A dam again" in page(client)
    with asked(1):
        page(client)
    change_headline(article)
    assert "Another dam" in page(client)


def comment_on(article, **fields):
    person, _ = Commenter.objects.get_or_create(email="ida@example.org", defaults={"name": "Ida"})
    return Comment.objects.create(
        article=article,
        comment="Well said.",
        user_name="Ida",
        user_email=person.email,
        commenter=person,
        **fields,
    )


def test_a_page_that_is_read_while_migrations_end_is_right_after_them(client, article):
    comment_on(article, status="visible", shown_from=timezone.now() - timedelta(minutes=1))
    plan = [(MigrationLoader(connection).graph.nodes["comments", "0001_initial"], False)]
    ours = [apps.get_app_config(name) for name in ("newsroom", "articles", "comments")]

    def read(**told):
        page(client)

    post_migrate.connect(read)  # after those of ours, of each application
    try:
        for app in ours:
            pre_migrate.send(sender=app, plan=plan)
        comment_on(article, status="visible", shown_from=timezone.now() - timedelta(minutes=1))
        for app in ours:
            told = {"app_config": app, "verbosity": 0, "interactive": False, "using": "default"}
            post_migrate.send(sender=app, plan=plan, **told)
    finally:
        post_migrate.disconnect(read)
    kept = page(client)
    assert re.findall(r'data-comment-count="(\d+)"', kept) == ["2"]
    caches["pages"].clear()
    assert page(client) == kept


def test_a_comment_appears_when_it_can_no_longer_be_called_back_and_is_gone_when_taken_down(
    client, article, groups, django_user_model
):
    moderator = django_user_model.objects.create_user("mo", is_staff=True)
    moderator.groups.add(groups["Moderators"])
    comment = comment_on(article, status="held")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert "Well said." not in page(client)
        moderation.approve(comment, moderator)
        comment.refresh_from_db()
        assert comment.shown_from == timezone.now() + timedelta(seconds=10)
        assert "Well said." not in page(client)
        clock.move_to(comment.shown_from - timedelta(milliseconds=1))
        assert "Well said." not in page(client)
        clock.move_to(comment.shown_from)
        assert "Well said." in page(client)
        moderation.mark_spam(comment, moderator)
        assert "Well said." not in page(client)


def test_a_held_comment_is_no_new_edition(article):
    before = edition.current().number
    comment_on(article, status="held")
    assert edition.current().number == before


def test_a_scheduled_article_appears_at_its_second(client, article):
    due = timezone.now() + timedelta(hours=1)
    Article.objects.create(
        headline="A bridge",
        slug="a-bridge",
        standfirst="x",
        body="<p>x</p>",
        topic=article.topic,
        published_at=due,
    )
    with time_machine.travel(due - timedelta(milliseconds=1), tick=False) as clock:
        assert "A bridge" not in page(client, "/")
        clock.move_to(due)
        assert "A bridge" in page(client, "/")


def test_a_picture_is_gone_when_its_last_day_is_over(client, article, picture):
    hero = Photo.objects.create(image=picture(), caption="A wall", credit="Bo", alt="A wall")
    Article.objects.update(hero=hero)
    last = timezone.localdate() + timedelta(days=1)
    Photo.objects.update(rights_end_on=last)
    midnight = timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
    with time_machine.travel(midnight - timedelta(milliseconds=1), tick=False) as clock:
        assert "/media/renditions/" in page(client)
        clock.move_to(midnight)
        assert "/media/renditions/" not in page(client)


def test_comments_close_by_themselves_in_time(client, article):
    closing = article.published_at + timedelta(days=Policy.current().close_after_days)
    with time_machine.travel(closing - timedelta(seconds=1), tick=False) as clock:
        assert "Comments closed by themselves" not in page(client)
        clock.move_to(closing)
        assert "Comments closed by themselves" in page(client)


def test_noise_in_the_query_is_one_page_and_is_not_repeated_in_its_links(client, article, asked):
    said = page(client, "/topics/rivers/?utm_source=x&fbclid=<script>")
    with asked(1):
        assert page(client, "/topics/rivers/") == said
    assert "fbclid" not in said


def test_an_unknown_parameter_poisons_nothing(client, article):
    clean = page(client)
    for query in ("page=2&page=3", "page=x", "q=dam", "PAGE=2", "page=%00"):
        page(client, f"{ADDRESS}?{query}")
    assert page(client) == clean


def number_kept():
    store = caches["pages"]
    return len(list(store.iter_keys("page:*")) if settings.CACHE_URL else store._cache)


def test_a_number_or_an_order_that_changes_nothing_is_not_kept_again(client, article, settings):
    settings.ARTICLES_PER_PAGE = 1
    Article.objects.create(
        headline="Another dam", slug="another-dam", standfirst="Who paid.", body="<p>Water.</p>", topic=article.topic,
        published_at=article.published_at,
    )  # fmt: skip
    kept = [
        ADDRESS, "/topics/rivers/", "/topics/rivers/?page=2", f"{ADDRESS}comments/", f"{ADDRESS}comments/?sort=newest",
        "/authors/", "/corrections/", "/search/", "/feeds/rss/",
    ]  # fmt: skip
    for address in kept:
        page(client, address)
    count = number_kept()
    for query in ("page=7", "page=02", "page=0", "sort=abc", "page=2&sort=abc"):
        for address in (
            ADDRESS,
            "/",
            "/topics/rivers/",
            f"{ADDRESS}comments/",
            "/authors/",
            "/corrections/",
            "/search/",
        ):
            assert page(client, f"{address}?{query}")
        assert page(client, f"/feeds/rss/?{query}") == page(client, "/feeds/rss/")
    page(client, "/")
    assert (count, number_kept()) == (len(kept), len(kept) + 1)


def test_a_page_that_fails_is_answered_as_it_was_for_a_while(client, article, settings):
    settings.TRUSTED_PROXIES, settings.SHARED_CACHE_SECONDS = 1, 5
    before = client.get(ADDRESS)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE articles_topic RENAME TO articles_topic_away")
    client.raise_request_exception = False
    try:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE newsroom_edition SET number = number + 1")
        stale = client.get(ADDRESS)
        settings.PAGE_STALE_SECONDS = 0
        late = client.get(ADDRESS)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE articles_topic_away RENAME TO articles_topic")
    assert (stale.status_code, stale.content) == (200, before.content)
    assert stale["X-Stale"] == "0"
    assert stale["Cache-Control"] == "no-cache"
    assert ("X-Accel-Expires" in before, "X-Accel-Expires" in stale) == (True, False)
    assert late.status_code == 500


def test_a_page_that_was_good_for_hours_is_answered_as_it_was_when_the_database_goes_away(
    client, article, settings, monkeypatch
):
    def away():
        raise OperationalError("the database is away")

    with time_machine.travel(timezone.now(), tick=False) as clock:
        before = client.get(ADDRESS)
        clock.shift(timedelta(hours=3))
        with monkeypatch.context() as patched:
            patched.setattr(edition, "current", away)
            stale = client.get(ADDRESS)
            clock.shift(settings.PAGE_STALE_SECONDS)
            late = client.get(ADDRESS)
        client.get(ADDRESS)
        monkeypatch.setattr(edition, "current", away)
        again = client.get(ADDRESS)
    assert [(r.content == before.content, "X-Stale" in r) for r in (stale, late, again)] == [
        (True, True),
        (True, False),  # made without being kept: the tables are there in this test
        (True, True),
    ]


def test_who_has_waited_for_a_database_that_is_away_does_not_wait_for_it_again(
    client, article, monkeypatch, asked
):
    def away():
        raise OperationalError("it did not answer in five seconds")

    monkeypatch.setattr(edition, "current", away)
    monkeypatch.setattr(pages, "_LONG", 0)
    with asked(0):
        answer = client.get(ADDRESS)
    assert (answer.status_code, answer["Retry-After"], b"<h1" in answer.content) == (503, "10", True)
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("are_processes", [False, True])
def test_one_makes_a_page_and_the_others_wait_for_it(article, monkeypatch, are_processes):
    if are_processes:  # who waits for another process knows nothing of what its own threads do
        monkeypatch.setattr(pages, "_one_of_this_process", lambda place: contextlib.nullcontext())
    contents, costs = [], []

    def read():
        queries = []
        with connection.execute_wrapper(lambda execute, *query: queries.append(query) or execute(*query)):
            contents.append(Client().get(ADDRESS).content)
        costs.append(sum("articles_byline" in sql for sql, *_ in queries))
        connection.close()

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(contents), len(set(contents))) == (6, 1)
    assert sorted(bool(cost) for cost in costs) == [False] * 5 + [True]


def test_for_a_page_of_ones_own_nobody_waits_for_another(article):
    """A form has one address, and is made for each who asks."""
    address, begun, go_on = f"{ADDRESS}comments/new/", threading.Event(), threading.Event()

    edition.current()  # which moments it stands between is known

    def slowly(execute, sql, *more):
        if "newsroom_edition" not in sql:
            begun.set()
            go_on.wait(30)
        return execute(sql, *more)

    def ask():
        with connection.execute_wrapper(slowly):
            Client().get(address)
        connection.close()

    slow = threading.Thread(target=ask)
    slow.start()
    try:
        assert begun.wait(10)
        since = monotonic()
        assert Client().get(address).status_code == 200
        assert monotonic() - since < 5
    finally:
        go_on.set()
        slow.join()


def test_the_turn_of_a_process_that_was_killed_ends(client, article, monkeypatch):
    monkeypatch.setattr(pages, "_TURN", 0.2)
    turns = []

    def add(key, *args):
        turns.append(key)
        return type(caches["pages"]).add(caches["pages"], key, *args)

    monkeypatch.setattr(caches["pages"], "add", add)
    client.get(ADDRESS)
    (turn,) = turns
    assert caches["pages"].get(turn) is None  # it was given back
    change_headline(article)
    caches["pages"].add(turn, True, 0.2)  # as one leaves it that is killed
    assert b"Another" in client.get(ADDRESS).content
    assert len(turns) > 3


def test_what_is_personal_or_fails_is_never_kept(client, article):
    assert client.get(ADDRESS)["Vary"] == "Accept-Encoding"  # as all that is kept
    for address in (
        f"{ADDRESS}comments/new/", "/account/login/", "/nowhere/", "/admin/login/", "/search/?q=dam", "/about/comments/",
        "/news-sitemap.xml",
    ):  # fmt: skip
        for _ in range(2):
            assert "Accept-Encoding" not in client.get(address).get("Vary", ""), address


def test_every_table_that_a_page_for_everyone_reads_makes_a_new_edition(client, article, picture):
    comment_on(article, status="visible")
    Photo.objects.create(image=picture(), caption="A wall", credit="Bo", alt="A wall")
    read = set()

    def note(execute, sql, *more):
        read.update(re.findall(r'(?:FROM|JOIN) "(\w+)"', sql))
        return execute(sql, *more)

    with connection.execute_wrapper(note):
        for address in (
            "/", ADDRESS, f"{ADDRESS}comments/", f"{ADDRESS}print/", "/topics/rivers/", "/authors/", "/authors/ana-ruiz/",
            "/archive/", "/search/", "/about/", "/feeds/rss/", "/feeds/atom/", "/feeds/json/", "/sitemap.xml",
            f"{ADDRESS}comments/feed/", "/feeds/", "/corrections/",
        ):  # fmt: skip
            client.get(address)
    assert len(read) > 10
    # of the library's own rows of a comment no page shows anything, and a tally moves with what it counts
    follow = {"django_comments_xtd_xtdcomment", "comments_tally", "articles_tally"}
    assert read - set(edition.TABLES) - follow == set()
