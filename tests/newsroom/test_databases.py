"""A read replica makes pages for everyone, and nobody ever reads what it has not got yet."""

import contextlib
import sqlite3
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.db import DatabaseError, OperationalError, connection, connections
from django.test import Client
from django.utils import timezone

from articles.models import Article, Topic
from newsroom import databases

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/articles/a-dam/"


@pytest.fixture
def article(transactional_db):
    return Article.objects.create(
        headline="A dam", slug="a-dam", standfirst="Who pays.", body="<p>Water.</p>",
        topic=Topic.objects.create(name="Rivers", slug="rivers"), published_at=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def replica(article, settings, tmp_path, monkeypatch):
    """A real second database. `replica()` brings it up to what the primary has now."""
    settings.PAGE_CACHE = True
    caches["pages"].clear()
    monkeypatch.setattr(databases, "_away_until", 0.0)
    monkeypatch.setattr(databases, "_owed", None)
    monkeypatch.setattr(databases, "_FOLLOWS", {})  # a copy of the database on the same server follows nobody
    is_sqlite = connection.vendor == "sqlite"
    name = str(tmp_path / "replica.sqlite3") if is_sqlite else f"{connection.settings_dict['NAME']}_replica"
    about = connections.settings["default"] | {"NAME": name}
    monkeypatch.setitem(connections.settings, "replica", about)
    monkeypatch.setitem(settings.DATABASES, "replica", about)
    settings.DATABASE_ROUTERS = ["newsroom.databases.Router"]

    def catch_up():
        connections["replica"].close()
        if is_sqlite:
            with contextlib.closing(sqlite3.connect(name)) as target:
                connection.connection.backup(target)
        else:
            copy_postgresql(name)
        connections["replica"].connect()  # a test may not open what was not there when it began

    catch_up()
    yield catch_up
    connections["replica"].close()
    del connections["replica"]
    if not is_sqlite:
        copy_postgresql(name, drop_only=True)


def copy_postgresql(name, drop_only=False):
    """Make the database `name` a copy of that of the tests. A copy of the server, a standby: tests/faults/test_replica.py."""
    source = connection.settings_dict["NAME"]
    connection.close()  # a database is copied while nobody is in it; threads of earlier tests may have left a session
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if not drop_only:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source]
            )
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    connection.connect()


@contextlib.contextmanager
def asked():
    """The tables that each database is asked for, as {alias: [sql, …]}."""
    found = {"default": [], "replica": []}
    with contextlib.ExitStack() as stack:
        for alias, said in found.items():

            def note(execute, sql, *more, said=said):
                said.append(sql)
                return execute(sql, *more)

            stack.enter_context(connections[alias].execute_wrapper(note))
        yield found


def read(browser=None, address=ADDRESS):
    return (browser or Client()).get(address).content.decode()


def test_a_page_for_everyone_is_made_by_the_replica(replica):
    with asked() as found:
        assert "A dam" in read()
    assert any("articles_article" in sql for sql in found["replica"])
    assert not any("articles_byline" in sql for sql in found["default"])


def test_what_the_replica_has_not_got_yet_is_read_from_the_primary_and_kept(replica, article):
    read()
    article.headline = "A dike"
    article.save()
    with asked() as found:
        assert "A dike" in read() and "A dam" not in read()
    assert not any("articles_article" in sql for sql in found["replica"])
    replica()
    article.refresh_from_db()
    article.withdraw("It was wrong.")  # the copy still shows it
    assert Client().get(ADDRESS).status_code == 410
    replica()
    assert Client().get(ADDRESS).status_code == 410


def test_an_old_replica_poisons_no_page_that_is_kept(replica, article):
    article.headline = "A dike"
    article.save()
    assert "A dike" in read()
    replica()
    assert "A dike" in read()  # of the same edition, from what is kept
    with connection.cursor() as cursor:
        cursor.execute("UPDATE newsroom_edition SET number = number + 1")
    assert "A dike" in read()


def test_pages_that_are_not_kept_are_as_exact(replica, article):
    assert 'href="/articles/a-dam/"' in read(address="/search/?q=dam")
    article.headline = "A dike"
    article.save()
    assert 'href="/articles/a-dam/"' in read(address="/search/?q=dike")
    assert 'href="/articles/a-dam/"' not in read(address="/search/?q=dam")


def test_who_wrote_and_who_has_a_session_read_from_the_primary(replica, article):
    browser = Client()
    browser.force_login(User.objects.create_superuser("root", "root@example.org", "x"))
    with asked() as found:
        for address in ("/account/", "/moderation/", "/admin/articles/article/", f"{ADDRESS}comments/new/"):
            assert browser.get(address).status_code == 200
        reader = Client()
        reader.force_login(User.objects.create_user("ida", "ida@example.org", "x"))
        assert reader.post("/account/name/", {"name": "Ro Berg"}).status_code == 302
        assert "Ro Berg" in read(reader, f"{ADDRESS}comments/new/")
    assert found["replica"] == []


def test_what_is_read_after_a_write_comes_from_the_primary(replica, article):
    def make():
        assert Article.objects.get().headline == "A dam" and Article.objects.all().db == "replica"
        Article.objects.update(headline="A dike")
        return Article.objects.get().headline

    assert databases.for_everyone(make) == "A dike"
    assert Article.objects.all().db == "default"


def test_a_replica_that_is_away_makes_pages_slower_and_not_wrong(replica, monkeypatch):
    def away(*_):
        raise OperationalError("could not connect")

    monkeypatch.setattr(connections["replica"], "cursor", away)
    assert "A dam" in read()
    assert databases._away_until > 0
    assert Client().get("/readyz").json()["replica"] == "failing"
    with asked() as found:
        read(address="/topics/rivers/")
    assert found["replica"] == []  # not asked again at once


def test_a_page_that_breaks_off_on_the_replica_is_made_by_the_primary(replica, article):
    assert "A dam" in read()
    article.headline = "A dike"
    article.save()
    replica()
    with connections["replica"].cursor() as cursor:
        cursor.execute("ALTER TABLE articles_byline RENAME TO moved")
    with asked() as found:
        answer = Client().get(ADDRESS)
    assert (answer.status_code, answer.headers.get("X-Stale")) == (200, None)
    assert "A dike" in answer.content.decode()
    assert any("articles_article" in sql for sql in found["replica"])
    assert databases._away_until > 0


def test_what_breaks_off_on_the_primary_is_not_tried_twice(replica):
    tries = []

    def make():
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT number FROM nowhere")

    with pytest.raises(DatabaseError):
        databases.for_everyone(make)
    assert tries == [1]


def test_a_replica_that_was_away_is_asked_by_one_and_nobody_waits_with_it(replica, monkeypatch):
    with connections["replica"].cursor() as cursor:
        cursor.execute("ALTER TABLE newsroom_edition RENAME TO moved")
    assert "A dam" in read()
    monkeypatch.setattr(databases, "_away_until", 1.0)  # long ago
    connections["replica"].connect()
    look, others = databases._edition, []

    def while_it_is_asked(alias):
        if alias == "replica":
            with asked() as found:
                others.append(databases.for_everyone(lambda: Article.objects.get().headline))
            assert found["replica"] == []
        return look(alias)

    monkeypatch.setattr(databases, "_edition", while_it_is_asked)
    assert "A dam" in read(address="/topics/rivers/")
    assert others == ["A dam"]


def test_a_replica_that_lacks_for_a_minute_what_the_primary_has_is_named(replica, article, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(databases, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def said(after):
        now[0] += after
        return Client().get("/readyz").json()["replica"]

    def change():
        article.headline += "!"
        article.save()

    assert said(0) == "ok"
    change()
    assert [said(0), said(59), said(2)] == ["ok", "ok", "failing"]
    replica()
    assert said(0) == "ok"
    change()
    assert said(0) == "ok"
    replica()
    change()  # always a little behind, and never by the same
    assert [said(50), said(50)] == ["ok", "ok"]


@pytest.mark.django_db
def test_nothing_is_migrated_in_a_replica():
    assert not databases.Router().allow_migrate("replica", "articles")
