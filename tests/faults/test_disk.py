"""No room on the disk: pages are read, what is sent is given back, and with room again everything goes on by itself."""

import contextlib
import os
import secrets
import shutil

import pytest

from tests.faults.site import ARTICLE, NEW

WRITTEN = ("django_comments", "comments_comment", "comments_mail")


@contextlib.contextmanager
def written_to_the_small_disk(around):
    """PostgreSQL has the tables of comments there. Its log lies elsewhere: without room for that it stops (docs/operations.md)."""
    if around.postgresql is None:
        yield
        return
    if not around.disk.is_mounted:
        pytest.skip("needs a disk that may be mounted")
    tables = around.disk.folder / "tables"
    tables.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(tables, "postgres")
    with around.database.connect() as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{tables}'")
        try:
            for table in WRITTEN:
                connection.execute(f"ALTER TABLE {table} SET TABLESPACE small")
            yield
        finally:
            for table in WRITTEN:
                connection.execute(f"ALTER TABLE {table} SET TABLESPACE pg_default")
            connection.execute("DROP TABLESPACE small")
            shutil.rmtree(tables)


def is_whole(database):
    if database.is_sqlite:
        return database.rows("PRAGMA integrity_check") == [("ok",)]
    return database.rows("SELECT count(*) FROM django_comments") == database.rows(
        "SELECT count(*) FROM comments_comment"
    )


def test_a_full_disk_is_read_from_and_takes_nothing_and_recovers_without_a_restart(site, around):
    before, workers = around.database.words(), site.workers()
    with written_to_the_small_disk(around):
        if around.database.is_sqlite:
            around.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")  # else there is room left in the log
        with around.disk.full(site):
            for path in (
                ARTICLE,
                "/",
                "/topics/seas/?page=1",
                "/search/?q=tides",
                NEW,
                "/archive/",
                "/account/login/",
            ):
                assert site.get(path).status == 200, path
            unshortened = " ".join(secrets.token_hex(4) for _ in range(300))  # by any database
            answers = [site.comment(f"Full {n}. {unshortened}") for n in range(8)]
            assert site.get(ARTICLE).status == 200
        refused = [n for n, answer in enumerate(answers) if answer.status != 302]
        assert refused
        for n in refused:
            assert (answers[n].status, answers[n].headers["Retry-After"]) == (503, "10")
            assert f"Full {n}. " in answers[n].text
        assert len(around.database.words()) == len(before) + len(answers) - len(refused)
        assert site.comment("There is room again.").status == 302
        assert site.workers() == workers
        assert is_whole(around.database)
