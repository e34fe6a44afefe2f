"""A standby that lags, and one that is gone: whoever wrote reads it with the next answer, and pages stay right."""

import shutil

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


def test_while_a_standby_lags_or_is_away_nobody_misses_what_was_written(around, standby):
    primary, copy = around.database, Database(f"{standby.url}/newsroom")
    environment = around.environment | {"DATABASE_REPLICA_URL": copy.url}
    machine = Site(environment, around.folder, workers=1).start_web()

    def headline():
        return machine.get(ARTICLE).text.partition("<h1")[2].partition("</h1>")[0].rpartition(">")[2].strip()

    def read_after_writing(words):
        return words in machine.get(machine.comment(words).headers["Location"]).text

    try:
        primary.correct("Tides that it has")
        wait_for(
            lambda: (
                copy.rows("SELECT number FROM newsroom_edition")
                == primary.rows("SELECT number FROM newsroom_edition")
            )
        )
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
