"""The database locked, or away: for a moment nobody notices, for longer it is said in words and nothing typed is lost."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.site import ARTICLE, BENCH, NEW, Posters, Site, wait_for


def test_a_lock_of_a_moment_delays_a_post_and_no_reader(site, around):
    site.get(ARTICLE)
    with ThreadPoolExecutor(1) as beside:
        with around.database.locked():
            post = beside.submit(site.comment, "Behind a lock.")
            time.sleep(5 if BENCH else 0.2)
            assert site.get(ARTICLE).status == 200
            assert not post.done()
        assert post.result().status == 302
    assert around.database.words().count("Behind a lock.") == 1


def test_a_longer_lock_is_a_503_that_gives_the_words_back_and_pages_are_read_meanwhile(site, around):
    name = {"name": "Bo Lind", "email": "bo@example.org"}
    with ThreadPoolExecutor(2) as beside, around.database.locked():
        posts = [
            beside.submit(site.post, NEW, name | {"comment": f"Words that took an hour, {n}"})
            for n in range(2)
        ]
        assert [site.get(path).status for path in (ARTICLE, "/topics/seas/", "/search/?q=tides", NEW)] == [
            200
        ] * 4
        answers = [post.result() for post in posts]
    for n, answer in enumerate(answers):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
        assert f"Words that took an hour, {n}</textarea>" in answer.text
    assert site.comment("Words that took an hour, 0").status == 302
    assert around.database.words().count("Words that took an hour, 0") == 1


def test_writers_who_wait_hold_up_no_reader(site, around):
    """More of them than the processes have threads."""
    site.get(ARTICLE)
    with ThreadPoolExecutor(16) as beside, around.database.locked():
        posts = [beside.submit(site.comment, f"One of many, {n}") for n in range(16)]
        time.sleep(0.5)  # all of them are there, and wait
        assert [site.get(path).status for path in ("/healthz", ARTICLE, NEW) * 2] == [200] * 6
        assert not any(post.done() for post in posts)


def test_who_logs_in_while_the_database_is_locked_is_not_told_to_have_guessed(site, around):
    person = {"login": "boss", "password": "a long password"}
    new = {"name": "Bo Lind", "email": "bo.lind@example.org", "password1": "another long password"}
    paths = ["/account/login/", "/account/signup/", "/account/password/reset/"]
    with ThreadPoolExecutor(3) as beside, around.database.locked("comments_limitentry"):
        answers = list(beside.map(lambda path: site.post(path, person | new), paths))
    assert [(a.status, a.headers.get("Retry-After")) for a in answers] == [(503, "10")] * 3
    assert not any("long password" in answer.text for answer in answers)


@pytest.mark.parametrize("how", ["fast", "immediate"] if BENCH else ["immediate"])
def test_postgresql_is_restarted_and_nothing_acknowledged_is_lost(site, around, how):
    if around.postgresql is None:
        pytest.skip("the suite runs on SQLite")
    site.get(ARTICLE)
    with Posters(site) as posters:
        wait_for(lambda: len(posters.acknowledged) > 3)
        around.postgresql.stop(how)
        kept, made = site.get(ARTICLE), site.get("/topics/seas/?page=2")
        written = site.comment("While it was away.")
        around.postgresql.start()
        before = len(posters.acknowledged)
        wait_for(lambda: len(posters.acknowledged) > before + 3)
    assert posters.errors == []
    assert (kept.status, "X-Stale" in kept.headers) == (200, True)
    assert (made.status, made.headers.get("Retry-After")) == (503, "10")
    assert (written.status, written.headers.get("Retry-After")) == (503, "10")
    assert "While it was away." in written.text
    assert set(posters.statuses) == {302, 503}
    stored = posters.stored(around.database)
    assert set(posters.acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))


def test_a_pool_that_lost_postgresql_holds_up_nobody_for_long_and_finds_it_again(around):
    if around.postgresql is None:
        pytest.skip("the suite runs on SQLite")
    machine = Site(around.environment | {"DATABASE_POOL": "6"}, around.folder, workers=1).start_web()
    try:
        with ThreadPoolExecutor(4) as readers:
            list(readers.map(machine.get, [ARTICLE, "/", NEW, "/search/?q=tides"] * 4))  # the pool is full
            kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'newsroom'"
            around.database.rows(f"{kill} AND pid <> pg_backend_pid()")
            lost = [*readers.map(machine.get, [ARTICLE, "/search/?q=tides", NEW, "/"])]
            around.postgresql.stop("fast")
            time.sleep(8 if BENCH else 4)  # its tries to connect come further and further apart
            away = [*readers.map(machine.get, [ARTICLE, "/", "/search/?q=tides", "/corrections/"])]
            around.postgresql.start()
            began = time.monotonic()
            wait_for(lambda: machine.get("/search/?q=tides").status == 200)
            back = time.monotonic() - began
        assert [answer.status for answer in lost] == [200] * 4
        assert [(answer.status, "X-Stale" in answer.headers) for answer in away] == [
            (200, True),
            (200, True),
            (503, False),
            (503, False),  # nobody had asked for it yet
        ]
        assert max(answer.seconds for answer in lost) < 4
        assert max(answer.seconds for answer in away) < 8
        assert back < 4
    finally:
        machine.stop()
