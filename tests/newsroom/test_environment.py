"""What the environment says, and what it cannot say."""

import pickle

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections

from newsroom import caching, databases, pages
from newsroom.environment import Environment


@pytest.fixture
def env(monkeypatch, tmp_path):
    def env(**said):
        for name, value in said.items():
            monkeypatch.setenv(name, value)
        return Environment.read(tmp_path / "none")

    yield env
    Environment.ENVIRON = {}


def test_what_is_set_to_nothing_is_not_set(env):
    read = env(DATABASE_URL="", PORT=" ", DEBUG="", SHARE_TARGETS="", EMAIL_URL="")
    assert read.db("DATABASE_URL", default="sqlite:////x/y.sqlite3")["NAME"] == "/x/y.sqlite3"
    assert read.int("PORT", default=8000) == 8000
    assert read.bool("DEBUG", default=True) is True
    assert read.list("SHARE_TARGETS", default=["mail"]) == ["mail"]
    assert "console" in read.email_url("EMAIL_URL", default="consolemail://")["EMAIL_BACKEND"]


@pytest.mark.parametrize("read, said", [
    (lambda env: env.int("X", default=1), "abc"),
    (lambda env: env.bool("X", default=False), "maybe"),
    (lambda env: env.float("X", default=1), "x"),
    (lambda env: env.db("X", default=""), "newsroom.sqlite3"),
    (lambda env: env.db("X", default=""), "mysql://user:hunter2@host/name"),
    (lambda env: env.db("X", default=""), "postgres://user:hunter2@host:port/name"),
    (lambda env: env.db("X", default=""), "postgres://user:hunter2@host"),
    (lambda env: env.email_url("X", default=""), "user:hunter2@host"),
    (lambda env: env.address("X", schemes=("redis",), example="redis://host"), "host:6379"),
])  # fmt: skip
def test_what_cannot_be_read_is_told_in_a_sentence_without_a_password(env, read, said):
    with pytest.raises(ImproperlyConfigured) as told:
        read(env(X=said))
    assert (
        str(told.value).startswith("X ") and "must be" in str(told.value) and "hunter2" not in str(told.value)
    )
    assert told.value.__cause__ is None and told.value.__suppress_context__ in (True, False)


# --- SQLite -------------------------------------------------------------------------------------------------------
@pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite alone")
@pytest.mark.django_db
def test_what_is_stored_is_on_the_disk_and_who_writes_waits_for_another():
    said = {}
    with connection.cursor() as cursor:
        for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys"):
            cursor.execute(f"PRAGMA {name}")
            said[name] = cursor.fetchone()[0]
    assert said == {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 1000 * settings.DATABASE_TIMEOUT,
        "foreign_keys": 1,
    }
    assert (connection.transaction_mode, connection.settings_dict["CONN_MAX_AGE"]) == ("IMMEDIATE", None)


# --- PostgreSQL ---------------------------------------------------------------------------------------------------
@pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL alone")
@pytest.mark.django_db
def test_a_statement_of_the_web_server_ends_in_time_and_no_transaction_is_left_open(monkeypatch):
    before = connections.settings["default"]
    monkeypatch.setitem(connections.settings, "default", before | {"OPTIONS": dict(before["OPTIONS"])})
    databases.limit_statements(7)
    served = connection.copy()
    try:
        served.settings_dict = before | {"OPTIONS": connections.settings["default"]["OPTIONS"]}
        with served.cursor() as cursor:
            found = {}
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SHOW {name}")
                found[name] = cursor.fetchone()[0]
    finally:
        served.close()
    assert found == {
        "statement_timeout": "7s", "lock_timeout": f"{settings.DATABASE_TIMEOUT}s", "idle_in_transaction_session_timeout": "1min",
    }  # fmt: skip


# --- Redis --------------------------------------------------------------------------------------------------------
def test_a_redis_that_is_away_costs_one_wait_and_is_left_alone_for_a_while(monkeypatch):
    server = "redis://127.0.0.1:1/0"  # nobody listens there
    cache = caching.ForgivingRedisCache(
        server, {"OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 0.2}}
    )
    asked = []
    monkeypatch.setattr(caching._Watched, "__getattr__", _counting(caching._Watched.__getattr__, asked))
    assert cache.get("x", "nothing") == "nothing" and len(asked) == 1
    cache.set("x", 1), cache.add("x", 1), cache.delete("x"), cache.get_many(["x"])
    assert cache.get("x") is None and len(asked) == 1
    caching._away_until.clear()
    cache.get("x")
    assert len(asked) == 2
    caching._away_until.clear()


@pytest.mark.threat("T28")
def test_what_lies_in_redis_is_read_and_nothing_in_it_runs():
    plain = caching.PlainSerializer(options={})
    kept = pages.Kept(
        edition="7-1.5", status=200, headers=[["Content-Type", "text/html"]], mark="m", changed_at=1, knows_date=False, may_be_compressed=True,
        bodies={"": "naïve <bytes>".encode(), "br": b"\x00{}\xff", "gzip": b""}, kept_at=2.5,
    )  # fmt: skip
    for value in (kept, {"rule": [1, 2]}, "1", None, 2.5, b"", [b"a", {"b": b"c"}], True):
        assert plain.loads(plain.dumps(value)) == value
    for stored in (
        pickle.dumps(kept),
        b"",
        b"\x00\x00",
        b"\x00\x00\x00\x02{}x",
        plain.dumps(kept).replace(b'"mark"', b'"kram"'),
    ):
        assert plain.loads(stored) in (None, {})
    with pytest.raises(TypeError):
        plain.dumps(object())


def _counting(found, asked):
    def counted(self, name):
        asked.append(name)
        return found(self, name)

    return counted
