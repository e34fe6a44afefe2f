"""A backup that is taken while people write comes back elsewhere with every row that was there when it began."""

import subprocess
import sys

from django.conf import settings

from tests.faults.site import Database, Posters, wait_for


def manage(environment, *words):
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_backup_under_load_comes_back_elsewhere_whole(site, around):
    folder = around.folder / "elsewhere"
    folder.mkdir()
    with Posters(site) as posters:
        wait_for(lambda: len(posters.acknowledged) > 5)
        before = list(posters.acknowledged)
        manage(around.environment, "backup", str(folder / "copy.zip"))
        wait_for(lambda: len(posters.acknowledged) > len(before))
    after = posters.stored(around.database)

    if around.postgresql:
        port = around.postgresql.url.rpartition(":")[2]
        subprocess.run(["createdb", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "elsewhere"], check=True)
        url = f"{around.postgresql.url}/elsewhere"
    else:
        url = f"sqlite:///{folder}/newsroom.sqlite3"
    elsewhere = around.environment | {"DATA_DIR": str(folder), "DATABASE_URL": url}
    manage(elsewhere, "restore", str(folder / "copy.zip"))
    found = Database(url)

    stored = posters.stored(found)
    assert set(before) <= set(stored) <= set(after)
    assert len(stored) == len(set(stored))
    # of one moment: what is written together is there together
    assert found.rows("SELECT count(*) FROM django_comments") == found.rows(
        "SELECT count(*) FROM comments_comment"
    )
    lonely = """
        SELECT comment FROM django_comments WHERE comment LIKE '% number %'
        AND NOT EXISTS (SELECT 1 FROM comments_mail WHERE comments_mail."to" = user_email)"""
    assert found.rows(lonely) == []
