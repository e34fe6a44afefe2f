"""No room on the disk: pages are read, what is sent is given back, and with room again everything goes on by itself."""

import pytest

from tests.faults.site import ARTICLE, NEW


def test_a_full_disk_is_read_from_and_takes_nothing_and_recovers_without_a_restart(site, around):
    if around.postgresql:
        pytest.skip("the database lies on another disk")
    before, workers = around.database.words(), site.workers()
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
        answers = [site.comment(f"Full {n}. " + "Much to say about it. " * 100) for n in range(4)]
        assert site.get(ARTICLE).status == 200
    refused = [n for n, answer in enumerate(answers) if answer.status != 302]
    assert refused
    for n in refused:
        assert (answers[n].status, answers[n].headers["Retry-After"]) == (503, "10")
        assert f"Full {n}. Much to say about it." in answers[n].text
    assert len(around.database.words()) == len(before) + 4 - len(refused)
    assert site.comment("There is room again.").status == 302
    assert site.workers() == workers
    assert around.database.rows("PRAGMA integrity_check") == [("ok",)]
