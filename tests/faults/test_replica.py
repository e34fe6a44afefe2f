"""A standby that lags, hangs, is gone or was promoted: whoever wrote reads it with the next answer, and pages stay right."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.site import ARTICLE, Database, PostgreSQL, Site, wait_for


@pytest.fixture
def standby(around):
    if around.postgresql is None:
        pytest.skip("a standby follows a PostgreSQL")
    if not shutil.which("pg_basebackup"):
        pytest.skip("needs pg_basebackup")
    standby = PostgreSQL(follows=around.postgresql)
    yield standby
    standby.close()


def heading(answer):
    return answer.text.partition("<h1")[2].partition("</h1>")[0].rpartition(">")[2].strip()


def wait_until_level(primary, copy):
    number = "SELECT number FROM newsroom_edition"
    wait_for(lambda: copy.rows(number) == primary.rows(number))


@pytest.mark.parametrize("pool", ["0", "6"])
def test_a_standby_that_hangs_holds_up_nobody_for_long(around, standby, pool):
    primary, copy = around.database, Database(f"{standby.url}/newsroom")
    environment = around.environment | {"DATABASE_REPLICA_URL": copy.url, "DATABASE_POOL": pool}
    machine = Site(environment, around.folder, workers=1).start_web()
    paths = [ARTICLE, "/", "/topics/seas/", "/search/?q=tides"]
    try:
        with ThreadPoolExecutor(4) as readers:
            wait_until_level(primary, copy)
            assert [answer.status for answer in readers.map(machine.get, paths * 4)] == [200] * 16
            standby.hang()
            primary.correct("Tides while it hung")
            answers = [*readers.map(machine.get, paths * 8)]
            ready = machine.get("/readyz")
            standby.go_on()
        assert {answer.status for answer in answers} == {200}
        assert {heading(answer) for answer in answers[::4]} == {"Tides while it hung"}
        assert not any("X-Stale" in answer.headers for answer in answers)
        assert max(answer.seconds for answer in (*answers, ready)) < 4
        assert '"replica": "failing"' in ready.text
        wait_for(lambda: '"replica": "ok"' in machine.get("/readyz").text)
    finally:
        machine.stop()
        primary.correct("Tides")


def test_a_standby_that_was_promoted_is_asked_no_more(around, standby):
    primary, copy = around.database, Database(f"{standby.url}/newsroom")
    environment = around.environment | {"DATABASE_REPLICA_URL": copy.url}
    machine = Site(environment, around.folder, workers=1).start_web()
    try:
        wait_until_level(primary, copy)
        assert heading(machine.get(ARTICLE)) == "Tides"
        assert '"replica": "ok"' in machine.get("/readyz").text
        copy.rows("SELECT pg_promote()")
        for number in range(3):  # somebody writes there, and is ahead of the primary
            copy.correct(f"Tides elsewhere {number}")
        primary.correct("Tides here")
        assert heading(machine.get(ARTICLE)) == "Tides here"
        assert '"replica": "failing"' in machine.get("/readyz").text
    finally:
        machine.stop()
        primary.correct("Tides")


def test_while_a_standby_lags_or_is_away_nobody_misses_what_was_written(around, standby):
    primary, copy = around.database, Database(f"{standby.url}/newsroom")
    environment = around.environment | {"DATABASE_REPLICA_URL": copy.url}
    machine = Site(environment, around.folder, workers=1).start_web()

    def headline():
        return heading(machine.get(ARTICLE))

    def read_after_writing(words):
        return words in machine.get(machine.comment(words).headers["Location"]).text

    try:
        primary.correct("Tides that it has")
        wait_until_level(primary, copy)
        assert headline() == "Tides that it has"
        asked = copy.rows(
            "SELECT query FROM pg_stat_activity WHERE datname = 'newsroom' AND pid <> pg_backend_pid()"
        )
        assert any("comments_comment" in query for (query,) in asked)  # it made the page

        copy.rows("SELECT pg_wal_replay_pause()::text")
        wait_for(lambda: copy.rows("SELECT pg_get_wal_replay_pause_state()") == [("paused",)])
        assert read_after_writing("While it lagged.")
        primary.correct("Tides that it has not")
        assert headline() == "Tides that it has not"
        assert copy.rows("SELECT headline FROM articles_article WHERE slug = 'tides'") == [
            ("Tides that it has",)
        ]

        standby.stop("immediate")
        assert read_after_writing("While it was away.")
        primary.correct("Tides without it")
        assert headline() == "Tides without it"
        assert '"replica": "failing"' in machine.get("/readyz").text
        standby.start()
        wait_for(lambda: '"replica": "ok"' in machine.get("/readyz").text)
    finally:
        machine.stop()
        primary.correct("Tides")
